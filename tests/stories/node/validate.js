// Validates a webhook's signature with the Node SDK. usage: node validate.js TOKEN SIGNATURE URL < params.json
const twilio = require("twilio");
const [token, signature, url] = process.argv.slice(2);
const params = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(twilio.validateRequest(token, signature, url, params));
