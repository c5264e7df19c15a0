// What the documentation of the Node SDK shows of calls. usage: node calls.js JSON
const twilio = require("twilio");
const { sid, token, base, from, phones, server } = JSON.parse(process.argv[2]);
const client = twilio(sid, token);
client.api.baseUrl = base;

const stays = '<Response><Pause length="60"/></Response>';
const room = "<Response><Dial><Conference>NodeRoom</Conference></Dial></Response>";

async function eventually(check) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await check();
    if (found) return found;
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error(`it did not happen: ${check}`);
}

const is = (call, status) => eventually(async () => (await client.calls(call).fetch()).status === status);

async function calls(said) {
  const call = await client.calls.create({
    from,
    to: phones[0],
    twiml: stays,
    sendDigits: "1234#",
    statusCallback: `${server}/node`,
    statusCallbackEvent: ["initiated", "answered"],
    statusCallbackMethod: "POST",
  });
  said.made = [call.status, call.direction];
  await is(call.sid, "in-progress");
  const listed = await client.calls.list({ status: "in-progress", to: phones[0], startTimeAfter: new Date(0), limit: 20 });
  said.listed = listed.some((each) => each.sid === call.sid);
  await client.calls(call.sid).update({ twiml: "<Response><Say>Ahoy there</Say><Pause length='60'/></Response>" });
  await client.calls(call.sid).update({ url: `${server}/hold`, method: "POST" });
  said.redirected = true;
  said.ended = (await client.calls(call.sid).update({ status: "completed" })).status;
  await client.calls(call.sid).remove();
  said.gone = await client.calls(call.sid).fetch().catch((wrong) => wrong.status);
  said.recordings = (await client.recordings.list({ limit: 20 })).length;
}

async function conferences(said) {
  for (const to of phones) await client.calls.create({ from, to, twiml: room });
  const found = await eventually(async () => (await client.conferences.list({ friendlyName: "NodeRoom", limit: 20 }))[0]);
  const people = client.conferences(found.sid).participants;
  const [one] = await eventually(async () => {
    const inside = await people.list({ limit: 20 });
    return inside.length === 2 && inside;
  });
  said.muted = (await people(one.callSid).update({ muted: true })).muted;
  said.held = (await people(one.callSid).update({ hold: true, holdUrl: `${server}/hold` })).hold;
  said.out = await people(one.callSid).remove();
  said.over = (await client.conferences(found.sid).update({ status: "completed" })).status;
}

async function callerIds(said) {
  await eventually(async () => (await client.calls.list({ status: "in-progress", to: phones[1] })).length === 0);
  const asked = await client.validationRequests.create({ friendlyName: "My Home Phone", phoneNumber: phones[1] });
  said.digits = asked.validationCode.length;
  said.callerIds = (await client.outgoingCallerIds.list({ phoneNumber: phones[1], limit: 20 })).length;
}

(async () => {
  const said = {};
  await calls(said);
  await conferences(said);
  await callerIds(said);
  console.log(JSON.stringify(said));
})().catch((wrong) => {
  console.error(wrong);
  process.exit(1);
});
