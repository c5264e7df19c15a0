"""The line at the top of each page: when it was sent, by whom, and their number (47 CFR 68.318(d)).

It takes no room that the page did not have: it lies in the margin. Where something is written there already the page
is moved down into its margin at the bottom, and where there is none either it is drawn a little smaller.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from PIL import Image, ImageDraw, ImageFont

from masstransit.carriage.fax.pages import ACROSS, WIDTH

_HIGH = 40 / 196  # inches that it takes
_LETTERS = 0.13  # inches: about nine points
_LEFT = 40  # dots
_NAME = 48  # characters of a sender's name that are shown
_BLACK, _WHITE = 0, 1


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What it says."""

    at: datetime  #: when it is sent, aware UTC
    name: str  #: the business, other entity or person that sends it
    number: str  #: of the sender
    to: str  #: whom it is sent to

    def text(self, page: int, of: int) -> str:
        """The line of one page."""
        when = self.at.strftime("%b %d %Y %H:%M UTC")
        return f"{when}   FROM {self.name[:_NAME]} {self.number}   TO {self.to}   PAGE {page} OF {of}"


def headed(image: Image.Image, text: str, rows: int) -> Image.Image:
    """A page with its line. `rows`: how many of the page are an inch."""
    high = round(_HIGH * rows)
    page = _made_room(image.convert("1"), high)
    page.paste(_WHITE, (0, 0, page.width, high))
    page.paste(_line(text, high, rows), (0, 0))
    return page


def _line(text: str, high: int, rows: int) -> Image.Image:
    """The words, drawn with square dots and then pressed to the page's."""
    font = ImageFont.load_default(round(_LETTERS * ACROSS))
    square = Image.new("L", (WIDTH, round(high * ACROSS / rows)), 255)
    draw = ImageDraw.Draw(square)
    while draw.textlength(text, font) > WIDTH - 2 * _LEFT and len(text) > 1:
        text = text[:-1]
    draw.text((_LEFT, square.height // 2), text, fill=0, font=font, anchor="lm")
    return square.resize((WIDTH, high), Image.Resampling.LANCZOS).point(lambda level: 255 * (level >= 144), mode="1")


def _made_room(page: Image.Image, high: int) -> Image.Image:
    """With nothing in the rows at the top."""
    inked = page.convert("L").point(lambda level: 255 - level).getbbox()
    if inked is None or inked[1] >= high:
        return page
    made = Image.new("1", page.size, _WHITE)
    if page.height - inked[3] >= high - inked[1]:
        made.paste(page.crop((0, inked[1], page.width, inked[3])), (0, high))
        return made
    share = (page.height - high) / page.height
    smaller = page.convert("L").resize((round(page.width * share), page.height - high), Image.Resampling.LANCZOS)
    made.paste(smaller.point(lambda level: 255 * (level >= 144), mode="1"), ((page.width - smaller.width) // 2, high))
    return made
