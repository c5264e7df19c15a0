// Makes a call with the Node SDK. usage: node call.js SID TOKEN BASE FROM TO
const twilio = require("twilio");
const [sid, token, base, from, to] = process.argv.slice(2);
const client = twilio(sid, token);
client.api.baseUrl = base;
const said = new twilio.twiml.VoiceResponse();
said.say("Hello from Node");
client.calls.create({ from, to, twiml: said.toString() }).then(
  (call) => console.log(call.status),
  (wrong) => { console.error(wrong); process.exit(1); },
);
