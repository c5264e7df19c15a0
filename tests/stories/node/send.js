// Drives the Node SDK, unmodified: send, list with paging, fetch, cancel, the documented errors, signatures.
// usage: node send.js BASE SID TOKEN FROM TO STOPPED SILENT ; STOPPED is a phone that said stop, SILENT a number of the
// customer's that only receives. Prints one JSON object.
const twilio = require("twilio");
const [base, sid, token, from, to, stopped, silent] = process.argv.slice(2);

function connect(secret) {
  const client = twilio(sid, secret);
  client.api.baseUrl = base;
  client.messaging.baseUrl = `${base}/messaging`;
  return client;
}
const client = connect(token);

async function code(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { code: error.code, status: error.status, details: error.details || null };
  }
}

(async () => {
  const sent = await client.messages.create({ from, to, body: "Your table is ready." });
  const made = [sent.sid];
  for (let i = 0; i < 4; i++)
    made.push((await client.messages.create({ from, to, body: `Ticket ${i} is called.` })).sid);
  const fetched = await client.messages(sent.sid).fetch();
  const listed = await client.messages.list({ to, pageSize: 2 });
  const service = await client.messaging.v1.services.create({ friendlyName: "Reminders" });
  const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: from, limit: 1 });
  await client.messaging.v1.services(service.sid).phoneNumbers.create({ phoneNumberSid: number.sid });
  const later = await client.messages.create({
    messagingServiceSid: service.sid,
    to,
    body: "See you tomorrow.",
    sendAt: new Date(Date.now() + 3600e3).toISOString(),
    scheduleType: "fixed",
  });
  const canceled = await client.messages(later.sid).update({ status: "canceled" });
  console.log(
    JSON.stringify({
      sent: sent.sid,
      status: sent.status,
      fetched: fetched.sid,
      later: later.status,
      canceled: canceled.status,
      listed: listed.map((message) => message.sid),
      made,
      wrongToken: await code(connect("0".repeat(32)).messages.list()),
      noBody: await code(client.messages.create({ from, to })),
      stopped: await code(client.messages.create({ from, to: stopped, body: "x" })),
      silent: await code(client.messages.create({ from: silent, to, body: "x" })),
      badTo: await code(client.messages.create({ from, to: "nobody", body: "x" })),
      notOurs: await code(client.messages.create({ from: "+14155559999", to, body: "x" })),
      missing: await code(client.messages("SM" + "0".repeat(32)).fetch()),
    }),
  );
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
