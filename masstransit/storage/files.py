"""Queries of files that were taken in. The bytes lie in a folder (`carriage/media/shelf.py`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Text, and_, delete, insert, or_, select, type_coerce, update

from masstransit.model.media import Attachment, Look, Medium, Scan
from masstransit.storage.dialects import either
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import files, media

f = files.c
#: How long a file stays that no message went with, and one whose last message is gone: somebody may be about to send it
#: again, who was told a moment ago that it is here.
_UNSENT, _UNUSED = timedelta(days=1), timedelta(minutes=10)

_OF_KEYS = Lookup(select(files).where(either((f.account, f.sid), "keys")))


def row(account: str, medium: Medium, *, source: str, as_is: bool, at: datetime) -> dict[str, Any]:
    """A file as the row that keeps it."""
    return msgspec.structs.asdict(medium.attachment) | {
        "account": account,
        "source": source,
        "as_is": as_is,
        "look": msgspec.to_builtins(medium.look),
        "attached": False,
        "taken_at": at,
        "used_at": at,
        "kept_until": None,
        "gone_at": None,
    }


def attachment(stored: Row[Any]) -> Attachment:
    """The file that a row keeps."""
    return Attachment(
        sid=stored.sid, name=stored.name, content_type=stored.content_type, size=stored.size, digest=stored.digest
    )


def medium(stored: Row[Any]) -> Medium:
    """A file with what was seen in it."""
    return Medium(attachment=attachment(stored), look=msgspec.convert(stored.look, Look))


def add(connection: Connection, new: Mapping[str, Any]) -> None:
    """Keep what `row` made."""
    connection.execute(insert(files), dict(new))


def again(
    connection: Connection, account: str, source: str, name: str, at: datetime, *, as_is: bool
) -> Row[Any] | None:
    """The file that the same bytes became under the same name before; from now on it was used just now."""
    same = (f.account == account, f.source == source, f.name == name, f.as_is == as_is, f.gone_at.is_(None))
    found = connection.execute(select(files).where(*same).order_by(f.sid).limit(1)).one_or_none()
    if found is None:
        return None
    mine = and_(f.account == account, f.sid == found.sid, f.gone_at.is_(None))
    used = connection.execute(update(files).where(mine).values(used_at=at)).rowcount
    return found if used else None


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One file of an account; none that is being erased."""
    mine = select(files).where(f.account == account, f.sid == sid, f.gone_at.is_(None))
    return connection.execute(mine).one_or_none()


def of_keys(connection: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Medium]:
    """Files with what was seen in them, by (account, sid)."""
    if not keys:
        return {}
    return {(each.account, each.sid): medium(each) for each in _OF_KEYS.rows(connection, keys=list(keys))}


def attach(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """Messages go with these files, by (account, sid)."""
    if keys:
        theirs = either((f.account, f.sid), "keys")
        connection.execute(update(files).where(theirs).values(attached=True), {"keys": list(dict.fromkeys(keys))})


def looked_again(connection: Connection, account: str, sid: str, scan: Scan) -> None:
    """A file was looked through once more. It may be gone meanwhile."""
    stored = find(connection, account, sid)
    if stored is not None:
        look = stored.look | {"scan": msgspec.to_builtins(scan)}
        connection.execute(update(files).where(f.account == account, f.sid == sid).values(look=look))


def keep(connection: Connection, account: str, sids: Collection[str], until: datetime) -> None:
    """Nothing of these files is erased before an instant: they are evidence."""
    longer = or_(f.kept_until.is_(None), f.kept_until < until)
    mine = (f.account == account, f.sid.in_(sids), longer)
    connection.execute(update(files).where(*mine).values(kept_until=until))


def to_erase(
    connection: Connection, now: datetime, spared: Collection[str], limit: int, *, samples: timedelta
) -> list[tuple[str, str]]:
    """(account, sid) of files that nothing needs any more; from now on nobody can use them. Those too whose erasing was
    cut off before, and what harms when it was not used for so long (`samples`), though messages went with it."""
    gone = select(f.account, f.sid).where(f.gone_at.is_not(None)).limit(limit)
    half = [(each.account, each.sid) for each in connection.execute(gone)]
    due = or_(_unneeded(now, spared), _stale(now, spared, samples))
    fresh = [(each.account, each.sid) for each in connection.execute(select(f.account, f.sid).where(due).limit(limit))]
    if fresh:
        theirs = and_(either((f.account, f.sid), "keys"), due)  # somebody may have used one meanwhile
        connection.execute(update(files).where(theirs).values(gone_at=now), {"keys": fresh})
        still = select(f.account, f.sid).where(either((f.account, f.sid), "keys"), f.gone_at.is_not(None))
        fresh = [(each.account, each.sid) for each in connection.execute(still, {"keys": fresh})]
    return half + fresh


def forget(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """The bytes of these are erased, and so is what is on record of them."""
    if keys:
        connection.execute(delete(files).where(either((f.account, f.sid), "keys")), {"keys": list(keys)})


def _stale(now: datetime, spared: Collection[str], after: timedelta) -> ColumnElement[bool]:
    """What harms, and is a sample for long enough."""
    harms = type_coerce(f.look, Text).contains('"state":"found"')  # as msgspec writes it; in a text it has backslashes
    kept = and_(f.kept_until.is_not(None), f.kept_until > now)
    due = and_(f.gone_at.is_(None), f.used_at < now - after, harms, ~kept)
    return and_(due, f.account.not_in(spared)) if spared else due


def _unneeded(now: datetime, spared: Collection[str]) -> ColumnElement[bool]:
    goes_with = select(media.c.sid).where(media.c.account == f.account, media.c.sid == f.sid).exists()
    unused = or_(and_(f.attached.is_(True), f.used_at < now - _UNUSED), f.used_at < now - _UNSENT)
    kept = and_(f.kept_until.is_not(None), f.kept_until > now)
    due = and_(f.gone_at.is_(None), unused, ~goes_with, ~kept)
    return and_(due, f.account.not_in(spared)) if spared else due
