"""MMS: what a message's media URLs lead to is fetched and taken in, once, before it is judged; and what can go as MMS.

A URL is fetched as a webhook is called: only at public addresses, within bounds of time and size, a few redirects each
checked anew. What can't be had fails the message with the SDKs' codes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from masstransit.carriage.media import content_types, pictures
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.outside import check_url
from masstransit.carriage.webcalls import Heard, Unreachable, WebCalls
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import Address
from masstransit.model.communication import Kind, Lacking
from masstransit.model.media import Attachment

log = logging.getLogger("masstransit.media")

#: Bytes of all media of a message, as the SDKs document `MediaUrl`.
LARGEST = 5 * 1024 * 1024
_REDIRECTS = 3
_REDIRECTED = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT,
               HTTPStatus.PERMANENT_REDIRECT)  # fmt: skip
_NOT_HAD, _NO_MMS_TYPE, _TOO_LARGE, _TOO_LARGE_FOR_CARRIER = 11200, 12300, 11751, 30019  # the SDKs' codes
#: What goes as MMS (3GPP TS 26.140 section 4 with what handsets show by now).
_FAMILIES = ("image/", "audio/", "video/")
_TYPES = ("text/plain", "text/vcard", "text/calendar", "application/pdf", "application/rtf")
_NO_PICTURES = ("image/svg+xml", "image/vnd.adobe.photoshop", "image/x-icon")


class Reach(Protocol):
    """Which kinds can be brought to whom: `carriage.routing.Routing`."""

    def serves(self, recipient: Address, *, kind: Kind) -> bool: ...


class Mms:
    """See above. `calls` must hear one byte more than `LARGEST`."""

    def __init__(
        self, *, media: Media, shared: Shared, reach: Reach, calls: WebCalls, allow_private: bool = False
    ) -> None:
        self.media = media
        self.shared = shared
        self._reach = reach
        self._calls = calls
        self._allow_private = allow_private

    def reaches(self, recipient: Address) -> bool:
        """Whether a carrier here brings MMS to somebody."""
        return self._reach.serves(recipient, kind=Kind.MMS)

    async def fetched(self, account: str, urls: Sequence[str]) -> tuple[tuple[Attachment, ...], Lacking | None]:
        """What URLs lead to, taken in; and what could not be had, the first of it. Raises `StorageUnavailable`."""
        tried = await asyncio.gather(*(self._taken(account, url) for url in urls))
        had = tuple(each for each in tried if isinstance(each, Attachment))
        lacking = next((each for each in tried if isinstance(each, Lacking)), None)
        size = sum(each.size for each in had)
        if lacking is None and size > LARGEST:
            lacking = Lacking(code=_TOO_LARGE, why=f"the media have {size} bytes; {LARGEST} are the most")
        return had, lacking or self._unfit(had)

    def _unfit(self, had: Sequence[Attachment]) -> Lacking | None:
        other = next((each for each in had if not goes_as_mms(each.content_type)), None)
        return Lacking(code=_NO_MMS_TYPE, why=f"MMS carries no {other.content_type}") if other else None

    async def _taken(self, account: str, url: str) -> Attachment | Lacking:
        own = self.shared.own(url)
        if own is not None and own[0] == account:
            try:
                return (await self.media.find(*own)).attachment
            except NotFound:
                return Lacking(code=_NOT_HAD, why="the media URL leads to a file of ours that is gone")
        try:
            heard, at = await self._had(url)
            name = unquote(urlsplit(at).path.rpartition("/")[2])
            return await self.media.take_in(account, heard.body, name, claimed=heard.content_type, field="MediaUrl")
        except Unreachable as lost:
            return Lacking(code=_NOT_HAD, why=f"a media URL could not be fetched: {lost}")
        except BadInput as wrong:
            return Lacking(code=wrong.code, why=str(wrong))

    async def _had(self, url: str) -> tuple[Heard, str]:
        """What a URL leads to, and the URL that it was at last. Raises `Unreachable`, `BadInput`."""
        for _ in range(_REDIRECTS + 1):
            check_url(url, field="MediaUrl", allow_private=self._allow_private, code=_NOT_HAD)
            heard = await self._calls.call("GET", url, {})
            if heard.status not in _REDIRECTED or not heard.location:
                break
            url = urljoin(url, heard.location)
        if heard.status != HTTPStatus.OK:
            raise Unreachable(f"it answered with HTTP {heard.status}")
        if len(heard.body) > LARGEST:
            raise BadInput(f"A medium has more than {LARGEST} bytes.", field="MediaUrl", code=_TOO_LARGE)
        return heard, url


class TooLarge(Exception):
    """The media are larger than the carrier takes."""


class Packer:
    """Makes media ready for a carrier that is handed the bytes: within its size, pictures made smaller for that."""

    def __init__(self, media: Media) -> None:
        self._media = media

    async def packed(
        self, account: str, attachments: Sequence[Attachment], most: int
    ) -> list[tuple[Attachment, bytes, str]]:
        """(attachment, bytes, content type) of each, within `most` bytes together. Raises `TooLarge`, `NotFound`."""
        whole = [(each, await self._media.read(account, each.sid), each.content_type) for each in attachments]
        if sum(len(data) for _, data, _ in whole) <= most:
            return whole
        fixed = sum(len(data) for _, data, kind in whole if not pictures.shrinks(kind))
        shrinking = sum(len(data) for _, data, kind in whole if pictures.shrinks(kind))
        if fixed >= most or not shrinking:
            raise TooLarge(f"the media have more than the {most} bytes that this carrier takes")
        made = []
        for each, data, kind in whole:
            if pictures.shrinks(kind):
                share = (most - fixed) * len(data) // shrinking
                smaller = await asyncio.to_thread(partial(pictures.fitted, data, share))
                if smaller is None:
                    raise TooLarge(f"the media have more than the {most} bytes that this carrier takes")
                made.append((each, *smaller))
            else:
                made.append((each, data, kind))
        return made


def too_large(fault: TooLarge) -> tuple[int, str]:
    """Code and reason for a message that no carrier takes."""
    return _TOO_LARGE_FOR_CARRIER, str(fault)


def fits(attachments: Sequence[Attachment]) -> bool:
    """Whether files can go together as MMS: of types that handsets show, within the largest size."""
    return all(goes_as_mms(each.content_type) for each in attachments) and sum(a.size for a in attachments) <= LARGEST


def goes_as_mms(content_type: str) -> bool:
    """Whether handsets can show it."""
    pictured = content_type.startswith(_FAMILIES) and content_type not in _NO_PICTURES
    return pictured or content_type in _TYPES


def shown_as(content_type: str) -> str:
    """The type by which a file is served: what a browser would run is handed out as bytes."""
    safe = goes_as_mms(content_type) and content_type != content_types.UNKNOWN
    return content_type if safe else content_types.UNKNOWN
