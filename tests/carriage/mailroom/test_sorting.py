from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from masstransit.carriage.channel import Inbound
from masstransit.carriage.mailing.returned import Returned
from masstransit.carriage.mailing.tokens import address_of
from masstransit.carriage.mailing.unsubscribing import Unsubscribes
from masstransit.carriage.mailroom.sorting import Mailroom
from masstransit.carriage.mailroom.values import Bounce, Complaint, Report, Tally
from masstransit.carriage.optouts import OptOuts
from masstransit.facts.consent import Roots
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.model.letter import Letter
from masstransit.model.mail import Authentication
from masstransit.model.outcome import OutcomeKind
from masstransit.storage import communications, mail_routes
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import (
    carrier_ids,
    complaints,
    dmarc_reports,
    mail_domains,
    mail_suppressions,
    notices,
    opt_outs,
)
from masstransit.storage.tables import communications as kept_communications
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, changed

BACK, DESK, BOB = "back.example", "desk@shop.example", "bob@reader.test"
SID = f"EM{7:032x}"
OTHER = "AC" + "2" * 32


def at(text: str) -> EmailAddress:
    return email_address(text)


class Room:
    """A house with a mailroom, whose customer has a proven domain and sent a mail."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.house = House(database, keys)
        roots, clock, ledger = Roots(), self.house.clock, self.house.ledger
        returned = Returned(database=database, keys=keys, roots=roots, ledger=ledger, clock=clock)
        returned.connect(self.house.arrivals)
        optouts = OptOuts(database=database, keys=keys, roots=roots, ledger=ledger, clock=clock)
        self.sorting = Mailroom(
            database=database,
            keys=keys,
            clock=clock,
            arrivals=self.house.arrivals,
            complaints=self.house.complaints,
            returned=returned,
            unsubscribes=Unsubscribes(
                database=database, keys=keys, clock=clock, optouts=optouts, arrivals=self.house.arrivals
            ),
            domain=BACK,
        )
        self.database, self.keys = database, keys

    async def settled(self) -> None:
        await self.house.owns()
        sent = Communication(
            id=SID, account=ACCOUNT, kind=Kind.EMAIL, channel="smtp", sender=at("news@shop.example"), recipient=at(BOB),
            text="Sale", at=NOON, purpose=Purpose.MARKETING, campaign="QE7",
            letter=Letter(return_path="news@shop.example", message_id="<7@shop.example>"),
        )  # fmt: skip
        row = communications.row(sent, person=self.keys.person(BOB), segments=1, status="sent", decision="DE1")
        row |= {"sent_at": NOON, "trunk": "out"}

        def add(connection: Any) -> None:
            communications.add(connection, [row])
            named = {"trunk": "out", "carrier_id": SID, "account": ACCOUNT, "sid": SID, "at": NOON}
            connection.execute(insert(carrier_ids), [named])
            for account, domain, proven in (
                (ACCOUNT, "shop.example", NOON),
                (OTHER, "shop.example", NOON + timedelta(hours=1)),
                (OTHER, "new.example", None),
            ):
                connection.execute(insert(mail_domains), [_claimed(account, domain, proven)])
            for account, address in ((ACCOUNT, "@shop.example"), (OTHER, DESK), (OTHER, "@new.example")):
                mail_routes.add(connection, _route(account, address))

        await self.database.write(add)

    async def rows(self, table: Any) -> list[Any]:
        return list(await self.database.read(lambda c: c.execute(select(table)).all()))


def _claimed(account: str, domain: str, proven: Any) -> dict[str, Any]:
    return {
        "account": account, "domain": domain, "sid": f"MD{account[2:5]}{domain}", "token": "t", "proven_at": proven,
        "campaign": "QE7", "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip


def _route(account: str, address: str) -> dict[str, Any]:
    return {
        "account": account, "address": address, "sid": f"MR{account[2:5]}{address[:5]}", "url": "https://shop.test/in",
        "domain": address.rpartition("@")[2], "method": "POST", "fallback_url": "", "created_at": NOON,
    }  # fmt: skip


@pytest.fixture
async def room(database: Database, keys: Keys) -> Room:
    made = Room(database, keys)
    await made.settled()
    return made


def a_mail(**more: Any) -> Inbound:
    told: dict[str, Any] = {
        "trunk": "mx", "sender": at("ada@friend.test"), "recipient": at("any@shop.example"), "text": "Hello",
        "at": NOON, "carrier_id": "1", "letter": Letter(return_path="ada@friend.test", subject="Hi"), "answered": True,
        "authentication": Authentication(domain="friend.test", dmarc="pass"),
    }  # fmt: skip
    return Inbound(**told | more)


async def test_an_address_tells_what_its_mail_is_for(room: Room) -> None:
    use = room.sorting.use_of
    assert await use(at(address_of(room.keys, "bounce", SID, BACK))) == "bounce"
    assert await use(at(address_of(room.keys, "unsubscribe", SID, BACK).upper())) == "unsubscribe"
    assert await use(at(f"Feedback@{BACK}")) == "feedback"
    assert await use(at(f"dmarc@{BACK}")) == "report"
    assert await use(at(DESK)) == "customer"
    assert await use(at("Anybody@Shop.Example")) == "customer"
    forged = address_of(room.keys, "bounce", SID, BACK).replace("@", "0@")
    for nobody in (f"ada@{BACK}", forged, "a@sub.shop.example", "a@new.example", "a@elsewhere.test"):
        assert await use(at(nobody)) is None, nobody


async def test_mail_goes_to_the_address_before_the_domain_and_to_who_proved_it_first(room: Room) -> None:
    for recipient, account in (("any@shop.example", ACCOUNT), (DESK, OTHER)):
        decision = await room.sorting.receive(a_mail(recipient=at(recipient), carrier_id=recipient))
        assert decision is not None
        assert decision.account == account


async def test_a_mail_is_kept_whole_told_and_taken_once(room: Room) -> None:
    first = await room.sorting.receive(a_mail())
    again = await room.sorting.receive(a_mail())
    assert first is not None
    assert again is not None
    assert first.id == again.id
    (kept,) = [row for row in await room.rows(kept_communications) if row.direction == "inbound"]
    read = communications.read(kept)
    assert (read.kind, read.direction, read.text, read.letter and read.letter.subject) == (
        Kind.EMAIL, Direction.INBOUND, "Hello", "Hi",
    )  # fmt: skip
    assert read.authentication == Authentication(domain="friend.test", dmarc="pass")
    assert kept.campaign == "QE7"
    (told,) = await room.rows(notices)
    assert (told.way, told.target, told.body["kind"]) == ("webhook", "https://shop.test/in", "mail")
    assert await room.sorting.receive(a_mail(recipient=at("a@elsewhere.test"))) is None


async def test_mail_that_waits_for_a_name_is_not_kept(room: Room) -> None:
    room.house.wishes.all = "delay"
    decision = await room.sorting.receive(a_mail())
    assert decision is not None
    assert decision.verdict is Verdict.DELAY
    assert [row.direction for row in await room.rows(kept_communications)] == ["outbound"]


@pytest.mark.parametrize(
    ("more", "opted_out"),
    [
        ({"words": "Stop"}, True),
        ({"words": "Stop", "authentication": Authentication(dmarc="none")}, True),
        ({"words": "Stop", "authentication": Authentication(dmarc="fail")}, False),
        ({"words": "Stop", "authentication": Authentication(dmarc="temperror")}, False),
        ({"words": "Stop", "automatic": True}, False),
        ({"words": "When do you open?", "text": "When do you open?\n> Stop"}, False),
    ],
)
async def test_who_answers_stop_gets_no_more_and_nobody_else_can_say_it_for_them(
    room: Room, more: dict[str, Any], opted_out: bool
) -> None:
    await room.sorting.receive(a_mail(sender=at(BOB), **more))
    assert [row.channel for row in await room.rows(opt_outs)] == (["email"] if opted_out else [])
    assert len(await room.rows(notices)) == 1  # and nothing is answered


async def test_mail_that_nothing_proves_ends_no_opt_out(room: Room) -> None:
    await room.sorting.receive(a_mail(sender=at(BOB), words="Stop"))
    unproven = Authentication(dmarc="none")
    await room.sorting.receive(a_mail(sender=at(BOB), words="Start", carrier_id="2", authentication=unproven))
    assert (await room.rows(opt_outs))[0].restored_at is None
    await room.sorting.receive(a_mail(sender=at(BOB), words="Start", carrier_id="3"))
    assert (await room.rows(opt_outs))[0].restored_at is not None


@pytest.mark.parametrize(
    ("told", "listed"),
    [
        (Bounce(action="failed", status="5.1.1", said="no such user"), True),
        (Bounce(action="failed", status="5.2.1"), True),
        (Bounce(action="failed", status="5.1.10"), True),
        (Bounce(action="failed", status="5.7.1"), False),
        (Bounce(action="failed", status="5.1.8"), False),
        (Bounce(action="failed", status="4.4.7"), False),
        (Bounce(action="delayed", status="4.2.2"), False),
        (Bounce(action="failed"), False),
    ],
)
async def test_an_address_that_is_not_there_gets_no_more_mail(room: Room, told: Bounce, listed: bool) -> None:
    assert await room.sorting.bounced(at(address_of(room.keys, "bounce", SID, BACK)), told)
    assert [row.why for row in await room.rows(mail_suppressions)] == (["bounce"] if listed else [])
    (kept,) = await room.rows(kept_communications)
    assert kept.status == ("undelivered" if told.permanent else "sent")


async def test_what_comes_back_to_nobody_is_nobodys(room: Room) -> None:
    told = Bounce(action="failed", status="5.1.1")
    assert not await room.sorting.bounced(at(address_of(room.keys, "bounce", "EM" + "9" * 32, BACK)), told)
    assert not await room.sorting.bounced(at(DESK), told)


@pytest.mark.parametrize(
    ("to", "more", "known"),
    [
        ("news@shop.example", {}, True),
        ("news@shop.example", {"message_id": "<8@shop.example>"}, False),
        ("news@shop.example", {"message_id": ""}, False),
        ("news@shop.example", {"recipient": "cat@reader.test"}, False),
        ("news@shop.example", {"recipient": ""}, False),
        (DESK, {}, False),  # another customer's
        ("news@elsewhere.test", {}, False),
    ],
)
async def test_what_comes_back_to_its_customer_is_known_by_its_name(
    room: Room, to: str, more: dict[str, str], known: bool
) -> None:
    told = Bounce(action="failed", status="5.1.1", recipient=BOB, message_id="<7@shop.example>")
    assert await room.sorting.bounced_to_customer(at(to), changed(told, **more)) is known
    assert [row.why for row in await room.rows(mail_suppressions)] == (["bounce"] if known else [])


async def test_who_writes_to_the_address_for_that_is_unsubscribed_at_once(room: Room) -> None:
    assert await room.sorting.unsubscribed(at(address_of(room.keys, "unsubscribe", SID, BACK)))
    (row,) = await room.rows(opt_outs)
    assert (row.person, row.scope, row.channel) == (room.keys.person(BOB), "marketing", "email")
    assert not await room.sorting.unsubscribed(at(address_of(room.keys, "unsubscribe", "EM" + "9" * 32, BACK)))


async def test_a_feedback_loop_counts_as_its_recipients_word_once(room: Room) -> None:
    room.house.wishes.all = "flag"
    told = Complaint(type="abuse", reporter="reader.test", reference="r1")
    mail = f"Original-Mail-From: <{address_of(room.keys, 'bounce', SID, BACK)}>".encode()
    assert await room.sorting.complained(told, mail)
    assert await room.sorting.complained(told, mail)
    (kept,) = await room.rows(complaints)
    assert (kept.communication, kept.kind, kept.source) == (SID, OutcomeKind.SPAM_REPORT.value, "reader.test")
    (heard,) = room.house.wishes.outcomes
    assert (heard.kind, heard.campaign, heard.recipient) == (Kind.EMAIL, "QE7", at(BOB))
    assert [row.why for row in await room.rows(mail_suppressions)] == ["complaint"]


async def test_a_report_without_a_token_of_ours_complains_of_nothing(room: Room) -> None:
    told = Complaint(type="abuse", reporter="reader.test", reference="r1")
    for mail in (b"", b"<b-" + b"0" * 48 + b"@back.example>", f"{SID}".encode()):
        assert not await room.sorting.complained(told, mail)
    assert await room.rows(complaints) == []


async def test_reports_of_a_domains_mail_are_kept_once_for_each_who_proved_it(room: Room) -> None:
    told = Report(
        organisation="Reader", reference="r1", domain="shop.example", policy="none", begins=NOON, ends=NOON,
        tallies=(Tally(source="192.0.2.7", count=3, spf="fail", dkim="fail"), Tally(source="::1", count=2, spf="pass")),
    )  # fmt: skip
    assert await room.sorting.reported(told) == 2
    assert await room.sorting.reported(told) == 0
    kept = await room.rows(dmarc_reports)
    assert {(row.account, row.mails, row.failed) for row in kept} == {(ACCOUNT, 5, 3), (OTHER, 5, 3)}
    for foreign in ("new.example", "op.example", "elsewhere.test"):
        assert await room.sorting.reported(changed(told, domain=foreign)) == 0
    assert await room.sorting.reported(changed(told, domain="example")) == 2  # of the domain above theirs
