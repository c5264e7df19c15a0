"""The text that a form asks for: its own or a template's, with media and places as lines after it, links shortened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.api.dialect import Form, Request
from masstransit.api.house import House
from masstransit.api.rest import contents
from masstransit.carriage.media.links import as_text, check
from masstransit.carriage.shortening import shorten
from masstransit.errors import BadInput
from masstransit.model.address import E164
from masstransit.model.alphabet import segment
from masstransit.model.communication import Kind, Lacking, ShortLink
from masstransit.model.media import Attachment
from masstransit.storage import accounts, link_domains
from masstransit.storage import contents as templates
from masstransit.storage.consents import root_of

_LONGEST = 1600
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?"
_GEO = re.compile(rf"geo:(?P<latitude>{_DEGREES}),(?P<longitude>{_DEGREES})(?:\|(?P<label>.*))?", re.DOTALL)


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, as a `Communication` has it."""

    text: str
    kind: Kind = Kind.SMS
    media: tuple[str, ...] = ()  #: the URLs that stand in the text as links
    attachments: tuple[Attachment, ...] = ()  #: what goes with it as MMS
    lacking: Lacking | None = None
    shortened: str | None = None
    short_links: tuple[ShortLink, ...] = ()


async def compose(
    request: Request, house: House, *, smart: bool, to: E164 | None = None, converts: bool = True
) -> Text:
    """What a form asks to be said; `smart` has typographic characters replaced. Media go as MMS `to` whom a carrier
    here brings that, and to others as links where that `converts`. Raises `BadInput`."""
    body, given = await _written(request, house)
    urls = check(
        given,
        field="MediaUrl",
        allow_private=house.settings.allow_private,
        ours=lambda url: house.mms is not None and house.mms.shared.own(url) is not None,
    )
    places = [_place(action) for action in request.form.all("PersistentAction")]
    if not body and not urls and not places:
        raise BadInput("Message body is required.", field="Body", code=21602)
    if smart:  # a URL is left as it is: another character leads elsewhere
        body = "".join(segment(body, smart=True).parts)
    as_mms = await _as_mms(request, house, urls, to, converts=converts) if to is not None else {}
    text = _bounded(as_text(body, places if as_mms else (*urls, *places)))
    said = as_mms or {"media": urls}
    if not request.form.flag("ShortenUrls"):
        return Text(text=text, **said)
    shortened, links = shorten(text, await _link_domain(request, house))
    return Text(text=text, shortened=_bounded(shortened) if links else None, short_links=links, **said)


async def _as_mms(request: Request, house: House, urls: Sequence[str], to: E164, *, converts: bool) -> dict[str, Any]:
    """What a message is as MMS; nothing where it goes as a text. Raises `BadInput`."""
    wanted = request.form.flag("SendAsMms")
    if not urls and not wanted:
        return {}
    if house.mms is None or not house.mms.reaches(to):
        if wanted or (urls and not converts):
            raise BadInput(
                "No carrier here brings MMS to this number: leave 'SendAsMms' and the service's MmsConverter as they "
                "are by default, and media go as links.",
                field="SendAsMms" if wanted else "MediaUrl",
                code=21612,
            )
        return {}
    attachments, lacking = await house.mms.fetched(request.account, urls)
    return {"kind": Kind.MMS, "attachments": attachments, "lacking": lacking}


async def _written(request: Request, house: House) -> tuple[str, list[str]]:
    """Body and media: a template's, or the form's own."""
    form = request.form
    if not form.get("ContentSid"):
        if form.get("ContentVariables"):
            raise BadInput("'ContentVariables' needs a 'ContentSid'.", field="ContentSid", code=21654)
        return form.get("Body") or "", [url for url in form.all("MediaUrl") if url]
    return await _of_template(form, form.need("ContentSid"), request.account, house)


async def _of_template(form: Form, sid: str, account: str, house: House) -> tuple[str, list[str]]:
    for field in ("Body", "MediaUrl"):
        if form.get(field):
            raise BadInput(
                f"The field '{field}' is refused beside 'ContentSid': the template says it all.", field=field
            )
    row = await house.database.read(lambda c: templates.find(c, account, sid))
    if row is None:
        raise BadInput(f"The template {sid[:34]} is not one of this account's.", field="ContentSid", code=21655)
    said = contents.filled(row, form.get("ContentVariables"))
    return said.body or "", said.media or []


async def _link_domain(request: Request, house: House) -> str:
    """The domain that the account's short links are on. Raises `BadInput` where it can't have any."""
    if not request.form.get("MessagingServiceSid"):
        raise _not_shortened("links are shortened for messages of a service: give a 'MessagingServiceSid'")
    account, domain = await house.database.read(lambda c: _account_and_domain(c, request.account))
    if request.form.get("ContentRetention") == "discard" or (account is not None and not account.stores_content):
        raise _not_shortened("a short link lives on what it leads to, and this message's content is not to be kept")
    if domain is None:
        raise _not_shortened("the account has no domain for short links: take one by POST /policy/v1/LinkDomains")
    return domain


def _account_and_domain(connection: Connection, account: str) -> tuple[Row[Any] | None, str | None]:
    return accounts.find(connection, account), link_domains.current(connection, root_of(connection, account))


def _not_shortened(why: str) -> BadInput:
    return BadInput(f"The field 'ShortenUrls' is refused: {why}.", field="ShortenUrls")


def _place(action: str) -> str:
    """A place as a line of text: `geo:37.78,-122.39|Our shop` becomes `Our shop geo:37.78,-122.39`.

    Phones make such a URI (RFC 5870) something to tap on. Raises `BadInput`.
    """
    read = _GEO.fullmatch(action)
    if read is None or abs(Decimal(read["latitude"])) > 90 or abs(Decimal(read["longitude"])) > 180:
        raise BadInput(
            "'PersistentAction' can only be a place in a text, such as geo:37.78,-122.39|Our shop; put other links "
            "into 'Body'.",
            field="PersistentAction",
        )
    label = " ".join((read["label"] or "").split())
    return f"{label} geo:{read['latitude']},{read['longitude']}".strip()


def _bounded(text: str) -> str:
    if len(text) > _LONGEST:
        raise BadInput(
            f"The concatenated message body has {len(text)} characters; {_LONGEST} are the most.",
            field="Body",
            code=21617,
        )
    return text
