"""What the API writes is what the policy reads: the whole house behind the door."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from masstransit import demo
from masstransit.carriage import caller_ids as deeds
from masstransit.carriage.chat.moderating import Asked
from masstransit.carriage.chat.speaking import Speaker
from masstransit.counters import Count
from masstransit.facts.pumping import begins
from masstransit.ledger import verify
from masstransit.model.address import e164
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, caller_ids, conversations, dmarc_reports, end_users, numbers
from masstransit.storage.redaction import drop_ended_bodies
from masstransit.storage.tables import decisions, opt_outs
from tests.api.conformance import schema_faults
from tests.api.gated import GatedDoor
from tests.api.test_caller_ids import LETTER as LOA
from tests.api.test_cases import COUNTER, noticed
from tests.api.test_mail_in import proves, report
from tests.api.test_mailboxes import left
from tests.api.test_notices_and_appeals import appeal, stands
from tests.api.test_reclamations import wanted_back
from tests.api.test_unlocking import brought
from tests.mail_that_arrives import a_mail
from tests.malware.files import locked_pdf

FRANCE, CUBA, PHONE = "+33612345678", "+5351234567", demo.PHONES[0]
LETTER = LOA | {"SignedOn": f"{datetime.now(UTC):%Y-%m-%d}"}
GEO = "/accounts/v1/Messaging/GeoPermissions"
FORM = {"From": demo.NUMBERS[0], "To": PHONE, "Body": "Your table is ready."}


async def send(door: GatedDoor, auth: tuple[str, str] | None = None, **fields: str) -> Any:
    sid, token = auth or (door.sid, door.token)
    return await door.ask("POST", f"/2010-04-01/Accounts/{sid}/Messages.json", data=FORM | fields, auth=(sid, token))


async def set_country(door: GatedDoor, code: str, *, enabled: bool) -> None:
    item = json.dumps({"country_code": code, "type": "country", "enabled": enabled})
    answer = await door.ask("PATCH", GEO, data={"Permissions": item})
    assert answer.json()["permissions"][0]["error_code"] == 0


async def is_open(door: GatedDoor, code: str, **more: Any) -> bool:
    answer = await door.ask("GET", f"{GEO}?CountryCode={code}", **more)
    shown: bool = answer.json()["permissions"][0]["enabled"]
    return shown


async def test_a_country_that_was_closed_is_refused_and_shown_closed(gated: GatedDoor) -> None:
    assert await is_open(gated, "FR")
    await set_country(gated, "FR", enabled=False)
    assert not await is_open(gated, "FR")
    wish = {"contact_id": FRANCE, "sender_id": FORM["From"], "status": "opt-in", "source": "website"}
    told = await gated.ask("POST", "/accounts/v1/Consents/Bulk", data={"Items": json.dumps(wish)})
    assert told.json()["items"][0]["error_code"] == 0
    refused = await send(gated, To=FRANCE)
    assert (refused.status_code, refused.json()["code"]) == (400, 21408)
    assert refused.json()["details"]["rule"] == "10.2"


async def test_a_country_that_is_closed_by_default_is_shown_so_and_can_be_opened(gated: GatedDoor) -> None:
    assert not await is_open(gated, "CU")
    closed = await gated.ask("POST", "/policy/v1/Preflight", data=FORM | {"To": CUBA})
    assert 21408 in {f["code"] for f in closed.json()["findings"]}


async def test_a_country_that_was_opened_is_not_refused(gated: GatedDoor) -> None:
    await set_country(gated, "CU", enabled=True)
    assert await is_open(gated, "CU")
    opened = await gated.ask("POST", "/policy/v1/Preflight", data=FORM | {"To": CUBA})
    assert 21408 not in {f["code"] for f in opened.json()["findings"]}


async def test_a_message_that_was_tried_too_often_is_refused_for_good(gated: GatedDoor) -> None:
    assert (await send(gated, Attempt="5")).status_code == 201
    refused = await send(gated, Attempt="6")
    assert (refused.status_code, refused.json()["code"]) == (400, 30004)
    assert refused.json()["details"]["rule"] == "4.3"
    assert "retry-after" not in refused.headers


async def test_codes_that_are_confirmed_are_known_to_be_used(gated: GatedDoor) -> None:
    code = await send(gated, Purpose="otp", Body="Your code is 1234")
    for _ in range(2):
        said = await gated.ask("POST", f"{gated.messages}/{code.json()['sid']}/Feedback.json", data={})
        assert said.json()["outcome"] == "confirmed"
    used = Count(gated.sid, "p-used-week", 7 * 86_400.0, 0)
    assert await gated.parts.counters.ask([used], gated.clock.now()) == [1]


async def test_a_code_to_a_pumped_range_fails_afterwards_unless_its_check_was_waived(gated: GatedDoor) -> None:
    hour, week, range_ = 3600.0, 7 * 86_400.0, begins(PHONE)
    counted = [("p-all", hour, 30), (f"p:{range_}", hour, 30), ("p-week", week, 1000), ("p-used-week", week, 800)]
    before = gated.clock.now() - timedelta(minutes=5)
    await gated.parts.counters.ask([Count(gated.sid, key, window, add) for key, window, add in counted], before)
    pumped = await send(gated, Purpose="otp", Body="Your code is 1234")
    assert pumped.status_code == 201
    shown = await gated.becomes(pumped.json()["sid"], "failed")
    assert shown["error_code"] == 30450
    waived = await send(gated, Purpose="otp", Body="Your code is 1234", RiskCheck="disable")
    assert (await gated.becomes(waived.json()["sid"], "queued"))["error_code"] is None
    assert (await gated.becomes((await send(gated, Purpose="otp")).json()["sid"], "failed"))["error_code"] == 30450


async def test_a_subaccount_goes_by_its_parent_until_it_says_otherwise(gated: GatedDoor) -> None:
    await set_country(gated, "FR", enabled=False)
    sub = await gated.account(parent=gated.sid)
    assert not await is_open(gated, "FR", auth=sub)
    refused = await gated.ask("POST", "/policy/v1/Preflight", data=FORM | {"To": FRANCE}, auth=sub)
    assert 21408 in {f["code"] for f in refused.json()["findings"]}


async def test_before_the_agreement_is_accepted_only_the_agreement_is_open(gated: GatedDoor) -> None:
    new = await gated.account(brand="Newcomer")
    for path in ("/policy/v1/Decisions", f"/2010-04-01/Accounts/{new[0]}.json"):
        shut = await gated.ask("GET", path, auth=new)
        assert (shut.status_code, shut.json()["code"]) == (403, 20003)
        assert (shut.json()["details"]["clause"], "accept" in shut.json()["details"]["remedy"]) == ("A", True)
    assert (await send(gated, auth=new)).status_code == 403
    shown = (await gated.ask("GET", "/policy/v1/Agreement", auth=new)).json()
    form = {"Digest": shown["digest"], "Person": "Nora New", "Role": "Director", "Authorised": "true"}
    accepted = await gated.ask("POST", "/policy/v1/Agreement", data=form, auth=new)
    assert (accepted.status_code, accepted.json()["accepted"]) == (201, True)


async def test_an_account_that_accepted_is_let_in(gated: GatedDoor) -> None:
    new = await gated.account(brand="Newcomer")
    shown = (await gated.ask("GET", "/policy/v1/Agreement", auth=new)).json()
    form = {"Digest": shown["digest"], "Person": "Nora New", "Role": "Director", "Authorised": "true"}
    await gated.ask("POST", "/policy/v1/Agreement", data=form, auth=new)
    async with asyncio.timeout(10):  # each process learns it within seconds
        while (await gated.ask("GET", "/policy/v1/Decisions", auth=new)).status_code != 200:
            await asyncio.sleep(0.1)
    refused = await send(gated, auth=new)
    assert refused.status_code == 400  # let in, and told of the message: the number is another's


async def test_a_suspended_parent_stops_its_subaccounts(gated: GatedDoor) -> None:
    sub = await gated.account(parent=gated.sid)
    assert (await gated.ask("GET", f"/2010-04-01/Accounts/{sub[0]}.json", auth=sub)).status_code == 200
    owner = await gated.account(brand="Owner")
    child = await gated.account(parent=owner[0])

    def suspend(connection: Any) -> None:
        accounts.change(connection, owner[0], gated.clock.now(), {"status": "suspended"})

    await gated.database.write(suspend)
    refused = await send(gated, auth=child)
    assert (refused.status_code, refused.json()["code"]) == (403, 20005)


async def test_a_suspended_subaccount_is_not_sent_for_by_its_parent(gated: GatedDoor) -> None:
    sub, _ = await gated.account(parent=gated.sid)
    await gated.ask("POST", f"/2010-04-01/Accounts/{sub}.json", data={"Status": "suspended"})
    refused = await gated.ask("POST", f"/2010-04-01/Accounts/{sub}/Messages.json", data=FORM)
    assert (refused.status_code, refused.json()["code"]) == (400, 30002)


async def test_a_message_of_a_service_passes_the_whole_policy(gated: GatedDoor) -> None:
    service = (await gated.ask("POST", "/messaging/v1/Services", data={"FriendlyName": "Shop"})).json()["sid"]
    owned = await gated.ask("GET", f"/2010-04-01/Accounts/{gated.sid}/IncomingPhoneNumbers.json")
    number = next(n["sid"] for n in owned.json()["incoming_phone_numbers"] if n["phone_number"] == FORM["From"])
    await gated.ask("POST", f"/messaging/v1/Services/{service}/PhoneNumbers", data={"PhoneNumberSid": number})
    form = {"To": PHONE, "Body": "Your table is ready.", "MessagingServiceSid": service}
    sent = await gated.ask("POST", f"/2010-04-01/Accounts/{gated.sid}/Messages.json", data=form)
    assert (sent.status_code, sent.json()["status"], sent.json()["from"]) == (201, "accepted", None)


async def test_a_message_whose_content_is_to_go_keeps_none_once_it_has_ended(gated: GatedDoor) -> None:
    sids = [(await send(gated, ContentRetention=kept)).json()["sid"] for kept in ("discard", "retain")]
    ledger, now = gated.parts.ledger, gated.clock.now()
    assert await gated.database.write(lambda c: drop_ended_bodies(c, ledger, now)) == 0  # they are on their way
    async with gated.carrying():
        carried = [await gated.becomes(sid, "delivered") for sid in sids]
    assert [each["body"] for each in carried] == [FORM["Body"]] * 2
    assert await gated.database.write(lambda c: drop_ended_bodies(c, ledger, now)) == 1
    assert [(await gated.becomes(sid, "delivered"))["body"] for sid in sids] == ["", FORM["Body"]]
    about = select(decisions.c.record).where(decisions.c.subject == sids[0])
    kept = await gated.database.read(lambda c: c.execute(about).scalars().all())
    assert kept
    assert FORM["Body"] not in "".join(kept)
    assert (await gated.database.survey(lambda c: verify(c, gated.keys.public))).whole


async def test_a_message_is_carried_for_at_most_its_max_price(gated: GatedDoor) -> None:
    gated.loopback.price = Decimal("0.0075")
    long = {"Body": "Your table is ready. " * 10}
    sids = [
        (await send(gated, None, **asked)).json()["sid"]
        for asked in ({"MaxPrice": "0.0075"}, {"MaxPrice": "0.0075"} | long, {"MaxPrice": "0.02"} | long)
    ]
    async with gated.carrying():
        one = await gated.becomes(sids[0], "delivered")
        dear = await gated.becomes(sids[1], "failed")
        two = await gated.becomes(sids[2], "delivered")
    assert (one["price"], two["price"]) == ("-0.007500", "-0.015000")
    assert (dear["price"], dear["error_code"]) == (None, 30010)


async def test_a_number_that_nobody_has_is_not_written_to_again(gated: GatedDoor) -> None:
    nobody = "+12125550177"
    wish = {"contact_id": nobody, "sender_id": FORM["From"], "status": "opt-in", "source": "website"}
    await gated.ask("POST", "/accounts/v1/Consents/Bulk", data={"Items": json.dumps(wish)})
    async with gated.carrying():
        first = await send(gated, To=nobody, Purpose="transactional")
        assert (await gated.becomes(first.json()["sid"], "failed"))["error_code"] == 30005
        again = await send(gated, To=nobody, Purpose="transactional")
        assert (again.status_code, again.json()["code"]) == (400, 21614)
        assert again.json()["details"]["rule"] == "6.7.4"
        code = await send(gated, To=nobody, Purpose="otp")  # who asks for a code may have the number since a moment ago
        assert code.status_code == 201


async def test_an_end_user_that_was_stopped_sends_nothing_until_the_operator_lets_it(gated: GatedDoor) -> None:
    async def becomes(name: str, expected: int) -> Any:
        """What a message for an end user is answered, once what was learned of it before is forgotten."""
        async with asyncio.timeout(10):
            while (answer := await send(gated, EndUser=name)).json().get("code", 201) != expected:
                await asyncio.sleep(0.1)
        return answer.json()

    form = {"EndUser": "shop 7", "TermsAccepted": "true"}
    await gated.ask("POST", "/policy/v1/EndUsers", data=form)
    await becomes("shop 7", 201)
    await gated.ask("POST", "/policy/v1/EndUsers", data=form | {"Status": "stopped", "Reason": "spam"})
    assert (await becomes("shop 7", 30004))["details"]["rule"] == "B2"
    await becomes("shop 8", 201)
    again = await gated.ask("POST", "/policy/v1/EndUsers", data=form | {"Status": "active"})
    assert (again.status_code, again.json()["code"]) == (403, 20403)
    await gated.database.write(lambda c: end_users.let_go_on(c, gated.sid, "shop 7"))
    await becomes("shop 7", 201)


async def claimed(door: GatedDoor, number: str, code: str) -> str:
    """A code is on its way to a number that the account wants to show; the claim."""
    wish = deeds.Wish(account=door.sid, number=e164(number))
    row = deeds.opened(door.keys, wish, caller_ids.CODE, door.clock.now())
    row |= {"hash": door.keys.mark("code", row["sid"], code), "sent": "SM" + "0" * 32}
    await door.database.write(lambda c: caller_ids.add(c, row))
    return str(row["sid"])


async def test_without_an_operators_sender_a_number_is_proven_by_letter(gated: GatedDoor) -> None:
    path = f"/2010-04-01/Accounts/{gated.sid}/OutgoingCallerIds.json"
    refused = await gated.ask("POST", path, data={"PhoneNumber": LETTER["PhoneNumber"]})
    assert (refused.status_code, "letter of authorization" in refused.json()["message"]) == (409, True)
    sent = await gated.ask("POST", "/policy/v1/CallerIds", data=LETTER)
    assert (sent.status_code, sent.json()["status"]) == (201, "pending")


async def reported(door: GatedDoor) -> str:
    """A receiver reported of mail of the account's domain; its SID."""
    row = report(door.sid, "r1", "shop.example", 0)
    await door.database.write(lambda c: dmarc_reports.add(c, row))
    return str(row["sid"])


async def said_in_chat(gated: GatedDoor) -> dict[str, str]:
    """A message in a conversation, as somebody reports it."""
    chat, sid, now = gated.parts.chat, new_sid("CH"), gated.clock.now()
    made = {"account": gated.sid, "sid": sid, "created_at": now, "updated_at": now}
    await gated.database.write(lambda c: conversations.create(c, made))
    server = Speaker(account=gated.sid, author="system", person=False)
    async with gated.carrying():
        await chat.moderating.invite(server, sid, Asked(identity="ada"))
        spoken = await chat.speaking.say(server, sid, "welcome")
    return {"ConversationSid": sid, "MessageSid": spoken.sid, "Identity": "ada", "Reason": "noise"}


async def test_our_own_answers_are_as_our_document_says(gated: GatedDoor) -> None:
    document = (await gated.ask("GET", "/policy/v1/openapi.json")).json()
    await send(gated, Body="I am a message.", To="+12125550199")
    row = {"account": gated.sid, "person": "p", "since": gated.clock.now(), "masked": "+1212***"}
    await gated.database.write(lambda c: c.execute(opt_outs.insert().values(row)))
    agreement = (await gated.ask("GET", "/policy/v1/Agreement")).json()
    (decision, *_) = (await gated.ask("GET", "/policy/v1/Decisions")).json()["decisions"]
    filed = await appeal(gated, StepSid=await stands(gated, scope="campaign", target="QE1"))
    (notice,) = (await gated.ask("GET", "/policy/v1/Notices?Kind=suspend")).json()["notices"]
    sids = {"Decisions": decision["sid"], "Notices": notice["sid"], "Appeals": filed.json()["sid"]}
    sids["Reclamations"] = await wanted_back(gated)
    sids["Cases"] = await noticed(gated)
    named = await gated.ask("POST", "/policy/v1/Contacts", data={"Address": "ada@northwind.example"})
    sids["Contacts"] = named.json()["sid"]
    sids["CallerIds"] = await claimed(gated, LETTER["PhoneNumber"], "123456")
    box = await gated.ask("POST", "/policy/v1/Mailboxes", data={"PhoneNumber": demo.NUMBERS[1]})
    sids["Mailboxes"] = box.json()["sid"]
    one = await gated.ask("POST", "/policy/v1/Persons", data={"Address": ["+12125550177", "eve@example.com"]})
    sids["Persons"] = one.json()["sid"]
    sids["Voicemails"] = await left(gated, "MB" + "0" * 32)
    for_sale = [{"number": "+14155550166", "region": "US"}]
    await gated.database.write(lambda c: numbers.put(c, for_sale, gated.clock.now()))
    file = await gated.ask("POST", "/policy/v1/Media?Name=ana.vcf", content=b"BEGIN:VCARD")
    sids["Media"] = file.json()["sid"]
    await proves(gated, "shop.example")
    route = await gated.ask("POST", "/policy/v1/MailRoutes", data={"Address": "@shop.example"})
    sids["MailRoutes"] = route.json()["sid"]
    sids["DmarcReports"] = await reported(gated)
    came = await gated.parts.arrivals.receive(a_mail())
    sids["ArrivedEmails"] = came.subject if came is not None else ""
    locked = await brought(gated, locked_pdf(b"Balance: 12", "19700101"))
    sids["/v1/Media/{sid}/Unlock"] = locked["sid"]
    claim = await gated.ask("POST", "/policy/v1/MailDomains", data={"Domain": "news.example"})
    sids["MailDomains"] = claim.json()["sid"]
    claim = await gated.ask("POST", "/policy/v1/MailDomains", data={"Domain": "old.example"})
    sids["/v1/MailDomains/{sid}/Proof"] = claim.json()["sid"]  # the first one is removed before
    listed = await gated.ask("POST", "/policy/v1/MailSuppressions", data={"Address": "gone@reader.test"})
    mail = {"From": "desk@shop.example", "To": "eve@reader.test", "Subject": "Your order", "Text": "It is ready."}
    sent = await gated.ask("POST", "/policy/v1/Emails", data=mail | {"Purpose": "transactional"})
    sids["Emails"] = sent.json()["sid"]
    asked = {"contact_id": "+12125550199", "answer": "no", "consent_date": "2025-01-01", "asked_at": "2026-01-01"}
    forms = {
        "/v1/Preflight": FORM,
        "/v1/EndUsers": {"EndUser": "shop 7", "TermsAccepted": "true"},
        "/v1/OptOuts": {"PhoneNumber": "+12125550199", "By": "letter"},
        "/v1/Persons": {"Address": ["+12125550178", "bob@example.com"]},
        "/v1/Reassigned": {"Items": json.dumps(asked)},
        "/v1/Signing": {"Algorithm": "HMAC_SHA256"},
        "/v1/Appeals": {"StepSid": await stands(gated, scope="campaign", target="QE2"), "Text": "They asked for it."},
        "/v1/NoticeUrl": {"NoticeUrl": "https://example.com/standing"},
        "/v1/Reclamations/{sid}": {"Contest": "our fire alarm calls it"},
        "/v1/CallerIds": LETTER,
        "/v1/CallerIds/Code": {"PhoneNumber": LETTER["PhoneNumber"], "Code": "123456"},
        "/v1/Media": {"Name": "x"},
        "/v1/Media/{sid}/Unlock": {"Password": "19700101"},
        "/v1/LinkDomains": {"Domain": "go.example.com"},
        "/v1/Emails": mail | {"Purpose": "transactional"},
        "/v1/MailDomains": {"Domain": "new.example"},
        "/v1/MailDomains/{sid}/Proof": {},
        "/v1/MailRoutes": {"Address": "desk@shop.example"},
        "/v1/MailSuppressions": {"Address": "cat@reader.test"},
        "/v1/Contacts": {"Address": "bob@northwind.example", "Name": "Bob", "For": "reclamation"},
        "/v1/Contacts/{sid}": {"Name": "Ada", "First": "true"},
        "/v1/Cases": {"EndUser": "shop 7", "Harm": "phishing"},
        "/v1/Cases/{sid}": COUNTER,
        "/v1/Reservations": {"PhoneNumber": "+14155550166"},
        "/v1/Mailboxes": {"PhoneNumber": demo.NUMBERS[0]},
        "/v1/Mailboxes/{sid}": {"KeepDays": "9"},
        "/v1/Voicemails/{sid}": {"Status": "heard"},
        "/v1/ChatBlocks": {"Identity": "ada", "Blocked": "mallory"},
        "/v1/ChatReports": await said_in_chat(gated),
        "/v1/Agreement": {
            "Digest": agreement["digest"], "Person": "Dana", "Role": "Director", "Authorised": "true",
        },
    }  # fmt: skip
    checked = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = path.format(
                sid=sids.get(path) or sids.get(path.split("/")[2]),
                clause="7",
                domain="go.example.com",
                number="+14155550166",
                person=listed.json()["person"],
            )
            form = forms[path] if method == "post" else None
            answer = await gated.ask(method.upper(), f"/policy{where}", data=form)
            success = operation["responses"][str(answer.status_code)]
            if method == "delete":
                assert (answer.content, "content" in success) == (b"", False)
                continue
            if "application/json" not in success["content"]:
                assert answer.headers["content-type"] in success["content"]
                continue
            schema = success["content"]["application/json"]["schema"]
            assert schema["required"]
            assert schema_faults(schema, answer.json()) == [], f"{method} {path}"
            assert set(answer.json()) == set(schema["properties"])
            checked += 1
    assert checked >= 10
    shut = await gated.ask("GET", "/policy/v1/Decisions/DE0")
    assert schema_faults(document["components"]["schemas"]["Error"] | {"properties": {}}, shut.json()) == []
    assert set(document["components"]["schemas"]["Error"]["required"]) <= set(shut.json())


async def test_a_call_rings_only_once_the_agreement_is_accepted(gated: GatedDoor) -> None:
    form = {"From": demo.NUMBERS[0], "To": PHONE, "Twiml": "<Response><Pause/></Response>"}
    new = await gated.account(brand="Newcomer")
    refused = await gated.ask("POST", f"/2010-04-01/Accounts/{new[0]}/Calls.json", data=form, auth=new)
    assert (refused.status_code, refused.json()["details"]["clause"]) == (403, "A")
    assert gated.handsets.calls(PHONE) == []
    made = await gated.ask("POST", f"{gated.calls}.json", data=form)
    assert made.status_code == 201, made.text
    while not gated.handsets.calls(PHONE):
        await asyncio.sleep(0.01)
    (ringing,) = gated.handsets.calls(PHONE)
    assert ringing.shown.id == made.json()["sid"]


def next_wednesday(hour: int) -> str:
    """That hour in New York, where `PHONE` is, between one and eight days ahead."""
    there = datetime.now(ZoneInfo("America/New_York")) + timedelta(days=1)
    day = there + timedelta(days=(2 - there.weekday()) % 7)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC).isoformat()


async def test_a_call_is_scheduled_for_when_it_may_ring(gated: GatedDoor) -> None:
    form = {"From": demo.NUMBERS[0], "To": PHONE, "Twiml": "<Response><Pause/></Response>", "ScheduleType": "fixed"}
    form |= {"Purpose": "marketing", "Voice": "live"}
    asleep = await gated.ask("POST", f"{gated.calls}.json", data=form | {"SendAt": next_wednesday(3)})
    assert (asleep.status_code, asleep.json()["details"]["clause"]) == (400, "7")
    awake = await gated.ask("POST", f"{gated.calls}.json", data=form | {"SendAt": next_wednesday(15)})
    assert (awake.status_code, awake.json()["status"]) == (201, "scheduled"), awake.text
    form |= {"Voice": "prerecorded", "To": "+12125550199"}
    unasked = await gated.ask("POST", f"{gated.calls}.json", data=form | {"SendAt": next_wednesday(15)})
    assert (unasked.status_code, unasked.json()["details"]["clause"]) == (400, "7")
    listed = (await gated.ask("GET", f"{gated.calls}.json?Status=scheduled")).json()["calls"]
    assert [call["sid"] for call in listed] == [awake.json()["sid"]]
