// What pages do beyond links and forms: parts that are told anew as they change, keys, passkeys. All of them work
// without it, passkeys apart.
"use strict";

document.documentElement.classList.add("live");

// A part of the page that the server tells anew: <section data-live="/desk/today/live">.
for (const part of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(part.dataset.live);
  source.onmessage = (event) => {
    if (part.contains(document.activeElement) && document.activeElement !== document.body) return;
    part.innerHTML = event.data; // of our own templates, which escape
  };
  addEventListener("pagehide", () => source.close());
}

// Keys: an element with data-key="r" is pressed by r, unless somebody is writing.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (pressed === null) return;
  event.preventDefault();
  if (pressed.matches("input, textarea, select")) pressed.focus();
  else pressed.click();
});

// A form is sent once, however often its button is pressed.
addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Passkeys: the form with data-passkey asks the server, then the browser, and sends what it answered.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    form.hidden = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = form.querySelector(".wrong");
    wrong.textContent = "";
    try {
      const asked = await fetch(`${form.getAttribute("action")}/begin`, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!asked.ok) throw new Error(`the server answered ${asked.status}`);
      const { publicKey } = await asked.json();
      const credential = form.dataset.passkey === "make"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (failed) {
      delete form.dataset.sent;
      wrong.textContent = failed.name === "NotAllowedError" ? "Nothing was chosen." : `That did not work: ${failed.message}`;
    }
  });
}

// A button with data-copy="id" copies what that element says; where the browser does not let it, it marks it.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const called = button.textContent;
  button.addEventListener("click", async () => {
    const said = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(said.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(said);
      button.textContent = "Marked: copy it";
    }
    setTimeout(() => (button.textContent = called), 1600);
  });
}
