"""Verified caller IDs: numbers that are not of this inventory, and which an account proved that it may show.

A claim (CV...) is what an account says of a number; one that is proven makes or renews the caller ID (PN...), of which
each account has one a number. Who proved a number that changed hands afterwards has proven nothing any more: it was
bought or given up here since then, or a carrier told that it was shut down. That is asked of the records each time, so
that nobody has to take the proof back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, tuple_, update

from masstransit.errors import NotFound
from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.recipients import Asked
from masstransit.storage.tables import caller_id_claims, caller_ids, deactivated, numbers

CODE, CALL, LOA = "code", "call", "loa"
DECLINED = "declined"  #: what became of a claim: the person does not want it
c, k = caller_ids.c, caller_id_claims.c

# --- what is proven -----------------------------------------------------------------------------------------------


def _stands(at: datetime) -> ColumnElement[bool]:
    """Whether a proof holds at a time: it is not too old, and the number did not change hands since."""
    n, d = numbers.c, deactivated.c
    here = and_(n.number == c.number, or_(n.acquired_at > c.proven_at, n.released_at > c.proven_at))
    shut = and_(d.person == c.person, d.at > c.proven_at)
    return and_(c.expires_at > at, ~select(n.number).where(here).exists(), ~select(d.person).where(shut).exists())


def proven(connection: Connection, keys: Collection[tuple[str, str]], at: datetime) -> Mapping[tuple[str, str], str]:
    """Which of some (account, number) are proven at a time, and how: "code", who has the number brought back what was
    sent to it; "call", a code was typed at its phone; "loa", its holder signed a letter that a person looked at."""
    if not keys:
        return {}
    found = select(c.account, c.number, c.how).where(tuple_(c.account, c.number).in_(list(keys)), _stands(at))
    return {(row.account, row.number): row.how for row in connection.execute(found)}


def find(connection: Connection, account: str, sid: str, at: datetime) -> Row[Any] | None:
    """One caller ID of an account, if it stands."""
    return connection.execute(select(caller_ids).where(_one(account, sid), _stands(at))).one_or_none()


def of_number(connection: Connection, account: str, number: str, at: datetime) -> Row[Any] | None:
    """An account's caller ID of a number, if it stands."""
    mine = (c.account == account, c.number == number, _stands(at))
    return connection.execute(select(caller_ids).where(*mine)).one_or_none()


def listed(connection: Connection, account: str, part: Slice, at: datetime, **wanted: str | None) -> Sheet:
    """An account's caller IDs that stand, the newest first: all, or by `number` or `friendly_name`."""
    query = select(caller_ids).where(c.account == account, _stands(at))
    query = query.where(*(c[name] == value for name, value in wanted.items() if value))
    return sheet(connection, query, (c.created_at, c.sid), part)


def put(connection: Connection, row: Mapping[str, Any]) -> Row[Any]:
    """A number is proven: its caller ID, with the columns of `caller_ids`. One that is there keeps its SID and its
    name, and is proven anew."""
    entered = upsert(connection, caller_ids).values(dict(row))
    columns = ("how", "proven_at", "expires_at", "confirmed_by", "updated_at")
    renewed = {name: entered.excluded[name] for name in columns}
    connection.execute(entered.on_conflict_do_update(index_elements=["account", "number"], set_=renewed))
    mine = (c.account == row["account"], c.number == row["number"])
    return connection.execute(select(caller_ids).where(*mine)).one()


def rename(connection: Connection, account: str, sid: str, name: str, at: datetime) -> Row[Any]:
    """Call it otherwise. Raises `NotFound`."""
    named = update(caller_ids).where(_one(account, sid), _stands(at)).values(friendly_name=name, updated_at=at)
    if connection.execute(named).rowcount != 1:
        raise NotFound(f"The caller ID {sid[:34]} was not found")
    return connection.execute(select(caller_ids).where(_one(account, sid))).one()


def remove(connection: Connection, account: str, sid: str) -> bool:
    """Forget a caller ID. False: there is none."""
    return connection.execute(delete(caller_ids).where(_one(account, sid))).rowcount == 1


def _one(account: str, sid: str) -> ColumnElement[bool]:
    return and_(c.account == account, c.sid == sid)


# --- what is claimed ----------------------------------------------------------------------------------------------

_OPEN = k.outcome == ""
_BY_CODE = k.how.in_((CODE, CALL))


def add(connection: Connection, row: Mapping[str, Any]) -> Row[Any]:
    """Keep a claim, with the columns of `caller_id_claims`."""
    connection.execute(insert(caller_id_claims).values(dict(row)))
    return connection.execute(select(caller_id_claims).where(_claim(row["account"], row["sid"]))).one()


def claim(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One claim of an account."""
    return connection.execute(select(caller_id_claims).where(_claim(account, sid))).one_or_none()


def letter(connection: Connection, sid: str) -> Row[Any] | None:
    """A claim by letter, whoever made it: for the operator."""
    return connection.execute(select(caller_id_claims).where(k.sid == sid, k.how == LOA)).one_or_none()


def claims(connection: Connection, account: str, part: Slice, *, number: str | None = None) -> Sheet:
    """An account's claims, the newest first: all, or to one number."""
    query = select(caller_id_claims).where(k.account == account)
    query = query if number is None else query.where(k.number == number)
    return sheet(connection, query, (k.filed_at, k.sid), part)


def letters(connection: Connection, part: Slice, *, undecided: bool = True) -> Sheet:
    """Letters that wait for a person, the oldest first; or those that somebody decided, the newest first."""
    query = select(caller_id_claims).where(k.how == LOA, _OPEN if undecided else ~_OPEN)
    return sheet(connection, query, (k.filed_at, k.sid), part, newest_first=not undecided)


def open_letters(connection: Connection, account: str) -> Sequence[Row[Any]]:
    """An account's letters that nobody decided yet."""
    mine = (k.account == account, k.how == LOA, _OPEN)
    return connection.execute(select(caller_id_claims).where(*mine)).all()


def last_code(connection: Connection, account: str, number: str) -> Row[Any] | None:
    """What code an account asked for last of a number: an older one proves nothing any more."""
    mine = (k.account == account, k.number == number, k.how == CODE)
    newest = select(caller_id_claims).where(*mine).order_by(k.filed_at.desc(), k.sid.desc()).limit(1)
    return connection.execute(newest).one_or_none()


def replace(connection: Connection, account: str, number: str, at: datetime) -> None:
    """Codes of a number that were not brought back end: another one goes out."""
    mine = (k.account == account, k.number == number, _BY_CODE, _OPEN)
    connection.execute(update(caller_id_claims).where(*mine).values(outcome="replaced", decided_at=at, hash=""))


def asked(connection: Connection, person: str, account: str, now: datetime) -> Asked:
    """Which codes went out before: to a number whoever asked, by an account, and in all."""
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)

    def count(*where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(caller_id_claims).where(_BY_CODE, *where)
        return int(connection.execute(query).scalar_one())

    return Asked(
        number_hour=count(k.person == person, k.filed_at > hour),
        number_day=count(k.person == person, k.filed_at > day),
        client_hour=count(k.account == account, k.filed_at > hour),
        sent_hour=count(k.filed_at > hour, k.sent.is_not(None)),
    )


def called(connection: Connection, person: str, since: datetime) -> int:
    """How many calls a person was to get since a time for the sake of codes, whoever asked."""
    query = select(func.count()).select_from(caller_id_claims)
    return int(connection.execute(query.where(k.person == person, k.how == CALL, k.filed_at > since)).scalar_one())


def declined(connection: Connection, person: str, since: datetime) -> bool:
    """Whether a person said since a time that nobody may show their number."""
    query = select(k.sid).where(k.person == person, k.filed_at > since, k.outcome == DECLINED).limit(1)
    return connection.execute(query).one_or_none() is not None


def mark_sent(connection: Connection, account: str, sid: str, by: str) -> None:
    """Its code is on its way: by a message (SM...) or a call (CA...)."""
    connection.execute(update(caller_id_claims).where(_claim(account, sid)).values(sent=by))


def try_code(connection: Connection, account: str, sid: str, *, at_most: int) -> bool:
    """Take one of the tries that a code has. False: none is left, or it is decided."""
    left = update(caller_id_claims).where(_claim(account, sid), _OPEN, k.tries < at_most)
    return connection.execute(left.values(tries=k.tries + 1)).rowcount == 1


def decide(connection: Connection, row: Row[Any], outcome: str, at: datetime, **told: str) -> bool:
    """Say what became of a claim, once. False: somebody was faster."""
    mine = update(caller_id_claims).where(_claim(row.account, row.sid), _OPEN)
    return connection.execute(mine.values(outcome=outcome, decided_at=at, hash="", **told)).rowcount == 1


def _claim(account: str, sid: str) -> ColumnElement[bool]:
    return and_(k.account == account, k.sid == sid)
