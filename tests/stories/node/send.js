// Drives the Node SDK, unmodified: send, list with paging, fetch, cancel, the documented errors, signatures.
// usage: node send.js BASE SID TOKEN FROM TO ; prints one JSON object
const twilio = require("twilio");
const [base, sid, token, from, to] = process.argv.slice(2);
const client = twilio(sid, token);
client.api.baseUrl = base;
client.messaging.baseUrl = `${base}/messaging`;

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
  for (let i = 0; i < 4; i++) await client.messages.create({ from, to, body: `Ticket ${i} is called.` });
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
      listed: listed.length,
      later: later.status,
      canceled: canceled.status,
      badTo: await code(client.messages.create({ from, to: "nobody", body: "x" })),
      notOurs: await code(client.messages.create({ from: "+14155559999", to, body: "x" })),
      missing: await code(client.messages("SM" + "0".repeat(32)).fetch()),
    }),
  );
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
