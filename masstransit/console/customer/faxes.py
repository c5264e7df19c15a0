"""A customer's faxes: those that were sent and that came in, their pages, and one to be sent.

GET   /account/faxes                      the newest first
POST  /account/faxes                      send a document (multipart/form-data)
GET   /account/faxes/{sid}/{page}.png     a page, small
GET   /account/faxes/{sid}.pdf            all of them
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage.fax import pages
from masstransit.carriage.fax.words import word_of
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, File, Page, Shown, Went, instant, page, upload
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import e164
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.model.user import Right
from masstransit.storage import faxes, numbers
from masstransit.storage.faxes import Filters
from masstransit.storage.paging import Slice

_HERE = "/account/faxes"
_MOST_NUMBERS = 200  # that are offered to send from
_WAITS = timedelta(days=1)
_SHOWN_PAGES = 5  # of one fax, in the list
_PURPOSES: Mapping[str, str] = {
    "transactional": "About an order, an appointment, a matter under way",
    "conversation": "An answer to somebody",
    "marketing": "Advertising: they asked for it, or are customers",
}


async def listed(house: House, asked: Asked) -> Answer:
    """What was sent and came in, and a form to send."""
    part, account = asked.slice(instant, str), asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        owned = numbers.owned(connection, account, Slice(size=_MOST_NUMBERS), {}).rows
        return {
            "sheet": faxes.page(connection, account, Filters(), part),
            "own": [row.number for row in owned if row.state == "in-use" and (row.voice or row.fax)],
        }

    found = await house.database.read(look)
    return Shown(
        "customer/faxes.html",
        {
            **found,
            "word_of": word_of,
            "purposes": _PURPOSES,
            "qualities": tuple(pages.QUALITIES),
            "shown_pages": _SHOWN_PAGES,
            "missing": house.no_fax(),
            "hears": asked.who.may(Right.HEAR),
            "sends": asked.who.may(Right.KEEP_ACCOUNT),
            "most": pages.MOST_BYTES >> 20,
        },
    )


async def send(house: House, asked: Asked) -> Answer:
    """Send the document that came with the form."""
    if missing := house.no_fax():
        raise BadInput(missing)
    if asked.file is None or not asked.file.content:
        raise BadInput("choose the document that is to be faxed", field="document")
    quality = asked.form.one_of("quality", tuple(pages.QUALITIES), "Quality")
    purpose = Purpose(asked.form.one_of("purpose", tuple(_PURPOSES), "What it is for"))
    fax = Communication(
        id=new_sid("FX"),
        account=asked.who.account,
        kind=Kind.FAX,
        channel="console",
        sender=e164(asked.form.need("from", "From")),
        recipient=e164(asked.form.need("to", "To")),
        at=asked.now,
        purpose=purpose,
        expires_at=asked.now + _WAITS,
        principal=asked.who.user,
    )
    document = await house.faxes.draw(asked.file.content, quality)
    offered = await house.faxes.offer(fax, document, quality)
    await house.database.write(lambda c: note(c, house, asked, "fax-sent", offered.communication.id))
    return Went(_HERE, _said(offered.decision, document.pages))


def _said(decision: Decision, count: int) -> str:
    finding = decision.deciding
    if decision.verdict <= Verdict.FLAG or finding is None:
        return f"It is on its way: {count} page{'s' if count > 1 else ''}."
    if decision.verdict is Verdict.HOLD:
        return f"A person is to look at it first: {finding.reason}."
    if decision.verdict is Verdict.DELAY:
        return f"It waits: {finding.reason}."
    return f"It was not sent: {finding.reason}. What to do: {finding.remedy}."


async def preview(house: House, asked: Asked) -> Answer:
    """One page, small."""
    number = asked.parts["page"]
    if not number.isdecimal() or len(number) > 4:
        raise NotFound(f"there is no page {number[:8]}")
    tiff = await house.faxes.pages(asked.who.account, asked.parts["sid"])
    made = await asyncio.to_thread(pages.preview, tiff, int(number))
    return File(f"{asked.parts['sid']}-{number}.png", made, "image/png")


async def whole(house: House, asked: Asked) -> Answer:
    """All pages, as PDF."""
    sid = asked.parts["sid"]
    tiff = await house.faxes.pages(asked.who.account, sid)
    return File(f"{sid}.pdf", await asyncio.to_thread(pages.pdf_of, tiff), "application/pdf")


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    upload(_HERE, Right.KEEP_ACCOUNT, send, most=pages.MOST_BYTES),
    page(f"{_HERE}/{{sid}}/{{page}}.png", Right.HEAR, preview),
    page(f"{_HERE}/{{sid}}.pdf", Right.HEAR, whole),
)
