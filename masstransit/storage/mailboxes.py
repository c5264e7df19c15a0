"""Queries of mailboxes, their greetings, and the tries at their PINs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import greetings, mailboxes

m = mailboxes.c


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """A new mailbox. Raises `IntegrityError` where the number has one."""
    connection.execute(insert(mailboxes), dict(row))


def change(connection: Connection, account: str, sid: str, **values: Any) -> None:
    connection.execute(update(mailboxes).where(m.account == account, m.sid == sid).values(**values))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One mailbox of an account."""
    return connection.execute(select(mailboxes).where(m.account == account, m.sid == sid)).one_or_none()


def of_number(connection: Connection, account: str, number: str) -> Row[Any] | None:
    """The mailbox of a number."""
    return connection.execute(select(mailboxes).where(m.account == account, m.number == number)).one_or_none()


def page(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's mailboxes, the newest first."""
    return sheet(connection, select(mailboxes).where(m.account == account), (m.created_at, m.sid), part)


def remove(connection: Connection, account: str, sid: str) -> bool:
    """Take a mailbox and its greeting away; whether there was one."""
    connection.execute(delete(greetings).where(greetings.c.account == account, greetings.c.mailbox == sid))
    return connection.execute(delete(mailboxes).where(m.account == account, m.sid == sid)).rowcount > 0


# --- greetings ----------------------------------------------------------------------------------------------------


def greeting(connection: Connection, account: str, sid: str) -> bytes | None:
    """What its owner recorded, as `voice.line` has sound."""
    g = greetings.c
    found = connection.execute(select(g.pcm).where(g.account == account, g.mailbox == sid)).scalar_one_or_none()
    return None if found is None else bytes(found)


def greet(connection: Connection, account: str, sid: str, pcm: bytes, now: datetime) -> None:
    """From now on callers hear this."""
    put = upsert(connection, greetings).values(account=account, mailbox=sid, pcm=pcm, recorded_at=now)
    renewed = {name: put.excluded[name] for name in ("pcm", "recorded_at")}
    connection.execute(put.on_conflict_do_update(index_elements=["account", "mailbox"], set_=renewed))
    change(connection, account, sid, greeting_url="", updated_at=now)


def forget_greeting(connection: Connection, account: str, sid: str) -> None:
    """Callers hear its URL, or the house's own."""
    connection.execute(delete(greetings).where(greetings.c.account == account, greetings.c.mailbox == sid))


# --- PINs ---------------------------------------------------------------------------------------------------------


def begin_try(connection: Connection, account: str, sid: str, now: datetime) -> bool:
    """Count a try at the PIN as a wrong one until it is known to be right; False: the mailbox is locked. However many
    come at once, each has counted before it is compared."""
    open_ = or_(m.locked_until.is_(None), m.locked_until <= now)
    counted = update(mailboxes).where(m.account == account, m.sid == sid, open_)
    return connection.execute(counted.values(wrong_pins=m.wrong_pins + 1, locked_until=None)).rowcount > 0


def lock(connection: Connection, account: str, sid: str, wrong: int, until: datetime) -> bool:
    """Lock a mailbox that had so many wrong PINs in a row; whether it had."""
    full = update(mailboxes).where(m.account == account, m.sid == sid, m.wrong_pins >= wrong)
    return connection.execute(full.values(wrong_pins=0, locked_until=until)).rowcount > 0


def opened(connection: Connection, account: str, sid: str) -> None:
    """A PIN was right: what was wrong before counts no more."""
    change(connection, account, sid, wrong_pins=0, locked_until=None)
