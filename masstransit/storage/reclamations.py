"""Queries of reclamations: providers' usage rules, cases of numbers that they want back, and what was done in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from masstransit.storage.dialects import upsert
from masstransit.storage.number_holds import is_held
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import OPEN_CASE, accounts, numbers, reclamation_log, reclamations, usage_rules

r, n = reclamations.c, numbers.c


# --- rules ------------------------------------------------------------------------------------------------------------


def set_rule(connection: Connection, row: Mapping[str, Any]) -> None:
    """A provider's usage rule, in the place of its last one."""
    statement = upsert(connection, usage_rules)
    fresh = {name: statement.excluded[name] for name in ("days", "said", "by", "since")}
    connection.execute(statement.on_conflict_do_update(index_elements=["provider"], set_=fresh), dict(row))


def rules(connection: Connection) -> Sequence[Row[Any]]:
    """The usage rules of all providers."""
    return connection.execute(select(usage_rules).order_by(usage_rules.c.provider)).all()


def candidates(connection: Connection, provider: str, before: datetime, *, after: str, limit: int) -> list[Row[Any]]:
    """Numbers of a provider that somebody has since before then, in order: those of which no case is open, nor
    was ended since."""
    settled = select(r.number).where(or_(r.closed_at.is_(None), r.closed_at >= before))
    query = select(n.number, n.account, n.provider, n.acquired_at).where(
        n.provider == provider, n.state == "in-use", ~is_held(), n.kept_for == "", n.type != "short-code",
        n.acquired_at < before, n.number > after, n.number.not_in(settled),
    )  # fmt: skip
    return list(connection.execute(query.order_by(n.number).limit(limit)))


# --- cases ------------------------------------------------------------------------------------------------------------


def open_cases(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put cases on record, with the columns of `reclamations`; those that are. One whose number has an open case is
    left out."""
    if not rows:
        return []
    new = upsert(connection, reclamations).on_conflict_do_nothing(index_elements=["number"], index_where=OPEN_CASE)
    made = {sid for (sid,) in connection.execute(new.returning(r.sid), list(rows))}
    return [row for row in rows if row["sid"] in made]


def opened(connection: Connection, after: str, limit: int) -> list[Row[Any]]:
    """Open cases in order of their names, each with its number's state and its holder's."""
    query = (
        select(reclamations, n.state, n.campaign, n.kept_for, accounts.c.status.label("holder"))
        .join(numbers, n.number == r.number)
        .outerjoin(accounts, accounts.c.account == r.account)
        .where(r.closed_at.is_(None), r.sid > after)
    )
    return list(connection.execute(query.order_by(r.sid).limit(limit)))


def find(connection: Connection, sid: str, account: str | None = None) -> Row[Any] | None:
    """A case: of one account, or of any for the operator."""
    query = select(reclamations).where(r.sid == sid)
    return connection.execute(query if account is None else query.where(r.account == account)).first()


def of_number(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """All cases of a number, the newest first."""
    return connection.execute(select(reclamations).where(r.number == number).order_by(r.opened.desc(), r.sid)).all()


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's cases, the newest first."""
    return sheet(connection, select(reclamations).where(r.account == account), (r.opened, r.sid), part)


def all_open(connection: Connection, account: str | None = None) -> Sequence[Row[Any]]:
    """The open cases, those first that end first: of one account, or all."""
    query = select(reclamations).where(r.closed_at.is_(None))
    query = query if account is None else query.where(r.account == account)
    return connection.execute(query.order_by(r.deadline, r.sid)).all()


def waiting(connection: Connection, part: Slice) -> Sheet:
    """The open cases of all accounts, those first that end first."""
    return sheet(
        connection, select(reclamations).where(r.closed_at.is_(None)), (r.deadline, r.sid), part, newest_first=False
    )


def ended(connection: Connection, part: Slice) -> Sheet:
    """The closed cases of all accounts, the last one first."""
    return sheet(connection, select(reclamations).where(r.closed_at.is_not(None)), (r.closed_at, r.sid), part)


def change(connection: Connection, sid: str, **values: Any) -> bool:
    """Change an open case. False: it is closed, or there is none."""
    mine = (r.sid == sid, r.closed_at.is_(None))
    return connection.execute(update(reclamations).where(*mine).values(**values)).rowcount == 1


def told(connection: Connection, case: Row[Any], notices: Sequence[int], *, day: str, deadline: str) -> bool:
    """A notice was given that day. False: the case is closed, or it was given since the case was read."""
    as_read = r.told.is_(None) if case.told is None else r.told == case.told
    mine = (r.sid == case.sid, r.closed_at.is_(None), as_read)
    given = {"notices": notices, "told": day, "deadline": deadline}
    return connection.execute(update(reclamations).where(*mine).values(**given)).rowcount == 1


def reopen(connection: Connection, sid: str, values: Mapping[str, Any]) -> bool:
    """Say another outcome of a number that was reclaimed. False: it was not."""
    mine = (r.sid == sid, r.outcome == "reclaimed")
    return connection.execute(update(reclamations).where(*mine).values(**values)).rowcount == 1


# --- what was done ----------------------------------------------------------------------------------------------------


def log(connection: Connection, sid: str, what: str, said: str, *, by: str, at: datetime) -> None:
    """One more entry of a case; what else would write one at once waits for its row."""
    connection.execute(select(r.sid).where(r.sid == sid).with_for_update())
    place = select(func.coalesce(func.max(reclamation_log.c.seq), 0)).where(reclamation_log.c.sid == sid)
    seq = connection.execute(place).scalar_one() + 1
    row = {"sid": sid, "seq": seq, "at": at, "what": what, "said": said[:1024], "by": by[:128]}
    connection.execute(insert(reclamation_log), row)


def history(connection: Connection, sid: str) -> Sequence[Row[Any]]:
    """What was done in a case, in order."""
    query = select(reclamation_log).where(reclamation_log.c.sid == sid).order_by(reclamation_log.c.seq)
    return connection.execute(query).all()
