"""Media of a message. Until MMS is carried they go out as links, each on a line of its own after the text.

So does what is sent to phones without MMS. Nothing is ever fetched: the person's phone does that, if the person wants.
"""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput

MOST = 10


def check(urls: Sequence[str], *, field: str, allow_private: bool) -> tuple[str, ...]:
    """URLs that can be sent. Raises `BadInput`: 21623 they are too many, 21620 one can't be used."""
    if len(urls) > MOST:
        raise BadInput(f"There are {len(urls)} media; {MOST} are the most.", field=field, code=21623)
    for url in urls:
        check_url(url, field=field, allow_private=allow_private, code=21620)
    return tuple(urls)


def as_text(body: str, urls: Sequence[str]) -> str:
    """A text with its media as links."""
    return "\n".join((body, *urls) if body else urls)
