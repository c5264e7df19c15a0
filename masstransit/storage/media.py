"""What was attached to messages, by URL. The files themselves stay where their owner has them."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, and_, delete, func, insert, select

from masstransit.model.communication import Communication
from masstransit.model.sid import new_sid
from masstransit.storage.dialects import either
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications, media

_TYPES = mimetypes.MimeTypes()  # what Python knows itself, on every machine the same
_UNKNOWN_TYPE = "application/octet-stream"

#: How many a communication has, as a column beside its own.
COUNT = (
    select(func.count())
    .select_from(media)
    .where(media.c.account == communications.c.account, media.c.message == communications.c.sid)
    .scalar_subquery()
    .label("media_count")
)


def rows(kept: Iterable[Communication]) -> list[dict[str, Any]]:
    """A row for each medium of these communications."""
    return [_row(communication, place, url) for communication in kept for place, url in enumerate(communication.media)]


def _row(communication: Communication, place: int, url: str) -> dict[str, Any]:
    guessed, _ = _TYPES.guess_type(urlsplit(url).path)  # by the name alone: nothing is fetched
    return {
        "account": communication.account,
        "sid": new_sid("ME"),
        "message": communication.id,
        "place": place,
        "url": url,
        "content_type": guessed or _UNKNOWN_TYPE,
        "created_at": communication.at,
    }


def add(connection: Connection, new: Sequence[dict[str, Any]]) -> None:
    """Keep rows that `rows` made."""
    if new:
        connection.execute(insert(media), new)


def of_message(  # noqa: PLR0917 - whose, and which part
    connection: Connection, account: str, message: str, begin: datetime | None, end: datetime | None, part: Slice
) -> Sheet:
    """A message's media in their order; those made from `begin` on and before `end`, where these are given."""
    query = select(media).where(media.c.account == account, media.c.message == message)
    if begin is not None:
        query = query.where(media.c.created_at >= begin)
    if end is not None:
        query = query.where(media.c.created_at < end)
    return sheet(connection, query, (media.c.place,), part, newest_first=False)


def find(connection: Connection, account: str, message: str, sid: str) -> Row[Any] | None:
    """One medium of a message."""
    return connection.execute(select(media).where(_one(account, message, sid))).one_or_none()


def copies(connection: Connection, account: str, message: str) -> list[tuple[str, str]]:
    """(account, message) of the others that bear the same media as a message, by URL, whoever sent them. It walks
    through all media: for jobs, not for messages."""
    own = select(media.c.url).where(media.c.account == account, media.c.message == message)
    found = select(media.c.account, media.c.message).where(media.c.url.in_(own), media.c.message != message)
    return [(row.account, row.message) for row in connection.execute(found.distinct().order_by(media.c.message))]


def remove(connection: Connection, account: str, message: str, sid: str) -> bool:
    """Forget one medium. False: there was none."""
    return connection.execute(delete(media).where(_one(account, message, sid))).rowcount > 0


def forget(connection: Connection, messages: Sequence[tuple[str, str]]) -> None:
    """Forget all media of messages, by (account, sid): they are content."""
    theirs = either((media.c.account, media.c.message), "messages")
    connection.execute(delete(media).where(theirs), {"messages": messages})


def _one(account: str, message: str, sid: str) -> Any:
    return and_(media.c.account == account, media.c.message == message, media.c.sid == sid)
