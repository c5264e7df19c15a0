// Three clients of the chat socket on one page. Each takes a token, follows its conversation from the last message that
// it has, and goes on there after a lost connection. Text from people is only ever set as textContent.
"use strict";

const WAIT = 1500; // milliseconds before it connects again
const template = document.getElementById("line").content;

class Seat {
  constructor(place) {
    this.place = place;
    this.identity = place.dataset.identity;
    this.lines = place.querySelector(".lines");
    this.last = -1; // index of the last message that is shown
    this.version = undefined; // of the last change that is shown
    this.sent = 0;
    place.querySelector("form").addEventListener("submit", (event) => this.say(event));
    this.field = place.querySelector("input");
    this.field.addEventListener("input", () => this.type());
    this.field.addEventListener("keydown", (event) => event.key === "Escape" && this.edit(null));
    this.lines.addEventListener("click", (event) => this.act(event));
    this.connect();
  }

  async connect() {
    try {
      const answer = await fetch("/chat/tokens", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ identity: this.identity }),
      });
      const seat = await answer.json();
      if (!answer.ok) throw new Error(seat.error);
      this.conversation = seat.conversation;
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      this.socket = new WebSocket(`${scheme}://${location.host}/chat/v1/socket?token=${seat.token}`);
      this.socket.onmessage = (event) => this.hear(JSON.parse(event.data));
      this.socket.onclose = (event) => this.gone(event.reason || "connection lost");
    } catch (wrong) {
      this.gone(wrong.message);
    }
  }

  gone(why) {
    this.state(why, false);
    setTimeout(() => this.connect(), WAIT);
  }

  ask(type, told) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, ...told }));
  }

  hear(frame) {
    if (frame.type === "hello") this.resume();
    else if (frame.type === "following") this.here(frame.versions[this.conversation]);
    else if (frame.conversation && frame.conversation !== this.conversation) return;
    else if (frame.type === "messages") frame.messages.forEach((each) => this.show(each));
    else if (frame.type === "changed") this.change(frame);
    else if (frame.type === "media") this.look(frame);
    else if (frame.type === "gone") this.past(frame.through);
    else if (frame.type === "typing") this.typing(frame.identity);
    else if (["held", "scheduled", "retry", "error"].includes(frame.type)) this.verdict(frame);
    else if (frame.type === "ack" && frame.id === "block") this.note("You hear nothing more of them.");
    else if (frame.type === "ack" && frame.id === "report") this.note("It is reported: a person looks at it.");
  }

  resume() {
    const [after, versions] = [{ [this.conversation]: this.last }, { [this.conversation]: this.version }];
    this.ask("resume", this.version === undefined ? { after } : { after, versions });
  }

  here(version) {
    this.version = Math.max(version ?? 0, this.version ?? 0);
    this.state("here", true);
  }

  show(message) {
    if (message.index <= this.last) return;
    this.last = message.index;
    const line = template.cloneNode(true).firstElementChild;
    line.dataset.index = message.index;
    line.dataset.author = message.author;
    line.classList.add(message.author === this.identity ? "sent" : "received");
    line.querySelector(".other").textContent = message.author;
    line.querySelector("time").textContent = new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    this.fill(line, message);
    this.typing("");
    this.add(line);
  }

  fill(line, message) {
    line.classList.toggle("removed", Boolean(message.removed));
    line.querySelector(".text").textContent = message.removed ? "This was taken away." : message.body;
    line.querySelector(".mark").textContent = message.edited ? "edited" : "";
    line.querySelectorAll(".medium").forEach((each) => each.remove());
    if (message.media) this.ask("media", { conversation: this.conversation, index: message.index });
  }

  // The files of a message, by links that end: a picture is shown, anything else is a link.
  look(frame) {
    const line = this.lines.querySelector(`[data-index="${frame.index}"]`);
    if (!line || line.querySelector(".medium")) return;
    for (const { name, content_type, path } of frame.media) {
      const place = Object.assign(document.createElement("p"), { className: "medium" });
      const shown = content_type.startsWith("image/")
        ? Object.assign(new Image(), { src: path, alt: name || "A picture" })
        : Object.assign(document.createElement("a"), { href: path, textContent: name || content_type });
      place.append(shown);
      line.querySelector(".text").after(place);
    }
  }

  past(through) {
    this.last = through;
    this.note("What was said before is past its time and not kept.");
  }

  change({ message, version }) {
    this.version = Math.max(version, this.version ?? 0);
    const line = this.lines.querySelector(`[data-index="${message.index}"]`);
    if (line) this.fill(line, message);
  }

  verdict(frame) {
    const line = Object.assign(document.createElement("li"), { className: `said-of ${frame.type}` });
    const words = { held: "Held", scheduled: "Later", retry: "Wait", error: "Not said" };
    const clause = frame.clause ? `, clause ${frame.clause}` : "";
    line.append(Object.assign(document.createElement("strong"), { textContent: `${words[frame.type]}${clause}: ` }));
    line.append(frame.reason, Object.assign(document.createElement("span"), { textContent: frame.remedy }));
    this.add(line);
  }

  note(text) {
    this.add(Object.assign(document.createElement("li"), { className: "said-of", textContent: text }));
  }

  add(line) {
    this.lines.append(line);
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  say(event) {
    event.preventDefault();
    const field = event.target.elements.body;
    if (!field.value.trim()) return;
    const key = `${Date.now()}-${(this.sent += 1)}`;
    const told = { id: key, conversation: this.conversation, body: field.value };
    if (this.editing === undefined) this.ask("message", { ...told, key });
    else this.ask("edit", { ...told, index: this.editing });
    this.edit(null);
  }

  // What is sent next stands in the place of a line; null: it is said anew.
  edit(line) {
    this.editing = line ? Number(line.dataset.index) : undefined;
    this.field.value = line ? line.querySelector(".text").textContent : "";
    this.place.querySelector("form button").textContent = line ? "Change" : "Send";
    if (line) this.field.focus();
  }

  type() {
    if (Date.now() - (this.typed ?? 0) < 2000) return;
    this.typed = Date.now();
    this.ask("typing", { conversation: this.conversation });
  }

  typing(identity) {
    const place = this.place.querySelector(".typing");
    place.textContent = identity ? `${identity} is typing` : "";
    clearTimeout(this.fades);
    this.fades = setTimeout(() => (place.textContent = ""), 4000);
  }

  act(event) {
    const act = event.target.dataset.act;
    const line = event.target.closest(".bubble");
    if (act === "report") {
      this.ask("report", { id: act, conversation: this.conversation, index: Number(line.dataset.index) });
    } else if (act === "edit") {
      this.edit(line);
    } else if (act === "block") {
      this.ask("block", { id: act, identity: line.dataset.author });
    }
  }

  state(text, on) {
    const place = this.place.querySelector(".state");
    place.textContent = text;
    place.classList.toggle("on", on);
  }
}

for (const place of document.querySelectorAll(".seat")) new Seat(place);
