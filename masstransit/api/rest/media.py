"""The media of a message: files that went with it, and what was attached as a link, which is where its owner has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row

from masstransit.api.dialect import V2010, Answer, Request, Route, is_sid, page_2010, read_days, rfc2822, window
from masstransit.api.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.storage import media, messages

_KEPT = ":/?#[]@!$&'()*+,;=%~"  # what a URL's own syntax uses (RFC 3986 section 2.2), and what is escaped already


_FETCHED_WITHIN = timedelta(hours=1)  # a client that asks for the way goes it at once


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "parent_sid": row.message,
        "content_type": row.content_type,  # of a link guessed from the URL's name: nothing was fetched
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.created_at),
        "uri": f"/{V2010}/Accounts/{row.account}/Messages/{row.message}/Media/{row.sid}.json",
    }


async def read(request: Request, house: House) -> Answer:
    """A message's media, in their order."""
    asked, message = window(request), request.parts["sid"]
    begin, end = read_days(request.query, "DateCreated")
    part = asked.slice(first=_place, length=1)
    if not is_sid(message, "SM", "MM") or not await house.database.read(
        lambda c: messages.fetch(c, request.account, message)
    ):
        raise NotFound(f"The requested message {message[:34]} was not found")
    sheet = await house.database.read(lambda c: media.of_message(c, request.account, message, begin, end, part))
    return page_2010(request, asked, "media_list", sheet, _shown, lambda row: (row.place,))


def _place(token: Any) -> int:
    """The place of a page token. Raises `BadInput`."""
    if not isinstance(token, int) or isinstance(token, bool) or not 0 <= token < 1 << 31:
        raise BadInput("This 'PageToken' is not one of ours.", field="PageToken", code=20001)
    return token


async def fetch(request: Request, house: House) -> Answer:
    """With `.json` what it is; without, the way to the file, as the SDKs document it."""
    message, sid = request.parts["sid"], request.parts["media"]
    row = await house.database.read(lambda c: media.find(c, request.account, message, sid))
    if row is None:
        raise _none(sid)
    if request.path.endswith(".json"):
        return Answer(200, _shown(row))
    return Answer(307, None, ((b"location", quote(_way(request, house, row), safe=_KEPT).encode()),))


def _way(request: Request, house: House, row: Row[Any]) -> str:
    """Where its bytes are. Raises `NotFound`."""
    if row.url is not None:
        return str(row.url)
    if house.mms is None:
        raise _none(row.sid)
    base = house.settings.base_url.rstrip("/") or request.origin
    return f"{base}{house.mms.shared.path(row.account, row.sid, _FETCHED_WITHIN)}"


async def delete(request: Request, house: House) -> Answer:
    """Forget a medium. The text that went out keeps its link until the message is redacted."""
    message, sid = request.parts["sid"], request.parts["media"]
    if not await house.database.write(lambda c: media.remove(c, request.account, message, sid)):
        raise _none(sid)
    return Answer(204)


def _none(sid: str) -> NotFound:
    return NotFound(f"The requested media {sid[:34]} was not found")


_EVERY = "/2010-04-01/Accounts/{account}/Messages/{sid}/Media"
_ONE = f"{_EVERY}/{{media}}"
ROUTES = (
    Route(
        method="GET",
        path=_EVERY,
        endpoint=read,
        fields=frozenset({"DateCreated", "DateCreated<", "DateCreated>"}),
        pages=True,
    ),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(method="DELETE", path=_ONE, endpoint=delete),
)
