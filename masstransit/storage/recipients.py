"""Queries for recipients' own page: codes and sessions, and what any account has to do with one person.

A person is looked for under every account, an index probe each: no index begins with the person, because each message
would pay for it and only who proved that a number is theirs asks. These are questions for `Database.survey`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, insert, literal_column, or_, select, update

from masstransit.storage.tables import (
    accounts,
    communications,
    complaints,
    consents,
    deactivated,
    opt_outs,
    recipient_codes,
    recipient_sessions,
    standing,
)

_EVERY = select(accounts.c.account)
_THEIR_OWN = complaints.c.source == literal_column("'recipient'")  # as the partial index has it
c = communications.c

# --- codes --------------------------------------------------------------------------------------------------------


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes were asked for already, and how many went out to anybody."""

    number_hour: int
    number_day: int
    client_hour: int
    sent_hour: int


def asked(connection: Connection, person: str, client: str, now: datetime) -> Asked:
    """What was asked for before, by number and by client address, and what went out in all."""
    o, hour, day = recipient_codes.c, now - timedelta(hours=1), now - timedelta(days=1)

    def count(*where: ColumnElement[bool]) -> int:
        return int(connection.execute(select(func.count()).select_from(recipient_codes).where(*where)).scalar_one())

    return Asked(
        number_hour=count(o.person == person, o.asked_at > hour),
        number_day=count(o.person == person, o.asked_at > day),
        client_hour=count(o.client == client, o.asked_at > hour),
        sent_hour=count(o.sent_at > hour),
    )


def add_code(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a code that was asked for, with the columns of `recipient_codes`."""
    connection.execute(insert(recipient_codes), dict(row))


def mark_sent(connection: Connection, code: str, at: datetime) -> None:
    """It goes out."""
    connection.execute(update(recipient_codes).where(recipient_codes.c.code == code).values(sent_at=at))


def last_code(connection: Connection, visit: str) -> Row[Any] | None:
    """What a visitor asked for last: an older code proves nothing any more."""
    mine = select(recipient_codes).where(recipient_codes.c.visit == visit)
    return connection.execute(mine.order_by(recipient_codes.c.asked_at.desc()).limit(1)).one_or_none()


def try_code(connection: Connection, code: str, *, at_most: int) -> bool:
    """Take one of the tries that a code has. False: none is left, or it was used."""
    o = recipient_codes.c
    left = update(recipient_codes).where(o.code == code, o.tries < at_most, o.used_at.is_(None))
    return connection.execute(left.values(tries=o.tries + 1)).rowcount == 1


def use_code(connection: Connection, code: str, at: datetime) -> bool:
    """A code that went out proves what it is for, once. False: somebody was faster."""
    o = recipient_codes.c
    unused = update(recipient_codes).where(o.code == code, o.used_at.is_(None), o.sent_at.is_not(None))
    return connection.execute(unused.values(used_at=at)).rowcount == 1


# --- sessions -----------------------------------------------------------------------------------------------------


def open_session(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a session, with the columns of `recipient_sessions`."""
    connection.execute(insert(recipient_sessions), dict(row))


def session(connection: Connection, hashed: str, *, since: datetime, seen: datetime) -> Row[Any] | None:
    """The session of a token, unless it began before `since` or was last seen before `seen`."""
    s = recipient_sessions.c
    live = (s.session == hashed, s.since > since, s.seen_at > seen)
    return connection.execute(select(recipient_sessions).where(*live)).one_or_none()


def touch_session(connection: Connection, hashed: str, at: datetime) -> None:
    """Its person is still there."""
    connection.execute(update(recipient_sessions).where(recipient_sessions.c.session == hashed).values(seen_at=at))


def close_session(connection: Connection, hashed: str) -> None:
    """It opens nothing from now on."""
    connection.execute(recipient_sessions.delete().where(recipient_sessions.c.session == hashed))


# --- who has to do with a person -----------------------------------------------------------------------------------


def _of(table: Table, person: str) -> ColumnElement[bool]:
    return and_(table.c.account.in_(_EVERY), table.c.person == person)


def is_known(connection: Connection, person: str) -> bool:
    """Whether anybody here wrote to a person, says that they agreed, or was told to stop."""
    return any(
        connection.execute(select(table.c.account).where(_of(table, person)).limit(1)).first() is not None
        for table in (communications, consents, opt_outs)
    )


def held_since(connection: Connection, person: str) -> datetime | None:
    """When a carrier shut the number down, after which it is somebody else's; None: nobody told of that."""
    return connection.execute(select(deactivated.c.at).where(deactivated.c.person == person)).scalar_one_or_none()


def writers(
    connection: Connection, person: str, since: datetime, *, lines: int, also: int
) -> tuple[Sequence[Row[Any]], Sequence[str]]:
    """What went out to a person since then, by (account, sender, purpose, end user) with its `number`, the `first` and
    the `last`, the newest first; and accounts that say since then that they may write, or were told not to."""
    sent = (_of(communications, person), c.direction == "outbound", c.sent_at >= since, c.exemption.is_(None))
    by = (c.account, c.sender, c.purpose, c.end_user)
    counts = (func.count().label("number"), func.min(c.sent_at).label("first"), func.max(c.sent_at).label("last"))
    newest = func.max(c.sent_at).desc()
    found = connection.execute(select(*by, *counts).where(*sent).group_by(*by).order_by(newest).limit(lines)).all()
    others: dict[str, None] = {}
    for table, at in ((opt_outs, opt_outs.c.since), (consents, consents.c.given_at)):
        rows = connection.execute(select(table.c.account).where(_of(table, person), at >= since).distinct().limit(also))
        others |= dict.fromkeys(row.account for row in rows)
    return found, list(others)


def names(connection: Connection, of: Collection[str]) -> Mapping[str, str]:
    """By which name people know some accounts."""
    rows = connection.execute(
        select(accounts.c.account, accounts.c.brand, accounts.c.friendly_name).where(accounts.c.account.in_(of))
    )
    return {row.account: row.brand or row.friendly_name for row in rows}


def messages(
    connection: Connection, person: str, line: tuple[str, str, str, str], since: datetime, *, at_most: int
) -> Sequence[Row[Any]]:
    """What went to a person since then of one line (account, sender, purpose, end user, "" where there is none), the
    newest first."""
    account, sender, purpose, end_user = line
    mine = (c.account == account, c.person == person, c.direction == "outbound", c.sender == sender)
    sent = (c.sent_at >= since, c.exemption.is_(None))
    meant = (func.coalesce(c.purpose, "") == purpose, func.coalesce(c.end_user, "") == end_user)
    newest = select(communications).where(*mine, *sent, *meant).order_by(c.created_at.desc())
    return connection.execute(newest.limit(at_most)).all()


def answered(connection: Connection, account: str, person: str, sender: str, since: datetime) -> bool:
    """Whether a person wrote to the sender since then: who answers a message has received it."""
    wrote = (c.account == account, c.person == person, c.direction == "inbound", c.recipient == sender)
    return connection.execute(select(c.sid).where(*wrote, c.created_at >= since).limit(1)).first() is not None


# --- what they complained of ----------------------------------------------------------------------------------------


def complaints_by(connection: Connection, person: str, since: datetime, *, at_most: int) -> Sequence[Row[Any]]:
    """A person's own complaints since then, the newest first."""
    k = complaints.c
    mine = select(complaints).where(k.person == person, _THEIR_OWN, k.at >= since)
    return connection.execute(mine.order_by(k.at.desc()).limit(at_most)).all()


def complained_since(connection: Connection, person: str, since: datetime) -> int:
    """How many complaints a person brought since then."""
    k = complaints.c
    mine = (k.person == person, _THEIR_OWN, k.at > since)
    return int(connection.execute(select(func.count()).select_from(complaints).where(*mine)).scalar_one())


def unconfirmed(connection: Connection, account: str, since: datetime) -> int:
    """How many people complained of an account since then of messages that nobody says have arrived."""
    k = complaints.c
    rows = connection.execute(select(k.person, k.attrs).where(k.account == account, _THEIR_OWN, k.at > since))
    return len({row.person for row in rows if row.attrs.get("receipt") == "unconfirmed"})


def steps_since(connection: Connection, complaint: Row[Any], owner: str, now: datetime) -> frozenset[str]:
    """What was done about what a complaint is about since it came, by the ladder's words: warn, throttle ... Silent
    steps, undone ones and mere proposals are not told."""
    s = standing.c
    named = {"number": complaint.sender, "campaign": complaint.campaign, "end_user": complaint.end_user}
    units = [and_(s.scope == scope, s.target == target) for scope, target in named.items() if target]
    units.append(and_(s.scope == "account", s.target.in_([complaint.account, owner, ""])))
    mine = (s.account.in_([complaint.account, owner]), s.since >= complaint.at, s.silent == "", s.undone_at.is_(None))
    return frozenset(
        connection.execute(select(s.step).where(*mine, s.acts_from <= now, or_(*units)).distinct()).scalars()
    )
