// A video room in a browser. What is said over the socket is in docs/video.md; this page is a client like any other.

"use strict";

const main = document.getElementById("room");
const words = JSON.parse(main.dataset.words);
const byId = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
const people = new Map(); // participant -> what is known of them
const uses = new Map(); // transceiver -> what its line is for

let socket = null;
let connection = null;
let watching = null; // where the house offers what others send: a connection for that
let relays = []; // servers by which a firewall may be passed
let mine = null; // the stream of one's own camera and microphone
let screen = null; // the line that shares one's screen
let negotiating = false;
let again = false;
let over = false;
let shown = {}; // line -> whom it shows

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const say = (text) => { byId("said").textContent = text; };
const send = (type, told = {}) => {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, ...told }));
};

// --- coming in and going ---------------------------------------------------------------------------------------------

byId("enter").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!token) return say(words.no_token);
  byId("enter").hidden = true;
  try {
    mine = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
  } catch (wrong) {
    say(fill(words.no_camera, { reason: wrong.message }));
  }
  const where = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${where}//${location.host}/video/v1/socket?token=${encodeURIComponent(token)}`);
  socket.addEventListener("open", () => send("join", {
    room: main.dataset.room,
    country: byId("country").value.toUpperCase(),
    state: byId("state").value,
    language: main.dataset.language,
  }));
  socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  socket.addEventListener("close", () => out(words.lost));
});

function out(why) {
  if (over) return;
  over = true;
  if (byId("consent").open) byId("consent").close();
  for (const track of [...(mine ? mine.getTracks() : []), screen && screen.sender.track]) if (track) track.stop();
  for (const each of [connection, watching]) if (each) each.close();
  if (socket) socket.close();
  byId("inside").hidden = true;
  byId("recording").hidden = true;
  byId("tiles").replaceChildren();
  byId("said").className = "out";
  say(why);
}

const connected = () => new RTCPeerConnection({ iceServers: relays, bundlePolicy: "max-bundle" });

function began(told) {
  relays = told.ice_servers;
  connection = connected();
  byId("inside").hidden = false;
  say("");
  for (const each of told.participants) people.set(each.sid, each);
  recorded(told.recording ? "started" : "");
  if (mine) {
    for (const track of mine.getTracks()) {
      const line = connection.addTransceiver(track, { direction: "sendonly" });
      uses.set(line, track.kind === "audio" ? "microphone" : "camera");
    }
    const own = tile("mine", words.you);
    own.muted = true;
    own.srcObject = mine;
  }
  if (!told.watch) grow({ seats: people.size, stages: 0 });
  negotiate();
}

// --- lines -----------------------------------------------------------------------------------------------------------

async function negotiate() {
  if (negotiating) { again = true; return; }
  if (!connection.getTransceivers().length) return;
  negotiating = true;
  await connection.setLocalDescription(await connection.createOffer());
  const lines = {};
  for (const [line, use] of uses) lines[line.mid] = use;
  send("offer", { sdp: connection.localDescription.sdp, lines });
}

async function answered(sdp) {
  await connection.setRemoteDescription({ type: "answer", sdp });
  negotiating = false;
  show();
  if (again) { again = false; negotiate(); }
}

// What others send, as the house offers it.
async function watch(sdp) {
  watching = watching || connected();
  await watching.setRemoteDescription({ type: "offer", sdp });
  await watching.setLocalDescription(await watching.createAnswer());
  send("watching", { sdp: watching.localDescription.sdp });
  show();
}

// As many lines as there are others to be seen; those that fall free show somebody else later.
function grow(wanted) {
  const count = (use, kind) => [...uses].filter(([line, is]) => is === use && line.receiver.track.kind === kind).length;
  const before = uses.size;
  for (let have = count("seat", "audio"); have < wanted.seats; have += 1) {
    for (const kind of ["audio", "video"]) uses.set(connection.addTransceiver(kind, { direction: "recvonly" }), "seat");
  }
  for (let have = count("stage", "video"); have < wanted.stages; have += 1) {
    uses.set(connection.addTransceiver("video", { direction: "recvonly" }), "stage");
  }
  return uses.size > before;
}

function tile(id, name, stage = false) {
  let figure = document.querySelector(`figure[data-id="${id}"]`);
  if (!figure) {
    figure = document.createElement("figure");
    figure.dataset.id = id;
    figure.className = stage ? "stage" : "";
    const video = document.createElement("video");
    video.autoplay = video.playsInline = true;
    figure.append(video, document.createElement("figcaption"));
    byId("tiles").append(figure);
  }
  figure.querySelector("figcaption").textContent = name;
  figure.querySelector("video").setAttribute("aria-label", name);
  return figure.querySelector("video");
}

function show() {
  const wanted = new Map(); // tile -> its tracks
  for (const line of watching ? watching.getTransceivers() : uses.keys()) {
    const told = shown[line.mid];
    if (!told || !people.has(told.participant)) continue;
    const stage = told.source === "screen";
    const id = stage ? `${told.participant}-screen` : told.participant;
    if (!wanted.has(id)) wanted.set(id, { stage, name: people.get(told.participant).identity, tracks: [] });
    wanted.get(id).tracks.push(line.receiver.track);
  }
  for (const figure of document.querySelectorAll("figure")) {
    if (figure.dataset.id !== "mine" && !wanted.has(figure.dataset.id)) figure.remove();
  }
  for (const [id, { stage, name, tracks }] of wanted) {
    const video = tile(id, stage ? fill(words.screen, { name }) : name, stage);
    const before = video.srcObject ? video.srcObject.getTracks() : [];
    if (before.length !== tracks.length || tracks.some((track) => !before.includes(track))) {
      video.srcObject = new MediaStream(tracks);
    }
  }
}

// --- what is heard ---------------------------------------------------------------------------------------------------

function recorded(state, reason = "") {
  const text = { started: words.recording, resumed: words.recording, paused: words.paused }[state];
  byId("recording").hidden = !text && state !== "refused";
  byId("recording").textContent = text || fill(words.not_recorded, { reason });
  byId("recording").dataset.state = state;
}

function asked(told) {
  byId("consent-text").textContent = told.text;
  byId("consent-text").lang = told.language;
  if (!byId("consent").open) byId("consent").showModal();
  const seen = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", seen);
    requestAnimationFrame(() => requestAnimationFrame(() => send("seen")));
  };
  document.addEventListener("visibilitychange", seen);
  seen();
}

function heard(told) {
  if (over) return;
  switch (told.type) {
    case "joined": began(told); break;
    case "answer": answered(told.sdp); break;
    case "watch": watch(told.sdp); break;
    case "lines":
      shown = told.lines;
      show();
      if (grow(told)) negotiate();
      break;
    case "participant-connected": people.set(told.participant.sid, told.participant); show(); break;
    case "participant-disconnected": people.delete(told.participant.sid); show(); break;
    case "muted":
      if (told.by !== "self" && !people.has(told.participant) && told.muted) {
        say(fill(words.muted, { source: words[told.source] || told.source }));
      }
      break;
    case "recording": recorded(told.state, told.reason); break;
    case "asked": asked(told); break;
    case "unasked": if (byId("consent").open) byId("consent").close(); break;
    case "removed": out(fill(words.removed, told)); break;
    case "ended": out(fill(words.ended, told)); break;
    case "refused": out(`${fill(words.refused, told)}${told.remedy ? ` – ${fill(words.remedy, told)}` : ""}`); break;
    case "error": negotiating = false; say(told.reason); break;
    default: break; // a later version of the house says more
  }
}

// --- what one does ---------------------------------------------------------------------------------------------------

function toggle(id, source, kind, on, off) {
  byId(id).addEventListener("click", () => {
    const muted = byId(id).getAttribute("aria-pressed") !== "true";
    byId(id).setAttribute("aria-pressed", String(muted));
    byId(id).textContent = muted ? on : off;
    for (const track of mine ? mine.getTracks() : []) if (track.kind === kind) track.enabled = !muted;
    send("mute", { source, muted });
  });
}
toggle("mute", "microphone", "audio", words.unmute, words.mute);
toggle("camera", "camera", "video", words.camera_on, words.camera_off);

function shared(on) {
  byId("share").setAttribute("aria-pressed", String(on));
  byId("share").textContent = on ? words.unshare : words.share;
  send("mute", { source: "screen", muted: !on });
}

async function unshare() {
  if (screen.sender.track) screen.sender.track.stop();
  await screen.sender.replaceTrack(null);
  shared(false);
}

byId("share").addEventListener("click", async () => {
  if (byId("share").getAttribute("aria-pressed") === "true") return unshare();
  let stream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
  } catch (wrong) {
    return; // they chose not to
  }
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", unshare);
  if (screen) {
    await screen.sender.replaceTrack(track);
  } else {
    screen = connection.addTransceiver(track, { direction: "sendonly" });
    uses.set(screen, "screen");
    negotiate();
  }
  shared(true);
});

byId("leave").addEventListener("click", () => { send("leave"); out(words.left); });

for (const [id, agreed] of [["agree", true], ["decline", false]]) {
  byId(id).addEventListener("click", () => { byId("consent").close(); send("answer", { agreed }); });
}
byId("consent").addEventListener("cancel", (event) => event.preventDefault()); // it takes an answer
window.addEventListener("pagehide", () => send("leave"));
