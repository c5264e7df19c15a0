"""Media of a message to whom no carrier brings MMS: they go out as links, each on a line of its own after the text.

Nothing is fetched then: the person's phone does that, if the person wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput

MOST = 10


def check(
    urls: Sequence[str], *, field: str, allow_private: bool, ours: Callable[[str], bool] = lambda _: False
) -> tuple[str, ...]:
    """URLs that can be sent, those that lead to files of `ours` wherever we are.

    Raises `BadInput`: 21623 they are too many, 21620 one can't be used.
    """
    if len(urls) > MOST:
        raise BadInput(f"There are {len(urls)} media; {MOST} are the most.", field=field, code=21623)
    for url in urls:
        check_url(url, field=field, allow_private=allow_private or ours(url), code=21620)
    return tuple(urls)


def as_text(body: str, urls: Sequence[str]) -> str:
    """A text with its media as links."""
    return "\n".join((body, *urls) if body else urls)
