"""Links by which somebody without a login fetches a file: signed, for one file, until an instant.

A carrier fetches what it is to deliver, a customer's server what a person sent it, a phone what it shows. Who has the
link has the file, so it ends; what it leads to is gone as soon as the file is.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

from masstransit.clock import Clock
from masstransit.storage.keys import Keys

#: How long a link leads anywhere: a webhook is tried for a day, and a carrier may try for as long again. A default.
LASTS = timedelta(days=2)
_PREFIX = "/media/"
_MARK = "media-link"
_LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class Shared:
    """Makes and reads them. `base_url` is how we are reached, and is known once the door is open."""

    def __init__(self, keys: Keys, clock: Clock, base_url: str = "") -> None:
        self._keys = keys
        self._clock = clock
        self.base_url = base_url.rstrip("/")

    def path(self, account: str, sid: str, lasting: timedelta = LASTS) -> str:
        """A link without scheme and host."""
        until = int((self._clock.now() + lasting).timestamp())
        return f"{_PREFIX}{account}/{sid}/{until}-{self._mark(account, sid, until)}"

    def url(self, account: str, sid: str, lasting: timedelta = LASTS) -> str:
        """A link that others can follow."""
        return f"{self.base_url}{self.path(account, sid, lasting)}"

    def opened(self, path: str) -> tuple[str, str] | None:
        """(account, sid) of the file that a path leads to; None: it is none of ours, or its time is over."""
        parts = path.removeprefix(_PREFIX).split("/") if path.startswith(_PREFIX) else ()
        if len(parts) != 3:
            return None
        account, sid, ticket = parts
        instant, _, mark = ticket.partition("-")
        if not (instant.isascii() and instant.isdigit() and len(instant) < 12 and int(instant) < _LAST):
            return None
        if not hmac.compare_digest(mark.encode(), self._mark(account, sid, int(instant)).encode()):
            return None
        return (account, sid) if self._clock.now().timestamp() < int(instant) else None

    def own(self, url: str) -> tuple[str, str] | None:
        """The same for a whole URL that leads to us."""
        return self.opened(url.removeprefix(self.base_url)) if self.base_url and url.startswith(self.base_url) else None

    def _mark(self, account: str, sid: str, until: int) -> str:
        return self._keys.mark(_MARK, account, sid, str(until))
