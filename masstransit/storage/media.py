"""What was attached to messages: files that were taken in (`files`), and links to what stays where its owner has it.

The source of a mail that arrived is a file beside these: it stays and goes with its message, and is no part of it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
)

from masstransit.model.communication import Communication
from masstransit.model.media import ENCRYPTED, Attachment
from masstransit.model.sid import new_sid
from masstransit.storage import files
from masstransit.storage.dialects import either
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications, holds, media
from masstransit.storage.tables import files as kept

f = kept.c
_TYPES = mimetypes.MimeTypes()  # what Python knows itself, on every machine the same
_WAITING = 1000  # held messages of an account among which locked files are looked for
_UNKNOWN_TYPE = "application/octet-stream"
_SOURCE = "source"
_IS_PART = media.c.use != _SOURCE

#: How many a communication has, as a column beside its own.
COUNT = (
    select(func.count())
    .select_from(media)
    .where(media.c.account == communications.c.account, media.c.message == communications.c.sid, _IS_PART)
    .scalar_subquery()
    .label("media_count")
)
#: The file that a mail came as, as a column beside its own; NULL: none is kept.
SOURCE = (
    select(func.max(media.c.sid))
    .where(media.c.account == communications.c.account, media.c.message == communications.c.sid, ~_IS_PART)
    .scalar_subquery()
    .label("source")
)


def rows(kept: Iterable[Communication]) -> list[dict[str, Any]]:
    """A row for each medium of these communications: links first, then files."""
    return [row for communication in kept for row in _rows(communication)]


def _rows(communication: Communication) -> list[dict[str, Any]]:
    links = [(new_sid("ME"), url, _guessed(url)) for url in communication.media]
    own = {file.sid: (file.sid, None, file.content_type) for file in communication.attachments}  # each once
    return [
        {
            "account": communication.account,
            "message": communication.id,
            "sid": sid,
            "place": place,
            "url": url,
            "content_type": content_type,
            "use": "",
            "created_at": communication.at,
        }
        for place, (sid, url, content_type) in enumerate((*links, *own.values()))
    ]


def source_row(communication: Communication, file: Attachment) -> dict[str, Any]:
    """A row for the file that is a whole mail as it came."""
    return {
        "account": communication.account,
        "message": communication.id,
        "sid": file.sid,
        "place": len(communication.media) + len(communication.attachments),
        "url": None,
        "content_type": file.content_type,
        "use": _SOURCE,
        "created_at": communication.at,
    }


def source_of(connection: Connection, account: str, message: str) -> str | None:
    """The file that a mail came as; None: none is kept."""
    mine = (media.c.account == account, media.c.message == message, media.c.use == _SOURCE)
    return connection.execute(select(media.c.sid).where(*mine)).scalar_one_or_none()


def _guessed(url: str) -> str:
    guessed, _ = _TYPES.guess_type(urlsplit(url).path)  # by the name alone: nothing is fetched
    return guessed or _UNKNOWN_TYPE


def add(connection: Connection, new: Sequence[dict[str, Any]]) -> None:
    """Keep rows that `rows` made."""
    if new:
        connection.execute(insert(media), new)
        files.attach(connection, [(row["account"], row["sid"]) for row in new if row["url"] is None])


def of_message(  # noqa: PLR0917 - whose, and which part
    connection: Connection, account: str, message: str, begin: datetime | None, end: datetime | None, part: Slice
) -> Sheet:
    """A message's media in their order; those made from `begin` on and before `end`, where these are given."""
    query = select(media).where(media.c.account == account, media.c.message == message, _IS_PART)
    if begin is not None:
        query = query.where(media.c.created_at >= begin)
    if end is not None:
        query = query.where(media.c.created_at < end)
    return sheet(connection, query, (media.c.place,), part, newest_first=False)


def find(connection: Connection, account: str, message: str, sid: str) -> Row[Any] | None:
    """One medium of a message."""
    return connection.execute(select(media).where(_one(account, message, sid))).one_or_none()


def copies(connection: Connection, account: str, message: str) -> list[tuple[str, str]]:
    """(account, message) of the others that bear the same media as a message, whoever sent them: the same URL, or the
    same bytes. It walks through all media: for jobs, not for messages."""
    own = select(media.c.url).where(media.c.account == account, media.c.message == message, media.c.url.is_not(None))
    linked = select(media.c.account, media.c.message).where(media.c.url.in_(own), media.c.message != message)
    mine = files_of(account, message).subquery()
    bytes_of = select(mine.c.digest)
    same = _with_files().where(or_(f.digest.in_(bytes_of), f.source.in_(select(mine.c.source))))
    found = linked.union(same.where(media.c.message != message)).order_by("message")
    return [(row.account, row.message) for row in connection.execute(found)]


def files_of(account: str, message: str) -> Select[Any]:
    """The rows of `files` that go with a message, in their order."""
    return (
        select(kept)
        .join(media, _is_of())
        .where(media.c.account == account, media.c.message == message, _IS_PART)
        .order_by(media.c.place)
    )


def with_files(connection: Connection, sids: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(account, message) of the messages that go with these files, by (account, sid)."""
    found = _with_files().where(either((media.c.account, media.c.sid), "sids")).distinct()
    return [(row.account, row.message) for row in connection.execute(found, {"sids": list(sids)})]


def sent_between(connection: Connection, after: datetime, until: datetime) -> list[tuple[str, str]]:
    """(account, sid) of files that went with messages that went out then."""
    c = communications.c
    query = (
        select(f.account, f.sid)
        .join(media, _is_of())
        .join(communications, and_(c.account == media.c.account, c.sid == media.c.message))
        .where(c.sent_at > after, c.sent_at <= until, c.direction == "outbound")
        .distinct()
    )
    return [(row.account, row.sid) for row in connection.execute(query)]


def sent_with(connection: Connection, sids: Sequence[tuple[str, str]]) -> list[Row[Any]]:
    """(account, sid) of the messages that went out with these files, by (account, sid)."""
    c = communications.c
    query = (
        select(c.account, c.sid)
        .join(media, and_(c.account == media.c.account, c.sid == media.c.message))
        .where(either((media.c.account, media.c.sid), "sids"), c.sent_at.is_not(None), c.direction == "outbound")
        .distinct()
    )
    return list(connection.execute(query, {"sids": list(sids)}))


def locked(connection: Connection, account: str, *, at_most: int, message: str | None = None) -> list[Row[Any]]:
    """Files of an account that take a password, and for which messages are held, each once, the nearest deadline first:
    with a `message` that it goes with, how many `messages` there are, `since` when they wait and `until` when. With
    `message` those of that one alone."""
    c, h = communications.c, holds.c
    waits = select(h.sid).where(
        h.outcome.is_(None), h.account == account
    )  # few: what waits is bounded, what went is not
    waits = waits.order_by(h.until).limit(_WAITING) if message is None else waits.where(h.sid == message)
    waiting = connection.execute(waits).scalars().all()
    asks = type_coerce(f.look, Text).contains(f'"why":"{ENCRYPTED}"')  # as msgspec writes it; in a text it has slashes
    until = func.min(h.until)
    query = (
        select(
            f.sid, f.name, f.content_type, f.size, func.min(c.sid).label("message"), func.min(c.kind).label("kind"),
            func.count(c.sid.distinct()).label("messages"), func.min(h.since).label("since"),
            until.label("until"),
        )
        .join(media, _is_of())
        .join(holds, and_(h.account == media.c.account, h.sid == media.c.message))
        .join(communications, and_(c.account == media.c.account, c.sid == media.c.message))
        .where(c.account == account, c.sid.in_(waiting), c.direction == "outbound", asks)
        .group_by(f.sid, f.name, f.content_type, f.size)
        .order_by(until, f.sid)
        .limit(at_most)
    )  # fmt: skip
    return list(connection.execute(query)) if waiting else []


def _with_files() -> Select[Any]:
    return select(media.c.account, media.c.message).join(kept, _is_of())


def _is_of() -> ColumnElement[bool]:
    return and_(media.c.account == f.account, media.c.sid == f.sid)


def remove(connection: Connection, account: str, message: str, sid: str) -> bool:
    """Forget one medium. False: there was none."""
    return connection.execute(delete(media).where(_one(account, message, sid))).rowcount > 0


def forget(connection: Connection, messages: Sequence[tuple[str, str]]) -> None:
    """Forget all media of messages, by (account, sid): they are content."""
    theirs = either((media.c.account, media.c.message), "messages")
    connection.execute(delete(media).where(theirs), {"messages": messages})


def _one(account: str, message: str, sid: str) -> Any:
    return and_(media.c.account == account, media.c.message == message, media.c.sid == sid)
