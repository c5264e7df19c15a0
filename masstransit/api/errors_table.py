"""The codes that a client can meet, each with what it means here: the pages behind `more_info`."""

from __future__ import annotations

from collections.abc import Mapping

#: code -> (what happened, what to do)
CODES: Mapping[int, tuple[str, str]] = {
    11100: ("A URL in a TwiML document can't be called.", "Give an http or https URL of a public host."),
    11200: (
        "A webhook of yours could not be reached, or answered with an error.",
        "Look at the alert: it names the URL and what came back.",
    ),
    11205: (
        "A webhook of yours could not be connected to in time.",
        "Check that the URL can be reached from outside and answers within 15 seconds.",
    ),
    11750: ("A TwiML document is larger than 64 kB.", "Answer with less; put long logic behind a Redirect."),
    12100: ("A TwiML document is not well-formed XML.", "Check the document with an XML parser."),
    11751: ("The media of a message are larger than 5 MB together.", "Send smaller files, or a link to them."),
    12200: (
        "A TwiML document has a verb or attribute that is not known here.",
        "It was passed over; see the messaging verbs Message and Redirect.",
    ),
    12300: (
        "A webhook answered with neither XML nor text, or a message's media are of a type that is not sent.",
        "Answer with text/xml or application/xml; send pictures, sound, films, cards, calendars or PDF.",
    ),
    13223: (
        "A <Dial> names somebody who can't be called, or a callback that can't be.",
        "Give a number in E.164 form or a SIP URI, and callbacks of a public host.",
    ),
    13225: (
        "The policy does not let a call of a <Dial> out.",
        "The alert names the reason and the decision; `GET /policy/v1/Decisions` shows it whole.",
    ),
    13227: ("A conference is full.", "Raise 'maxParticipants', or open another one."),
    13237: (
        "Nothing is recorded: not everybody who has to agree does, or the call's sound does not go through here.",
        "The message says which; lead the call without recording it, or do what the remedy says.",
    ),
    13512: ("A prompt was not heard.", "The alert says why: often that no voice is installed on the operator's side."),
    20001: ("A parameter can't be read.", "The message names it."),
    20003: (
        "The credentials are wrong or missing.",
        "Send the account's SID and token, or a key's SID and secret, by Basic authentication.",
    ),
    20004: ("The resource does not know this method.", "The Allow header lists those it knows."),
    20005: ("The account is suspended or closed.", "A notice says why and how to appeal: `GET /policy/v1/Notices`."),
    20008: ("Test credentials do nothing of this kind.", "Use the account's own credentials, or an API key."),
    20009: ("What is still under way can't be deleted.", "Cancel it, or wait for its last status."),
    20101: ("The access token can't be read.", "Make it with the SDK's `AccessToken`, and send it whole."),
    20102: ("The access token's header is not that of an access token.", "Make it with the SDK's `AccessToken`."),
    20103: (
        "The access token was not issued by a key of this account that can sign.",
        "Sign with a key of the account; one made before access tokens were taken here is replaced by a new key.",
    ),
    20104: ("The access token is expired.", "Make a new one for each session, with an hour or less to live."),
    20105: ("The access token is not valid yet.", "Set the clock of the machine that makes tokens."),
    20106: ("The access token's grants don't open this.", "Name who it is for, and give it the product's grant."),
    20107: ("The access token's signature is wrong.", "Sign with the secret of the key that the token names."),
    20157: ("The access token lives too long.", "24 hours are the most."),
    20403: ("The credential does not reach so far.", "Use the account that owns the resource."),
    20416: ("The part of a file that was asked for does not exist.", "Ask for bytes within its size."),
    20404: (
        "There is no such resource for this account.",
        "Check the SID, the account and the product's host or prefix.",
    ),
    20408: ("The request took too long to arrive.", "Send it whole, within 30 seconds."),
    20409: ("The state of the resource forbids the change.", "The message says which state it is in."),
    20413: ("The request is larger than 64 KiB.", "Send less at once."),
    20415: ("The content type is not supported.", "Send application/x-www-form-urlencoded."),
    10004: (
        "As many calls go on as the account may have at once.",
        "Try again when one is over, or ask the operator for more.",
    ),
    20422: (
        "A field has no meaning or an unusable value here.",
        "The message names it. A field that would have no effect is refused, never ignored.",
    ),
    20429: ("Too many requests.", "Wait for as long as Retry-After says."),
    20431: ("The request's headers are larger than 64 KiB.", "Send fewer or shorter ones."),
    20500: ("Something broke on our side.", "Try again; the request id helps us find it."),
    20503: ("Nothing can be stored just now, and nothing was accepted.", "Try again in a few seconds."),
    21201: ("A call needs somebody to be called.", "Set 'To'."),
    21205: ("A URL of the call can't be used.", "Give 'Url', 'Twiml' or 'ApplicationSid'; URLs of a public host."),
    21210: (
        "The number that a call shows is not yours to show.",
        "Call from one of yours that is in use, or prove the right to this one at OutgoingCallerIds.",
    ),
    21213: ("A call needs a caller ID.", "Set 'From'."),
    21214: ("The number can't be reached: no trunk here carries calls to it.", "Ask the operator for a voice trunk."),
    21215: ("Calls to this country are not enabled for the account.", "Enable it in the geographic permissions."),
    21216: ("The policy blocks this call.", "`details` names the clause, the reason and the remedy."),
    21217: ("'To' can't be called.", "Write it in E.164 form, such as +14155550100, or as a SIP URI."),
    21220: ("The call's state does not allow the change.", "Fetch the call: it may be over, or not answered yet."),
    21211: ("'To' is not a phone number.", "Write it in E.164 form, such as +14155550100."),
    21212: ("'From' is not a phone number, short code or sender ID.", "Write a number in E.164 form."),
    21218: ("'ApplicationSid' is no application of this account.", "Use the SID of one of its applications (AP...)."),
    21408: (
        "Messages to this country are not enabled for the account.",
        "Enable the country in the geographic permissions.",
    ),
    21421: ("The phone number is not valid.", "Choose one from the available numbers."),
    21422: ("The phone number is not available.", "Choose another one."),
    21450: ("The caller ID is proven already.", "Nothing is to be done; it can be proven anew 30 days before its end."),
    21451: ("'AreaCode' is not an area of the US or Canada.", "Give its three digits, such as 415."),
    21452: ("No number of this area is for sale.", "Try another area, or look at the available numbers."),
    21602: ("A message needs a body.", "Set 'Body', 'MediaUrl' or 'ContentSid'."),
    21603: ("A message needs a sender.", "Set 'From' or 'MessagingServiceSid'."),
    21604: ("A message needs a recipient.", "Set 'To'."),
    21606: ("'From' is not a number of yours that can send messages.", "Send from a number of this account."),
    21608: ("The recipient is not verified for this trial account.", "Verify the number first, or leave the trial."),
    21609: ("The callback URL can't be used.", "Give an http or https URL of a public host."),
    21610: ("The recipient has asked this sender to stop.", "Only the recipient can undo it, by answering START."),
    21611: ("The sender's queue is full.", "Send more slowly."),
    21612: ("The recipient can't be reached by this sender.", "Choose another sender."),
    21614: ("The recipient's number can't receive text messages.", "Use a mobile number."),
    21617: ("The body is longer than 1,600 characters.", "Shorten it, or send several messages."),
    30019: (
        "The file is too large: in bytes, in dots, or in pages.",
        "The message says what is the most; send less at once.",
    ),
    31480: ("Nobody took the call of a fax.", "Send it again later; the number may be right all the same."),
    31486: ("The line of a fax was busy, each time.", "Send it again later."),
    34004: (
        "A fax broke off: some of its pages did not go through.",
        "The message says how far it came. Send it again; some lines need a lower quality.",
    ),
    34005: (
        "No fax answered, or none can be carried here.",
        "Check the number: a person, a recording or nobody has it. The message says more.",
    ),
    21620: ("A media URL can't be used.", "Give http or https URLs of a public host."),
    21623: ("Too many media URLs.", "Ten are the most."),
    21654: ("'ContentVariables' came without a template.", "Give the template's SID as 'ContentSid'."),
    21655: ("'ContentSid' is no template of this account.", "Use the SID of one of its templates (HX...)."),
    21656: (
        "'ContentVariables' does not fit the template.",
        "Give a JSON object of strings, one for each variable of the template that has no value of its own.",
    ),
    21659: (
        "'From' is no number of this platform, or a sender name that is not registered for you.",
        "Send from one of your numbers, or register the name with proof that it is yours.",
    ),
    21660: ("'From' belongs to another account.", "Send from a number of this account."),
    21661: ("'From' can't send text messages.", "Send from a number whose capabilities have SMS."),
    21701: (
        "The number that should join the messaging service is not one of this account's, or of another kind.",
        "Use the SID of a number (PN) or a short code (SC) of this account.",
    ),
    21703: ("The messaging service has no number to send from.", "Add a number to the service."),
    21704: (
        "No sender of the messaging service reaches the recipient.",
        "Add a number of the recipient's country; names and short codes do not reach every country.",
    ),
    21709: ("The sender name can't be used.", "Use 1 to 11 letters, digits and spaces, with one letter at least."),
    21710: ("The number is in this messaging service already.", "Nothing is to be done."),
    21712: ("The number is in another messaging service.", "Take it out there first."),
    21714: ("The messaging service has this sender name already.", "Nothing is to be done."),
    22108: (
        "'SmsApplicationSid' is no application of this account.",
        "Use the SID of one of its applications (AP...), or leave the field empty.",
    ),
    30001: ("The queue is full.", "Send more slowly."),
    30002: ("The account was suspended while the message waited.", "The abuse desk's notice says why."),
    30003: ("The handset can't be reached.", "Try later."),
    30004: ("The message was blocked.", "The decision's findings say by which rule."),
    30005: ("The number is not known to its carrier.", "Take it off your list."),
    30006: ("The number is a landline, or its carrier can't be reached.", "Take it off your list."),
    30007: (
        "The message was refused for what it says, or by a rule of the policy.",
        "The decision's findings say why and how to put it right.",
    ),
    30008: ("The carrier gives no reason.", "Try again once; then ask us."),
    30010: ("The price is above 'MaxPrice'.", "Raise it, or leave it out."),
    30023: (
        "Carriers take no more of this brand's messages today.",
        "Nothing need be done: it goes out when there is room. A brand that is vetted may send more.",
    ),
    30024: ("The carrier does not take messages from this sender.", "Send from another number of yours."),
    30032: (
        "The toll-free number is not verified.",
        "Have it verified; until then carriers turn its messages away.",
    ),
    30033: ("The campaign is suspended.", "A notice says why and how to appeal: `GET /policy/v1/Notices`."),
    30034: (
        "The sender's number is not registered for an approved campaign.",
        "Register the campaign and add the number to it.",
    ),
    30036: (
        "The validity period ended before the message could be sent, or a call could not be made when it was due.",
        "Choose a longer 'ValidityPeriod'; schedule the call anew.",
    ),
    30409: ("The message can't be canceled any more.", "Only a message that is not on its way can be."),
    30450: (
        "One-time codes to this range of numbers are stopped for a while: hardly any of them was used (pumping).",
        "Stop who asks for them, say of codes that came back that they were confirmed, vouch for numbers you know.",
    ),
    30886: ("The campaign's description says too little.", "Say who sends what to whom, in 40 characters or more."),
    30891: (
        "The campaign does not say how people opt in.",
        "Describe the way in 40 characters or more: where they are asked, and what they see.",
    ),
    30892: ("The campaign's samples can't be used.", "Give 2 to 5 samples of 20 to 1,024 characters each."),
    30893: ("A sample has a link, and the campaign says that it has none.", "Set 'HasEmbeddedLinks'."),
    30894: ("The campaign's opt-out keywords are incomplete.", "Have STOP among them."),
    53003: ("A frame over the socket of video can't be read.", "The message says why; docs/video.md has the frames."),
    53100: ("The room's name can't be used.", "Give 1 to 128 printable characters that are no SID."),
    53103: (
        "The room can't be opened or come into: no video is served here, or the policy does not let it be.",
        "The message says which; the decision's findings say how to put it right.",
    ),
    53104: (
        "This room can't be come into by this person.",
        "The reason says why: the token is for another room, they were put out, or nobody there wants to meet them.",
    ),
    53105: ("The room is full.", "Wait until somebody leaves, or raise 'MaxParticipants'."),
    53106: ("There is no such room.", "Check its name or SID, and the account."),
    53107: ("'MaxParticipants' is out of range.", "The message says what the operator allows."),
    53110: ("'StatusCallbackMethod' can't be used.", "Set GET or POST."),
    53111: ("'StatusCallback' can't be used.", "Give an http or https URL of a public host."),
    53112: ("The status can't be set.", "A room can be completed, and a participant disconnected."),
    53113: ("A room of this name goes on.", "Use that one, or complete it first."),
    53118: ("The room is over.", "Open another one; its name is free again."),
    53204: ("The participant is not in this room.", "List those who are."),
    53403: ("An offer can't be used.", "The reason says why; docs/video.md has what is offered."),
    53405: ("No sound or picture can be passed on just now.", "Come again in a few seconds."),
    60600: ("Nobody here knows what was asked of this number.", "Leave the field out of 'Fields'."),
    60610: (
        "Mail to a contact of the account does not get there.",
        "Put its address right, or name somebody else: `GET /policy/v1/Contacts`.",
    ),
}  # fmt: skip


def page(code: int) -> str | None:
    """The HTML page of a code; None where we never use it."""
    if code not in CODES:
        return None
    what, remedy = CODES[code]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Error {code}</title>"
        "<style>body{font:17px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}"
        "h1{font-size:1.5rem}</style>"
        f"<h1>Error {code}</h1><p>{what}</p><p>{remedy}</p></html>"
    )
