"""Messages, with the SDK unmodified and with raw requests, over a real socket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from masstransit.model.decision import Verdict
from masstransit.storage import communications
from masstransit.storage.tables import numbers, services
from tests.api.conformance import assert_conforms
from tests.api.house import Door, finding
from tests.makers import RECIPIENT, SENDER

EVERY = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
FORM = {"To": RECIPIENT, "From": SENDER, "Body": "Your parcel is here."}


async def send(door: Door, **fields: Any) -> Any:
    form = {name: value for name, value in (FORM | fields).items() if value is not None}
    return await door.ask("POST", f"{door.messages}.json", data=form)


async def test_the_sdk_sends_fetches_cancels_redacts_and_deletes(door: Door) -> None:
    client = door.sdk()
    sent = await asyncio.to_thread(client.messages.create, to=RECIPIENT, from_=SENDER, body="Hello")
    assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
    assert sent.date_created.tzinfo is not None
    assert (await asyncio.to_thread(client.messages(sent.sid).fetch)).body == "Hello"
    canceled = await asyncio.to_thread(client.messages(sent.sid).update, status="canceled")
    assert canceled.status == "canceled"
    assert (await asyncio.to_thread(client.messages(sent.sid).update, body="")).body == ""
    assert await asyncio.to_thread(client.messages(sent.sid).delete)
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(client.messages(sent.sid).fetch)
    assert (gone.value.status, gone.value.code) == (404, 20404)


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_the_sdk_lists_page_by_page(door: Door, prefix: str) -> None:
    for n in range(7):
        await send(door, Body=str(n))
    await send(door, To="+12125550124")
    client = door.sdk()
    client.api.base_url = door.url + prefix
    listed = await asyncio.to_thread(lambda: client.messages.list(to=RECIPIENT, page_size=3))
    assert [m.body for m in listed] == ["6", "5", "4", "3", "2", "1", "0"]
    today = datetime.now(UTC).date()
    assert len(await asyncio.to_thread(lambda: client.messages.list(date_sent=today))) == 8
    later = datetime.now(UTC) + timedelta(days=2)
    assert await asyncio.to_thread(lambda: client.messages.list(date_sent_after=later)) == []
    assert len(await asyncio.to_thread(lambda: client.messages.list(date_sent_before=later, from_=SENDER))) == 8


async def test_a_page_leads_back_to_the_one_before(door: Door) -> None:
    for n in range(5):
        await send(door, Body=str(n))
    first = (await door.ask("GET", f"{door.messages}.json?PageSize=2")).json()
    second = (await door.ask("GET", first["next_page_uri"])).json()
    back = (await door.ask("GET", second["previous_page_uri"])).json()
    assert [m["body"] for m in second["messages"]] == ["2", "1"]
    assert [m["body"] for m in back["messages"]] == ["4", "3"]
    assert back["page"] == 0
    assert back["previous_page_uri"] is None


async def test_every_answer_has_all_that_the_contract_says(door: Door) -> None:
    made = await send(door)
    assert_conforms("twilio_api_v2010", "POST", EVERY, 201, made.json())
    sid = made.json()["sid"]
    fetched = await door.ask("GET", f"{door.messages}/{sid}.json")
    assert_conforms("twilio_api_v2010", "GET", ONE, 200, fetched.json())
    listed = await door.ask("GET", f"{door.messages}.json")
    assert_conforms("twilio_api_v2010", "GET", EVERY, 200, listed.json())
    media = await door.ask("GET", f"{door.messages}/{sid}/Media.json")
    path = "/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}"
    assert_conforms("twilio_api_v2010", "GET", f"{path}/Media.json", 200, media.json())
    told = await door.ask("POST", f"{door.messages}/{sid}/Feedback.json", data={"Outcome": "confirmed"})
    assert_conforms("twilio_api_v2010", "POST", f"{path}/Feedback.json", told.status_code, told.json())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": None}, 21604),
        ({"To": "nobody"}, 21211),
        ({"From": None}, 21603),
        ({"From": "+0"}, 21212),
        ({"Body": None}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "ftp://example.com/"}, 21609),
        ({"StatusCallback": "http://169.254.169.254/latest"}, 21609),
        ({"StatusCallback": "http://localhost/"}, 21609),
        ({"ValidityPeriod": "0"}, 20422),
        ({"ValidityPeriod": "36001"}, 20422),
        ({"SendAt": "2099-01-01T00:00:00Z"}, 20422),
        ({"ScheduleType": "fixed"}, 20422),
        ({"SmartEncoded": "perhaps"}, 20422),
        ({"Purpose": "fun"}, 20422),
        ({"ProvideFeedback": "false"}, 20422),
        ({"PersistentAction": "tel:+12125550123"}, 20422),
        ({"PersistentAction": "geo:91,0"}, 20422),
        ({"PersistentAction": "geo:0,-180.1"}, 20422),
        ({"PersistentAction": "geo:0"}, 20422),
        ({"MaxPrice": "0"}, 20422),
        ({"MaxPrice": "-0.01"}, 20422),
        ({"MaxPrice": "cheap"}, 20422),
        ({"ContentRetention": "perhaps"}, 20422),
        ({"Attempt": "0"}, 20422),
        ({"Attempt": "100"}, 20422),
        ({"RiskCheck": "perhaps"}, 20422),
        ({"Colour": "red"}, 20422),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_code(door: Door, fields: dict[str, Any], code: int) -> None:
    answer = await send(door, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["more_info"] == f"{door.url}/docs/errors/{code}"
    assert door.exchange.offers == []
    if code == 20422:
        assert answer.json()["details"]["field"] in fields | {"SendAt": "", "ScheduleType": ""}


async def test_fields_reach_the_gate(door: Door) -> None:
    callback = "https://example.com/status?a=1"
    fields = {"StatusCallback": callback, "ValidityPeriod": "60", "Purpose": "otp", "EndUser": "shop-7"}
    await send(door, **fields)
    (offer,) = door.exchange.offers
    assert offer.status_callback == callback
    assert offer.expires_at == offer.at + timedelta(seconds=60)
    assert offer.purpose is not None
    assert (offer.purpose.value, offer.end_user, offer.principal) == ("otp", "shop-7", door.sid)


async def test_an_obfuscated_recipient_is_masked_once_the_message_has_ended(door: Door) -> None:
    sids = [(await send(door, AddressRetention=kept)).json()["sid"] for kept in ("obfuscate", "retain")]
    on_its_way = await door.ask("GET", f"{door.messages}/{sids[0]}.json")
    assert on_its_way.json()["to"] == RECIPIENT
    for sid in sids:
        await door.exchange.finish(door.sid, sid)
    listed = (await door.ask("GET", f"{door.messages}.json")).json()["messages"]
    assert {each["sid"]: each["to"] for each in listed} == {sids[0]: "+1212***23", sids[1]: RECIPIENT}


async def test_a_price_that_may_be_paid_reaches_carriage_and_what_was_paid_is_shown(door: Door) -> None:
    made = await asyncio.to_thread(
        door.sdk().messages.create, to=RECIPIENT, from_=SENDER, body="Hello", max_price=0.00005
    )
    assert (made.price, [float(offer.max_price or 0) for offer in door.exchange.offers]) == (None, [0.00005])
    kept = await door.database.read(lambda c: communications.find(c, door.sid, made.sid))
    assert kept is not None
    assert communications.read(kept).max_price == door.exchange.offers[0].max_price
    now = door.clock.now()
    change = communications.change(door.sid, made.sid, "sent", now, sent_at=now, price=7_500)
    await door.database.write(lambda c: communications.mark(c, [change]))
    shown = await door.ask("GET", f"{door.messages}/{made.sid}.json")
    assert (shown.json()["price"], shown.json()["price_unit"]) == ("-0.007500", "USD")
    assert_conforms("twilio_api_v2010", "GET", ONE, 200, shown.json())


async def test_what_a_client_says_of_attempts_and_risk_reaches_the_gate_and_is_kept(door: Door) -> None:
    made = await asyncio.to_thread(
        door.sdk().messages.create, to=RECIPIENT, from_=SENDER, body="Hello", attempt=99, risk_check="disable"
    )
    plain = (await send(door, RiskCheck="enable")).json()["sid"]
    assert [(offer.attempts_told, offer.risk_check) for offer in door.exchange.offers] == [(99, False), (1, True)]
    for sid, told in ((made.sid, (99, False)), (plain, (1, True))):
        rows = await door.database.read(partial(communications.of_keys, keys=[(door.sid, sid)]))
        kept = communications.read(rows[door.sid, sid])
        assert (kept.attempts_told, kept.risk_check) == told


async def test_a_place_goes_out_as_a_line_that_phones_make_tappable(door: Door) -> None:
    create = partial(door.sdk().messages.create, to=RECIPIENT, from_=SENDER)
    await asyncio.to_thread(create, body="Come by.", persistent_action=["geo:37.787890,-122.391664|Our shop"])
    await asyncio.to_thread(create, persistent_action=["geo:-37,144.9", "geo:90,-180|The\nPole"])
    assert [offer.text for offer in door.exchange.offers] == [
        "Come by.\nOur shop geo:37.787890,-122.391664",
        "geo:-37,144.9\nThe Pole geo:90,-180",
    ]


async def test_feedback_is_kept_beside_the_message(door: Door) -> None:
    sid = (await send(door)).json()["sid"]
    for outcome in ("unconfirmed", "confirmed"):
        told = await door.ask("POST", f"{door.messages}/{sid}/Feedback.json", data={"Outcome": outcome})
        assert told.json()["outcome"] == outcome
        row = await door.database.read(lambda c: communications.find(c, door.sid, sid))
        assert row is not None
        assert row.attrs["feedback"] == outcome
    assert (await door.ask("POST", f"{door.messages}/{sid}/Feedback.json", data={"Outcome": "x"})).status_code == 400


async def test_smart_encoding_saves_segments(door: Door) -> None:
    text = "“" + "x" * 100
    assert (await send(door, Body=text)).json()["num_segments"] == "2"
    assert (await send(door, Body=text, SmartEncoded="true")).json()["num_segments"] == "1"


async def test_an_idempotency_key_sends_once(door: Door) -> None:
    answers = [
        await door.ask("POST", f"{door.messages}.json", data=FORM, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert answers[0].json()["sid"] == answers[1].json()["sid"]
    assert len((await door.ask("GET", f"{door.messages}.json")).json()["messages"]) == 1


@pytest.mark.parametrize(
    ("verdict", "more", "status", "said"),
    [
        (Verdict.FLAG, {}, 201, "queued"),
        (Verdict.HOLD, {}, 201, "accepted"),
        (Verdict.DELAY, {}, 201, "scheduled"),
        (Verdict.DELAY, {"overload": True}, 429, 20429),
        (Verdict.REFUSE, {"code": 21610}, 400, 21610),
        (Verdict.REFUSE, {}, 400, 30007),
        (Verdict.REFUSE, {"code": 20005}, 403, 20005),
        (Verdict.REFUSE, {"by_content": True}, 201, "queued"),
    ],
)
async def test_each_verdict_has_its_answer(
    door: Door, verdict: Verdict, more: dict[str, Any], status: int, said: Any
) -> None:
    door.exchange.rule = finding(verdict, **more)
    answer = await send(door)
    assert answer.status_code == status
    assert answer.json()["status" if status == 201 else "code"] == said
    if status == 429:
        assert int(answer.headers["retry-after"]) >= 1
    if status == 400:
        details = answer.json()["details"]
        assert (details["clause"], details["rule"], details["remedy"]) == ("7", "7.4", "ask first")
        decision = await door.ask("GET", f"/policy/v1/Decisions/{details['decision']}")
        assert decision.json()["verdict"] == "REFUSE"
        form = {"DecisionSid": details["decision"], "Text": "They agreed to it."}
        appeal = await door.ask("POST", details["appeal"].removeprefix(door.url), data=form)
        assert (appeal.status_code, appeal.json()["decision_sid"]) == (201, details["decision"])


async def test_a_service_sends_from_its_pool_and_schedules(door: Door) -> None:
    now, service = door.clock.now(), "MG" + "a" * 32

    def seed(connection: Any) -> None:
        connection.execute(services.insert().values(account=door.sid, sid=service, created_at=now, updated_at=now))
        connection.execute(
            numbers.insert().values(
                number=SENDER, account=door.sid, sid="PN" + "a" * 32, state="in-use", service=service
            )
        )

    await door.database.write(seed)
    sent = (await send(door, From=None, MessagingServiceSid=service)).json()
    assert (sent["status"], sent["messaging_service_sid"]) == ("accepted", service)
    assert door.exchange.offers[0].sender.text == SENDER
    when = datetime.now(UTC) + timedelta(hours=1)
    later = await asyncio.to_thread(
        door.sdk().messages.create,
        to=RECIPIENT,
        messaging_service_sid=service,
        body="Soon",
        send_at=when,
        schedule_type="fixed",
    )
    assert later.status == "scheduled"
    early = await send(door, From=None, MessagingServiceSid=service, SendAt=now.isoformat(), ScheduleType="fixed")
    assert early.json()["details"]["field"] == "SendAt"
    unknown = await send(door, From=None, MessagingServiceSid="MG" + "b" * 32)
    assert unknown.status_code == 404


async def test_a_message_on_its_way_is_neither_deleted_nor_canceled_twice(door: Door) -> None:
    sid = (await send(door)).json()["sid"]
    assert (await door.ask("DELETE", f"{door.messages}/{sid}.json")).json()["code"] == 20009
    await door.exchange.finish(door.sid, sid)
    late = await door.ask("POST", f"{door.messages}/{sid}.json", data={"Status": "canceled"})
    assert (late.status_code, late.json()["code"]) == (400, 30409)
    assert (await door.ask("DELETE", f"{door.messages}/{sid}.json")).status_code == 204


async def test_test_credentials_are_answered_with_the_text_that_would_go_out(door: Door) -> None:
    sid, token = await door.account(test=True)
    form = {"To": RECIPIENT, "From": "+15005550006", "Body": "“Look”", "SmartEncoded": "true"}
    for more, body in (
        ({"MediaUrl": "https://example.com/cat.png"}, '"Look"\nhttps://example.com/cat.png'),
        ({"PersistentAction": "geo:1,2|Here"}, '"Look"\nHere geo:1,2'),
    ):
        path = f"/2010-04-01/Accounts/{sid}/Messages.json"
        answer = await door.ask("POST", path, data=form | more, auth=(sid, token))
        assert (answer.status_code, answer.json()["body"]) == (201, body)
    refused = await door.ask("POST", path, data=form | {"ContentSid": "HX" + "0" * 32, "Body": ""}, auth=(sid, token))
    assert refused.json()["code"] == 21655


@pytest.mark.parametrize(
    ("sender", "recipient", "code"),
    [
        ("+15005550006", RECIPIENT, None),
        ("+15005550001", RECIPIENT, 21212),
        ("+15005550007", RECIPIENT, 21606),
        ("+15005550008", RECIPIENT, 21611),
        (SENDER, RECIPIENT, 21606),
        ("+15005550006", "+15005550001", 21211),
        ("+15005550006", "+15005550002", 21612),
        ("+15005550006", "+15005550003", 21408),
        ("+15005550006", "+15005550004", 21610),
        ("+15005550006", "+15005550009", 21614),
    ],
)
async def test_magic_numbers_answer_test_credentials(door: Door, sender: str, recipient: str, code: int | None) -> None:
    sid, token = await door.account(test=True)
    form = {"To": recipient, "From": sender, "Body": "x"}
    answer = await door.ask("POST", f"/2010-04-01/Accounts/{sid}/Messages.json", data=form, auth=(sid, token))
    assert answer.json().get("code") == code
    assert answer.status_code == (201 if code is None else 400)
    assert door.exchange.offers == []
