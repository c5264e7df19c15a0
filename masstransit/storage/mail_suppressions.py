"""Queries of addresses that a brand's mail does not reach, or must not. Keyed by the root account and the person.

Who unsubscribed is not among them: that is an opt-out (`consents`). `stopped` tells of both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, literal, null, select, union_all, update

from masstransit.errors import NotFound
from masstransit.storage.dialects import among, upsert
from masstransit.storage.ledger import Recorder
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import mail_suppressions as table
from masstransit.storage.tables import opt_outs

c, o = table.c, opt_outs.c
COMPLAINT, UNSUBSCRIBED = "complaint", "unsubscribed"
#: Why an address gets no mail: it is not there; its person called mail spam; its customer said so; they unsubscribed.
REASONS = ("bounce", COMPLAINT, "told", UNSUBSCRIBED)


def suppress(connection: Connection, ledger: Recorder, row: Mapping[str, Any], at: datetime) -> None:
    """Put an address on the list: `account`, `person`, `masked`, `why`, `said`, `about`, `since`. One that is on it
    stays as it is; one that was taken off is put on anew, unless what is told happened before."""
    entered = upsert(connection, table).values({**row, "said": str(row["said"])[:256], "ended_at": None})
    anew = and_(c.ended_at.is_not(None), entered.excluded.since >= c.ended_at)
    changes = {name: case((anew, entered.excluded[name]), else_=c[name]) for name in ("why", "said", "about", "since")}
    changes["ended_at"] = case((anew, None), else_=c.ended_at)
    connection.execute(entered.on_conflict_do_update(index_elements=["account", "person"], set_=changes))
    told = {"why": row["why"], "about": row["about"]}
    ledger.record(connection, row["account"], "mail-suppression", row["person"], told, at)


def end(connection: Connection, ledger: Recorder, account: str, person: str, at: datetime, *, by: str) -> bool:
    """Take an address off the list. False: it was not on it."""
    on = (c.account == account, c.person == person, c.ended_at.is_(None))
    if connection.execute(update(table).where(*on).values(ended_at=at)).rowcount != 1:
        return False
    ledger.record(connection, account, "mail-suppression", person, {"ended": True, "by": by}, at)
    return True


def take_off(connection: Connection, ledger: Recorder, account: str, person: str, at: datetime, *, by: str) -> None:
    """Its customer says that an address works again. Who called its mail spam stays on the list: only the person could
    undo that. Raises `NotFound`."""
    on = of(connection, [account], [person])
    if not on or on[0].why == COMPLAINT:
        raise NotFound("This address is not on the list, or its person called your mail spam")
    end(connection, ledger, account, person, at, by=by)


_OF = Lookup(select(table).where(among(c.account, "accounts"), among(c.person, "persons"), c.ended_at.is_(None)))


def of(connection: Connection, accounts: Collection[str], people: Collection[str]) -> list[Row[Any]]:
    """Those on the lists of some root accounts, of some persons."""
    return _OF.rows(connection, accounts=accounts, persons=people)


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """A brand's list, the newest first."""
    query = select(table).where(c.account == account, c.ended_at.is_(None))
    return sheet(connection, query, (c.since, c.person), part)


def stopped(connection: Connection, account: str, part: Slice, *, why: str = "") -> Sheet:
    """All whom a brand's mail does not go to, the newest first, or those for one of `REASONS`: `person`, `masked`,
    `why`, `said`, `about`, `scope` (of an opt-out) and `since`."""
    listed_here = select(c.person, c.masked, c.why, c.said, c.about, literal("").label("scope"), c.since).where(
        c.account == account, c.ended_at.is_(None)
    )
    unsubscribed = select(
        o.person, o.masked, literal(UNSUBSCRIBED).label("why"), o.said, null().label("about"), o.scope, o.since
    ).where(o.account == account, o.restored_at.is_(None), o.masked.contains("@"))
    every = union_all(listed_here, unsubscribed).subquery("every")
    query = select(every) if not why else select(every).where(every.c.why == why)
    return sheet(connection, query, (every.c.since, every.c.person, every.c.why), part)
