"""What the records say of accounts, agreements, end users, senders and orders, on each engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from masstransit.clock import HandClock
from masstransit.facts.accounts import Accounts, Agreements, EndUsers, GuidelineLedger
from masstransit.facts.complaints import OrderBook, ReportBook
from masstransit.facts.consent import Roots
from masstransit.facts.identity import (
    Campaigns,
    GeoPermissions,
    NeverOriginating,
    NumberingPlans,
    SenderRights,
    shape_of,
)
from masstransit.model.communication import Kind
from masstransit.model.outcome import OutcomeKind
from masstransit.storage import agreements, caller_ids, reports, tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, SENDER, an_outcome, an_sms, changed

CHILD, OTHER = "AC" + "2" * 32, "AC" + "3" * 32


def _seed(c: Connection) -> None:
    account: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    for name, parent, brand in ((ACCOUNT, None, "Northwind"), (CHILD, ACCOUNT, ""), (OTHER, None, "Contoso")):
        c.execute(insert(tables.accounts).values(account=name, parent=parent, brand=brand, **account))
    c.execute(
        insert(tables.campaigns).values(
            account=ACCOUNT, sid="QE1", use_case="mixed", created_at=NOON, updated_at=NOON, attrs={}
        )
    )
    c.execute(insert(tables.numbers).values(number=SENDER, account=ACCOUNT, state="in-use", region="US", attrs={}))
    c.execute(insert(tables.never_originate).values(number=SENDER, source="owner", listed_at=NOON))
    c.execute(insert(tables.geo_permissions).values(account=ACCOUNT, region="US", enabled=False))
    c.execute(
        insert(tables.end_users).values(
            account=ACCOUNT, end_user="shop", status="stopped", reason="x", first_seen_at=NOON
        )
    )
    agreements.publish_edition(c, digest="old", dated="1", source="plain", current_from=NOON - timedelta(days=9))
    agreements.record_guideline(c, ACCOUNT, document="code", version="3", recipient="a@example.com", at=NOON)


def _suspend(c: Connection) -> None:
    c.execute(update(tables.accounts).where(tables.accounts.c.account == ACCOUNT).values(status="suspended"))


async def test_a_suspension_of_the_owner_reaches_the_subaccount_within_a_second(database: Database) -> None:
    await database.write(_seed)
    clock = HandClock(NOON)
    facts = Accounts(database, clock)
    assert [a.status for a in await facts.learn([an_sms(account=CHILD)])] == ["active"]
    await database.write(_suspend)
    await clock.move(timedelta(seconds=1))
    assert [a.status for a in await facts.learn([an_sms(account=CHILD), an_sms(account=OTHER)])] == [
        "suspended",
        "active",
    ]
    assert not (await facts.learn([an_sms(account="AC9")]))[0].on_record


async def test_an_acceptance_counts_for_subaccounts_and_for_its_edition(database: Database) -> None:
    await database.write(_seed)
    clock = HandClock(NOON)
    facts = Agreements(database, clock)
    assert not (await facts.learn([an_sms()]))[0].accepted
    await database.write(
        lambda c: agreements.accept(
            c,
            ACCOUNT,
            digest="old",
            dated="1",
            person="P",
            role="CEO",
            authorised=True,
            method="click",
            source="",
            at=NOON,
        )
    )
    await clock.move(timedelta(seconds=1))
    assert (await facts.learn([an_sms(account=CHILD)]))[0].current
    await database.write(
        lambda c: agreements.publish_edition(c, digest="new", dated="2", source="plain", current_from=NOON)
    )
    await clock.move(timedelta(seconds=1))
    (agreement,) = await facts.learn([an_sms()])
    assert (agreement.accepted, agreement.current, agreement.current_dated) == (True, False, "2")


async def test_end_users_guidelines_orders_and_complaints(database: Database) -> None:
    await database.write(_seed)
    clock = HandClock(NOON)
    shop, nobody = await EndUsers(database, clock, Roots()).learn([an_sms(end_user="shop"), an_sms()])
    assert (shop.status, nobody.expected, nobody.named) == ("stopped", True, False)
    assert (await GuidelineLedger(database, clock).learn([an_sms()]))[0].sent == ("code@3",)
    order = {"account": ACCOUNT, "scope": "number", "target": SENDER, "since": NOON}
    await database.write(lambda c: reports.record_order(c, order | {"order": "1", "verified": True}))
    await database.write(lambda c: reports.record_order(c, order | {"order": "2", "verified": False}))
    ended = order | {"order": "3", "verified": True, "until": NOON}
    await database.write(lambda c: reports.record_order(c, ended))
    mine, other = await OrderBook(database, clock, Roots()).learn([an_sms(), an_sms(sender="+14155550101")])
    assert [o.order for o in mine.standing] == ["1"]
    assert other.standing == ()
    assert await database.write(lambda c: reports.end_order(c, ACCOUNT, "1", NOON))
    assert not await database.write(lambda c: reports.end_order(c, ACCOUNT, "3", NOON))
    (mine,) = await OrderBook(database, clock, Roots()).learn([an_sms()])
    assert mine.standing == ()
    complaint = {"account": ACCOUNT, "complaint": "1", "kind": "spam-report", "at": NOON}
    await database.write(lambda c: reports.record_complaint(c, complaint))
    complained, sent = await ReportBook(database, clock).learn([an_outcome(OutcomeKind.CARRIER_COMPLAINT), an_sms()])
    assert complained.spam_30d == 1
    only_asked_of_complaints = await ReportBook(database, clock).learn([an_sms()])
    assert [sent.spam_30d, only_asked_of_complaints[0].spam_30d] == [1, 0]


async def test_senders_campaigns_and_countries(database: Database) -> None:
    await database.write(_seed)
    clock = HandClock(NOON)
    batch = [an_sms(), an_sms(account=CHILD), an_sms(account=OTHER), an_sms(sender="N0RTHWIND", account=OTHER)]
    own, childs, others, name = await SenderRights(database, clock, Roots()).learn(batch)
    assert (own.owned, childs.owned, others.on_record, others.owned) == (True, True, True, False)
    assert (name.kind, name.resembles_other) == ("alpha", "N0RTHWIND")
    assert shape_of("Mar1ow Bank") == shape_of("MARLOW BANK") == shape_of("MarIow-Bank") != shape_of("Marrow Bank")
    assert (await NeverOriginating(database, clock).learn(batch))[0].listed
    with_campaign = [changed(s, campaign="QE1") for s in batch[:3]]
    assert [c.on_record for c in await Campaigns(database, clock, Roots()).learn(with_campaign)] == [True, True, False]
    assert [g.enabled for g in await GeoPermissions(database, clock, Roots()).learn(batch[:3])] == [False, False, None]
    numbering = await NumberingPlans().learn([an_sms(recipient="+441632960000"), an_sms()])
    assert [n.recipient_region for n in numbering][1] == "US"


async def test_a_number_from_elsewhere_is_proven_for_its_account_and_its_subaccounts(database: Database) -> None:
    await database.write(_seed)
    proof: dict[str, Any] = {"account": ACCOUNT, "sid": "PN1", "number": "+12125550143", "person": "p", "how": "loa"}
    proof |= {"proven_at": NOON, "expires_at": NOON + timedelta(days=9), "created_at": NOON, "updated_at": NOON}
    await database.write(lambda c: caller_ids.put(c, proof))
    clock = HandClock(NOON)
    shows: dict[str, Any] = {"sender": "+12125550143", "kind": Kind.CALL}
    batch = [an_sms(**shows), an_sms(account=CHILD, **shows), an_sms(account=OTHER, **shows), an_sms()]
    learner = SenderRights(database, clock, Roots())
    assert [right.proven for right in await learner.learn(batch)] == ["loa", "loa", "", ""]
    await clock.move(timedelta(days=9))
    assert [right.proven for right in await learner.learn(batch)] == [""] * 4


def _accept(c: Connection) -> None:
    more: dict[str, Any] = {"dated": "1", "person": "Ann", "role": "CEO", "authorised": True, "source": ""}
    agreements.accept(c, ACCOUNT, digest="old", method="click", at=NOON, **more)


async def test_what_was_just_learned_is_not_read_again(sqlite_database: Database) -> None:
    await sqlite_database.write(_seed)
    await sqlite_database.write(_accept)
    clock, roots = HandClock(NOON), Roots()
    learners: list[Any] = [
        Accounts(sqlite_database, clock),
        Agreements(sqlite_database, clock),
        GuidelineLedger(sqlite_database, clock),
        EndUsers(sqlite_database, clock, roots),
        OrderBook(sqlite_database, clock, roots),
        SenderRights(sqlite_database, clock, roots),
        Campaigns(sqlite_database, clock, roots),
        GeoPermissions(sqlite_database, clock, roots),
        NeverOriginating(sqlite_database, clock),
    ]
    batch = [an_sms(campaign="QE1", end_user="shop"), an_sms(account=CHILD, campaign="QE1")]
    first = [await learner.learn(batch) for learner in learners]
    await sqlite_database.close()  # whoever reads now gets StorageUnavailable
    assert [await learner.learn(batch) for learner in learners] == first


async def test_a_stopped_end_user_and_an_order_bite_within_half_a_second(sqlite_database: Database) -> None:
    await sqlite_database.write(_seed)
    clock, roots = HandClock(NOON), Roots()
    users, orders = EndUsers(sqlite_database, clock, roots), OrderBook(sqlite_database, clock, roots)
    mine = an_sms(end_user="other", campaign="QE1")
    assert (await users.learn([mine]))[0].status == "active"
    assert (await orders.learn([mine]))[0].standing == ()
    stopped = {"account": ACCOUNT, "end_user": "other", "status": "stopped", "first_seen_at": NOON}
    await sqlite_database.write(lambda c: c.execute(insert(tables.end_users), stopped))
    order = {"account": ACCOUNT, "order": "1", "scope": "campaign", "target": "QE1", "since": NOON, "verified": True}
    await sqlite_database.write(lambda c: reports.record_order(c, order))
    await clock.move(timedelta(seconds=0.5))
    assert (await users.learn([mine]))[0].status == "stopped"
    assert [o.scope for o in (await orders.learn([mine]))[0].standing] == ["campaign"]


@pytest.mark.parametrize(
    ("scope", "target", "reached"),
    [
        ("account", "", [True, True, True]),
        ("account", CHILD, [False, False, True]),
        ("number", "+14155550199", [False, True, False]),
        ("campaign", "QE1", [True, False, False]),
        ("end_user", "shop", [False, True, False]),
        ("end_user", "other", [False, False, False]),
    ],
)
async def test_an_order_reaches_what_it_names_and_no_more(
    sqlite_database: Database, scope: str, target: str, reached: list[bool]
) -> None:
    await sqlite_database.write(_seed)
    order = {"order": "1", "scope": scope, "target": target, "since": NOON, "verified": True}
    account = CHILD if target == CHILD else ACCOUNT
    await sqlite_database.write(lambda c: reports.record_order(c, order | {"account": account}))
    batch = [an_sms(campaign="QE1"), an_sms(sender="+14155550199", end_user="shop"), an_sms(account=CHILD)]
    found = await OrderBook(sqlite_database, HandClock(NOON), Roots()).learn(batch)
    assert [bool(orders.standing) for orders in found] == reached


async def test_what_a_campaign_declares_is_learned(sqlite_database: Database) -> None:
    await sqlite_database.write(_seed)
    attrs = {
        "debt_collection": True,
        "exempt_as": "financial",
        "recurring": True,
        "opt_in_message": "Northwind: welcome",
        "segments_a_day": 2000,
        "re_permission": True,
    }
    changes = update(tables.campaigns).values(attrs=attrs)
    await sqlite_database.write(lambda c: c.execute(changes))
    (found,) = await Campaigns(sqlite_database, HandClock(NOON), Roots()).learn([an_sms(campaign="QE1")])
    assert (found.debt, found.exempt_as, found.recurring, found.confirms) == (True, "financial", True, True)
    assert (found.segments_a_day, found.re_permission) == (2000, True)


@pytest.mark.parametrize(
    ("number", "exists"),
    [
        ("+12125550123", True),  # kept for fiction, and for trying things out
        ("+12129110123", False),  # an exchange that is a service (N11)
        ("+12121110123", False),
        ("+12225550123", False),  # an area code that is not in service
        ("+442079460000", True),
        ("+18005550199", True),
    ],
)
async def test_numbers_that_no_plan_allocates_are_seen(number: str, *, exists: bool) -> None:
    plans = NumberingPlans()
    (to,) = await plans.learn([an_sms(recipient=number)])
    (sent_from,) = await plans.learn([an_sms(sender=number)])
    assert (to.recipient_valid, sent_from.sender_valid) == (exists, exists)


async def test_whoever_accepts_may_send_at_once(sqlite_database: Database) -> None:
    """What was not accepted is looked up each time, so that a program can accept and send in one go."""
    await sqlite_database.write(_seed)
    learner = Agreements(sqlite_database, HandClock(NOON))
    (before,) = await learner.learn([an_sms()])
    await sqlite_database.write(_accept)
    (after,) = await learner.learn([an_sms()])
    assert (before.accepted, after.current) == (False, True)
