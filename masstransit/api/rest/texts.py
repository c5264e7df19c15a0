"""The text that a form asks for: its own or a template's, with media and places as lines after it."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from masstransit.api.dialect import Form, Request
from masstransit.api.house import House
from masstransit.api.rest import contents
from masstransit.carriage import media
from masstransit.errors import BadInput
from masstransit.model.alphabet import segment
from masstransit.storage import contents as templates

_LONGEST = 1600
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?"
_GEO = re.compile(rf"geo:(?P<latitude>{_DEGREES}),(?P<longitude>{_DEGREES})(?:\|(?P<label>.*))?", re.DOTALL)


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says."""

    text: str  #: as it goes out
    media: tuple[str, ...] = ()  #: the URLs that stand in it as links


async def compose(request: Request, house: House, *, smart: bool) -> Text:
    """What a form asks to be said; `smart` has typographic characters replaced. Raises `BadInput`."""
    body, given = await _written(request, house)
    urls = media.check(given, field="MediaUrl", allow_private=house.settings.allow_private)
    places = [_place(action) for action in request.form.all("PersistentAction")]
    if not body and not urls and not places:
        raise BadInput("Message body is required.", field="Body", code=21602)
    if smart:  # a URL is left as it is: another character leads elsewhere
        body = "".join(segment(body, smart=True).parts)
    return Text(text=_bounded(media.as_text(body, (*urls, *places))), media=urls)


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
