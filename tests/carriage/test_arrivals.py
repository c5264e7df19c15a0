"""What comes from carriers: reports end messages once, people's messages are heard, kept and brought to their owner."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from masstransit.carriage.channel import DeliveryReport, Inbound, Sent
from masstransit.errors import NotFound
from masstransit.model.address import parse
from masstransit.model.outcome import OutcomeKind
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import binds, communications, complaints, opt_outs, records, services, standing
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER, an_outcome

URL, SERVICE_URL = "http://127.0.0.1/number", "http://127.0.0.1/service"


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    return House(database, keys)


def a_report(carrier_id: str, state: str = "delivered", **more: Any) -> DeliveryReport:
    return DeliveryReport(trunk="link", carrier_id=carrier_id, state=state, at=NOON, **more)


def an_inbound(text: str = "When do you open?", **more: Any) -> Inbound:
    made = {"trunk": "link", "sender": parse(RECIPIENT), "recipient": parse(SENDER), "text": text, "at": NOON}
    return Inbound(**made | more)


async def a_sent_one(house: House, *carrier_ids: str, **more: Any) -> None:
    """Message 0, sent under these names, with a delivery report wanted."""
    house.links[0].answer = lambda _: Sent(carrier_ids)
    async with house.delivering():
        await house.offer(receipt=True, principal="esme", **more)
        await house.becomes(0, "sent")


async def messages(house: House) -> list[Any]:
    wanted = select(communications).where(communications.c.direction == "inbound")
    return await house.database.read(lambda c: list(c.execute(wanted)))


# --- reports ------------------------------------------------------------------------------------------------------


async def test_a_report_ends_a_message_and_its_sender_is_told_once(house: House) -> None:
    await a_sent_one(house, "c1")
    await house.arrivals.report(a_report("c1"))
    assert await house.status() == ("delivered", None)
    assert [n.body["state"] for n in await house.told()] == ["delivered"]
    row = await house.row(f"SM{0:032x}")
    assert (row.trunk, row.sent_at, row.done_at) == ("link", NOON, NOON)


async def test_a_failure_has_its_code_and_the_carriers_own(house: House) -> None:
    await a_sent_one(house, "c1")
    await house.arrivals.report(a_report("c1", "failed", error=30003, carrier_code="027"))
    assert await house.status() == ("undelivered", 30003)
    assert (await house.row(f"SM{0:032x}")).error_message == "the carrier reports 027"


async def test_what_a_carrier_is_still_trying_changes_nothing(house: House) -> None:
    await a_sent_one(house, "c1")
    await house.arrivals.report(a_report("c1", "buffered"))
    await house.arrivals.report(a_report("c1", "accepted"))
    assert await house.status() == ("sent", None)


async def test_a_report_may_come_before_the_carriers_own_answer_is_on_record(house: House) -> None:
    early = asyncio.create_task(house.arrivals.report(a_report("c1")))
    await asyncio.sleep(0.02)
    await a_sent_one(house, "c1")
    await early
    assert await house.status() == ("delivered", None)


async def test_a_report_about_nothing_known_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masstransit.carriage.arrivals._NAME_UNKNOWN_FOR", 0.1)
    await house.arrivals.report(a_report("nobody's"))
    assert await house.decided() == []


async def test_the_same_report_twice_tells_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masstransit.carriage.arrivals._NAME_UNKNOWN_FOR", 0.1)
    await a_sent_one(house, "c1")
    await asyncio.gather(house.arrivals.report(a_report("c1")), house.arrivals.report(a_report("c1")))
    await house.arrivals.report(a_report("c1", "failed"))
    assert await house.status() == ("delivered", None)
    assert len(await house.told()) == 1


LONG = "The doors open at noon. " * 12  # two segments


async def test_a_long_message_is_delivered_when_its_last_segment_is(house: House) -> None:
    await a_sent_one(house, "c1", "c2", text=LONG)
    await house.arrivals.report(a_report("c1"))
    assert await house.status() == ("sent", None)
    await house.arrivals.report(a_report("c2"))
    assert await house.status() == ("delivered", None)
    assert len(await house.told()) == 1


@pytest.mark.parametrize("together", [True, False])
async def test_a_long_message_fails_with_its_first_failed_segment(house: House, *, together: bool) -> None:
    await a_sent_one(house, "c1", "c2", text=LONG)
    reports = [a_report("c1", "failed", error=30005), a_report("c2")]
    if together:
        await asyncio.gather(*map(house.arrivals.report, reports))
    else:
        for report in reports:
            await house.arrivals.report(report)
    assert await house.status() == ("undelivered", 30005)
    assert [n.body["state"] for n in await house.told()] == ["undelivered"]


async def test_a_report_about_a_message_that_its_sender_deleted_spoils_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("masstransit.carriage.arrivals._NAME_UNKNOWN_FOR", 0.1)
    house.links[0].answer = lambda cleared: Sent((f"c{cleared.communication.id[-1]}",))
    async with house.delivering():
        for n in range(2):
            await house.offer(n)
            await house.becomes(n, "sent")
    gone = delete(communications).where(communications.c.sid == f"SM{0:032x}")
    await house.database.write(lambda c: c.execute(gone))
    await asyncio.gather(house.arrivals.report(a_report("c0")), house.arrivals.report(a_report("c1")))
    assert await house.status(1) == ("delivered", None)


# --- people's messages --------------------------------------------------------------------------------------------


async def test_a_message_to_nobody_is_let_go(house: House) -> None:
    await house.arrivals.receive(an_inbound())
    assert await messages(house) == []


async def test_a_persons_message_is_kept_and_brought_to_webhook_and_esmes(house: House) -> None:
    await house.owns(sms_url=URL)
    rows = [
        {"account": ACCOUNT, "system_id": name, "password_hash": "", "enabled": enabled, "created_at": NOON}
        for name, enabled in (("one", True), ("two", True), ("closed", False))
    ]
    await house.database.write(lambda c: c.execute(insert(binds), rows))
    await house.arrivals.receive(an_inbound())
    (row,) = await messages(house)
    assert (row.status, row.body, row.sender) == ("received", "When do you open?", RECIPIENT)
    told = await house.told()
    assert sorted((n.way, n.target) for n in told) == [("smpp", "one"), ("smpp", "two"), ("webhook", URL)]
    (webhook,) = [n.body for n in told if n.way == "webhook"]
    assert (webhook["kind"], webhook["from"], webhook["opt_out_type"]) == ("message", RECIPIENT, None)
    assert await house.verified()


@pytest.mark.parametrize(("own", "expected"), [(False, SERVICE_URL), (True, URL)])
async def test_a_services_webhook_counts_unless_it_leaves_that_to_the_number(
    house: House, *, own: bool, expected: str
) -> None:
    service = {
        "account": ACCOUNT,
        "sid": "MG1",
        "inbound_request_url": SERVICE_URL,
        "number_webhooks": own,
        "created_at": NOON,
        "updated_at": NOON,
        "attrs": {},
    }
    await house.database.write(lambda c: c.execute(insert(services), [service]))
    await house.owns(sms_url=URL, service="MG1")
    await house.arrivals.receive(an_inbound())
    assert [n.target for n in await house.told()] == [expected]


async def test_a_carriers_repeat_is_heard_once_also_when_both_come_at_once(house: House) -> None:
    await house.owns(sms_url=URL)
    twice = an_inbound(carrier_id="m1")
    await asyncio.gather(house.arrivals.receive(twice), house.arrivals.receive(twice))
    await house.arrivals.receive(twice)
    assert (len(await messages(house)), len(await house.told())) == (1, 1)


async def test_without_a_name_the_same_words_twice_are_two_messages(house: House) -> None:
    await house.owns()
    await house.arrivals.receive(an_inbound())
    await house.arrivals.receive(an_inbound())
    assert len(await messages(house)) == 2


@pytest.mark.parametrize(("text", "kind"), [("STOP", "STOP"), ("START", "START"), ("help", "HELP")])
async def test_stop_start_and_help_are_answered_and_the_customer_hears_which_it_was(
    house: House, text: str, kind: str
) -> None:
    await house.owns(sms_url=URL)
    if kind == "START":
        await house.arrivals.receive(an_inbound("STOP"))
    house.wishes.all = "hold"  # what is exempt goes all the same
    await house.arrivals.receive(an_inbound(text))
    *_, notice = [n.body for n in await house.told() if n.way == "webhook"]
    assert notice["opt_out_type"] == kind
    answers = await house.queued()
    assert len(answers) == (2 if kind == "START" else 1)
    on_file = await house._all(opt_outs)
    assert [row.restored_at is None for row in on_file] == {"STOP": [True], "START": [False], "HELP": []}[kind]
    assert await house.verified()


async def test_a_stop_is_kept_though_its_message_is_refused(house: House) -> None:
    await house.owns()
    house.wishes.all = "refuse"
    await house.arrivals.receive(an_inbound("STOP"))
    assert len(await house._all(opt_outs)) == 1
    assert [row.status for row in await messages(house)] == ["received"]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("STOP", [OutcomeKind.OPT_OUT]),
        ("STOP. Wrong number", [OutcomeKind.WRONG_NUMBER]),
        ("Sorry, wrong number", [OutcomeKind.WRONG_NUMBER]),
        ("When do you open?", []),
        ("HELP", []),
    ],
)
async def test_whether_an_opt_out_tells_of_the_messages_or_of_the_list_is_heard_by_the_gate(
    house: House, text: str, heard: list[OutcomeKind]
) -> None:
    await house.owns()
    house.wishes.all = "flag"
    await house.arrivals.receive(an_inbound(text))
    assert [o.what for o in house.wishes.outcomes] == heard
    assert len(await house._all(opt_outs)) == len(heard)


async def test_an_opt_out_counts_for_the_end_user_and_campaign_that_they_answer(house: House) -> None:
    await house.owns()
    house.wishes.all = "flag"
    async with house.delivering():
        for n, more in enumerate(({}, {}, {"sender": "+14155550111"})):
            await house.offer(n, end_user=f"u{n + 1}", campaign=f"QE{n + 1}", **more)
            await house.becomes(n, "sent")
            await house.clock.move(timedelta(minutes=1))
    await house.offer(3, end_user="u4")  # it waits still
    await house.arrivals.receive(an_inbound("STOP"))
    (heard,) = house.wishes.outcomes
    assert (heard.end_user, heard.campaign) == ("u2", "QE2")
    await house.arrivals.receive(an_inbound("STOP"))  # our own confirmation went out since then
    assert [o.end_user for o in house.wishes.outcomes] == ["u2", "u2"]


async def test_an_opt_out_of_somebody_who_was_not_written_to_counts_for_the_account(house: House) -> None:
    await house.owns(campaign="QE9")
    await house.arrivals.receive(an_inbound("STOP"))
    (heard,) = house.wishes.outcomes
    assert (heard.end_user, heard.campaign) == (None, "QE9")


# --- outcomes, standing, complaints -------------------------------------------------------------------------------


async def test_a_finding_about_an_outcome_is_a_step_once_while_it_lasts(house: House) -> None:
    house.wishes.all = "flag"
    for n in range(3):
        await house.arrivals.outcome(an_outcome(id=f"OU{n}"))
    (step,) = await house._all(standing)
    assert (step.step, step.scope, step.target, step.rule) == ("warn", "account", ACCOUNT, "1.1")
    assert step.expires_at == NOON + timedelta(days=30)
    assert [r.kind for r in await house._all(records)] == ["standing", "notice"]
    await house.clock.move(timedelta(days=31))
    await house.arrivals.outcome(an_outcome(id="OU9", at=house.clock.now()))
    assert len(await house._all(standing)) == 2
    assert await house.verified()


@pytest.mark.parametrize(
    ("more", "unit"),
    [
        ({"campaign": "QE1", "end_user": "u1"}, ("campaign", "QE1")),
        ({"end_user": "u1"}, ("end_user", "u1")),
        ({}, ("account", ACCOUNT)),
    ],
)
async def test_a_step_is_on_the_smallest_responsible_unit(
    house: House, more: dict[str, Any], unit: tuple[str, str]
) -> None:
    house.wishes.all = "refuse"
    await house.arrivals.outcome(an_outcome(**more))
    (step,) = await house._all(standing)
    assert (step.scope, step.target, step.step) == (*unit, "suspend")


async def test_a_finding_may_name_its_own_unit(house: House) -> None:
    house.wishes.all = "hold"
    await house.arrivals.outcome(an_outcome(campaign="QE1"))
    (step,) = await house._all(standing)
    assert (step.scope, step.target, step.step) == ("account", "all", "block")


async def test_a_complaint_from_a_phone_is_on_record_once_and_heard(house: House) -> None:
    await a_sent_one(house, "c1")
    await house.arrivals.report(a_report("c1"))
    house.wishes.all = "flag"
    sid = f"SM{0:032x}"
    await house.complaints.from_phone(RECIPIENT, sid)
    await house.complaints.from_phone(RECIPIENT, sid)
    (kept,) = await house._all(complaints)
    assert (kept.communication, kept.kind, kept.person) == (sid, "spam-report", house.keys.person(RECIPIENT))
    assert len(await house._all(standing)) == 1
    assert await house.verified()


async def test_who_did_not_get_a_message_can_not_complain_of_it(house: House) -> None:
    await a_sent_one(house, "c1")
    with pytest.raises(NotFound):
        await house.complaints.from_phone("+12125550199", f"SM{0:032x}")
    with pytest.raises(NotFound):
        await house.complaints.from_phone(RECIPIENT, "SM" + "9" * 32)
