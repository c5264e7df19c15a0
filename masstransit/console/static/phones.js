// The page of virtual phones: messages arrive by server-sent events, answers go out as JSON.
// Text from messages is only ever set as textContent.
"use strict";

document.documentElement.classList.add("live");

const phones = new Map([...document.querySelectorAll(".phone")].map((el) => [el.dataset.number, el]));
const bubbles = document.getElementById("bubble").content;
const url = (number, what) => `/phones/${encodeURIComponent(number)}/${what}`;
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

async function post(where, body) {
  const answer = await fetch(where, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function toBottom(screen) {
  screen.scrollTop = screen.scrollHeight;
}

// The people of a phone write to who wrote to them last; a number that is new here is added to the list.
function answerTo(phone, number) {
  if (!/^\+?\d+$/.test(number)) return; // nobody can answer a name
  const to = phone.querySelector("[name=to]");
  if (![...to.options].some((option) => option.value === number)) to.add(new Option(number));
  to.value = number;
}

function medium(each) {
  const line = Object.assign(document.createElement("p"), { className: "medium" });
  if (each.path && each.content_type.startsWith("image/")) {
    line.append(Object.assign(new Image(), { src: each.path, alt: "A picture that came with this message" }));
  } else if (each.path) {
    line.append(Object.assign(document.createElement("a"), { href: each.path, textContent: each.content_type }));
  } else {
    line.textContent = each.content_type;
  }
  return line;
}

// A file as the JSON of a message has it: its bytes in base64.
function asMedium(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ data: reader.result.split(",")[1] ?? "", name: file.name, content_type: file.type });
    reader.onerror = () => reject(new Error("the file can't be read"));
    reader.readAsDataURL(file);
  });
}

function show(number, message, fresh) {
  const phone = phones.get(number);
  if (!phone) return;
  const screen = phone.querySelector(".screen");
  const known = `[data-id="${CSS.escape(message.id)}"].${message.direction}`;
  if (screen.querySelector(known)) return;
  const bubble = bubbles.firstElementChild.cloneNode(true);
  const received = message.direction === "received";
  bubble.dataset.id = message.id;
  bubble.classList.add(message.direction);
  if (fresh) bubble.classList.add("fresh");
  bubble.querySelector(".other").textContent = received ? `from ${message.from}` : `to ${message.to}`;
  const text = bubble.querySelector(".text");
  text.textContent = message.text;
  text.after(...message.media.map(medium));
  const time = bubble.querySelector("time");
  time.dateTime = message.at;
  time.textContent = clock(message.at);
  if (!received) bubble.querySelector(".complain")?.remove();
  if (received) answerTo(phone, message.from);
  screen.append(bubble);
  toBottom(screen);
}

async function say(phone, text, files = []) {
  const fault = phone.querySelector(".fault");
  fault.textContent = "";
  try {
    const to = phone.querySelector("[name=to]").value;
    if (!to) throw new Error("nobody has written to this phone yet");
    const media = await Promise.all([...files].map(asMedium));
    const sent = await post(url(phone.dataset.number, "messages"), { to, text, media });
    show(phone.dataset.number, sent, true);
    return true;
  } catch (wrong) {
    fault.textContent = wrong.message;
    return false;
  }
}

async function complain(phone, button) {
  const fault = phone.querySelector(".fault");
  fault.textContent = "";
  try {
    await post(url(phone.dataset.number, "complaints"), { message: button.closest(".bubble").dataset.id });
    button.disabled = true;
    button.textContent = "Complained";
  } catch (wrong) {
    fault.textContent = wrong.message;
  }
}

async function behave(phone, select) {
  try {
    await post(url(phone.dataset.number, "behaviour"), { behaviour: select.value });
    phone.dataset.behaviour = select.value;
  } catch (wrong) {
    phone.querySelector(".fault").textContent = wrong.message;
    select.value = phone.dataset.behaviour;
  }
}

// A call takes the place of the form for messages while it rings and while somebody talks.
function showCall(number, call) {
  const phone = phones.get(number);
  if (!phone) return;
  const panel = phone.querySelector(".call");
  if (call.state === "over" && panel.dataset.call !== call.id) return; // one that is over hides no other
  panel.dataset.call = call.id;
  panel.dataset.state = call.state;
  panel.dataset.direction = call.direction;
  panel.hidden = call.state === "over";
  const other = call.direction === "received" ? call.from : call.to;
  panel.querySelector(".who").textContent = call.state === "ringing" ? (call.direction === "received" ? `${other} calls` : `Calling ${other}`) : `On the line with ${other}`;
  const heard = panel.querySelector(".heard");
  heard.replaceChildren(
    ...call.heard.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
  toBottom(heard);
}

async function dial(phone) {
  const fault = phone.querySelector(".fault");
  fault.textContent = "";
  try {
    showCall(phone.dataset.number, await post(url(phone.dataset.number, "calls"), { to: phone.querySelector("[name=to]").value }));
  } catch (wrong) {
    fault.textContent = wrong.message;
  }
}

async function onCall(phone, does) {
  const fault = phone.querySelector(".fault");
  fault.textContent = "";
  try {
    await post(url(phone.dataset.number, `calls/${phone.querySelector(".call").dataset.call}`), does);
  } catch (wrong) {
    fault.textContent = wrong.message;
  }
}

for (const phone of phones.values()) {
  const screen = phone.querySelector(".screen");
  const last = [...screen.querySelectorAll(".received .other")].pop();
  if (last) answerTo(phone, last.textContent.replace(/^from /, ""));
  for (const time of screen.querySelectorAll("time")) time.textContent = clock(time.dateTime);
  toBottom(screen);
  phone.querySelector(".behaviour").addEventListener("change", (event) => behave(phone, event.target));
  phone.querySelector(".answer").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { text, picture } = event.target.elements;
    if (!text.value.trim() && !picture.files.length) return;
    if (await say(phone, text.value, picture.files)) text.value = picture.value = "";
  });
  phone.addEventListener("click", (event) => {
    if (event.target.matches(".quick [data-text]")) say(phone, event.target.dataset.text);
    if (event.target.matches(".dial")) dial(phone);
    const key = event.target.closest("[data-keys]");
    if (key) onCall(phone, { act: "press", keys: key.dataset.keys });
    const act = event.target.closest("[data-act]");
    if (act) onCall(phone, { act: act.dataset.act });
    if (event.target.matches(".complain")) complain(phone, event.target);
  });
}

// --- live -----------------------------------------------------------------------------------------------------------

const state = document.getElementById("state");

function tell(text, on) {
  state.textContent = text;
  state.parentElement.classList.toggle("on", on);
}

async function catchUp() {
  for (const number of phones.keys()) {
    const answer = await fetch(`${url(number, "messages")}?all=1`);
    if (answer.ok) for (const message of await answer.json()) show(number, message, false);
    const calls = await fetch(url(number, "calls"));
    if (calls.ok) for (const call of await calls.json()) showCall(number, call);
  }
}

const events = new EventSource("/phones/events");
events.addEventListener("open", () => {
  tell("live", true);
  catchUp().then(refresh, () => tell("reconnecting", false));
});
events.addEventListener("error", () => tell("reconnecting", false));
events.addEventListener("message", (event) => {
  const { number, message } = JSON.parse(event.data);
  show(number, message, true);
  soon();
});
events.addEventListener("call", (event) => {
  const { number, call } = JSON.parse(event.data);
  showCall(number, call);
  soon();
});

// --- decisions ------------------------------------------------------------------------------------------------------

const list = document.getElementById("decisions");
let shown = "";
let waiting = 0;

function decision(said) {
  const row = document.getElementById("decision").content.firstElementChild.cloneNode(true);
  const put = (part, text) => (row.querySelector(part).textContent = text);
  put(".verdict", said.verdict ?? "");
  if (said.verdict) row.querySelector(".verdict").classList.add(said.verdict.toLowerCase());
  put(".clause", said.clause ? `clause ${said.clause}` : "");
  put(".who", `${said.from ?? ""} → ${said.to ?? ""}`);
  put(".reason", said.reason ?? "");
  put(".id", said.id ?? "");
  return row;
}

async function refresh() {
  if (!list || document.hidden) return;
  const answer = await fetch("/phones/decisions");
  if (!answer.ok) return;
  const text = await answer.text();
  const said = JSON.parse(text);
  if (text === shown || !said.length) return;
  shown = text;
  list.replaceChildren(...said.map(decision));
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => refresh().catch(() => tell("reconnecting", false)), 250);
}

setInterval(soon, 4000); // what is refused reaches no phone, and would not be seen otherwise

// --- the token and the lines to paste -------------------------------------------------------------------------------

const token = document.getElementById("token");
token?.addEventListener("toggle", () => {
  for (const secret of document.querySelectorAll(".secret")) {
    secret.textContent = token.open ? secret.dataset.secret : "••••••••";
  }
});

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.closest(".sdk").querySelector("code").cloneNode(true);
    for (const secret of code.querySelectorAll(".secret")) secret.textContent = secret.dataset.secret;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
    setTimeout(() => (button.textContent = "Copy"), 1600);
  });
}
