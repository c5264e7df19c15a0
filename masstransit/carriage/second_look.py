"""A second look at what went out: what was not known to harm when it was sent may be now (rulebook 5.1, 5.4).

When a domain is blocked, the messages of the last day that lead to it are looked for. Files are looked through again an
hour and a day after they went out, by what is known then. The senders of what is found are told in the debugger's log,
and the people whom it reached are warned (`warning`). No link is followed; what is kept without content can't be
looked at. A process that was down looks back as far when it starts, and who was told is not told again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.media.intake import Media
from masstransit.carriage.warning import Warnings
from masstransit.clock import Clock
from masstransit.errors import NotFound, StorageUnavailable
from masstransit.facts.links import links_in
from masstransit.storage import alerts, communications, known_domains, media
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.second_look")

_FILTERED = 30007  # the SDKs' code for content that is not to be carried
_EVERY = 600.0  # seconds
_LISTED_WITHIN = timedelta(hours=1)  # of what was blocked: once it was looked for, it is not looked for again
_MOST = 1000  # messages a domain, and links a message

Met = Callable[[Collection[tuple[str, str]]], Awaitable[None]]  #: hears of messages by (account, SID)
Found = tuple[Row[Any], str]  #: a message's row (account, sid) and what its sender is told


class SecondLook:
    """Looks again. `first` and `last` are when files are looked through, after they went out; `met` hears of messages
    whose files are found to harm."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        kept: Media,
        warnings: Warnings,
        *,
        first: timedelta,
        last: timedelta,
        met: Met | None = None,
    ) -> None:
        self._met = met
        self._database = database
        self._clock = clock
        self._media = kept
        self._warnings = warnings
        self._after = (first, last)
        self._looked_at: datetime | None = None

    async def run(self) -> None:
        """Look every ten minutes until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            try:
                found = await self.look()
            except StorageUnavailable as lost:
                log.warning("the second look at what went out waits: %s", lost)
                continue
            if found:
                log.info("messages that are known to harm by now: %d", found)

    async def look(self) -> int:
        """Look once. Returns how many messages were found that nobody was told of before."""
        now = self._clock.now()
        last = max(self._after)
        listed = now - (_LISTED_WITHIN if self._looked_at else last)
        found = await self._database.read(lambda c: _leading_to_blocked(c, listed, now - last))
        found += await self._with_harmful_files(now)
        told = await self._database.read(lambda c: alerts.told_about(c, [row.sid for row, _ in found], _FILTERED))
        new = {row.sid: (row, said) for row, said in reversed(found) if row.sid not in told}
        await self._warnings.warn([(row.account, sid) for sid, (row, _) in new.items()])
        await self._database.write(
            lambda c: alerts.add(
                c, [alerts.alert(row.account, _FILTERED, said, now, about=row.sid) for row, said in new.values()]
            )
        )
        if self._met is not None:
            await self._met([(row.account, sid) for sid, (row, said) in new.items() if said == _BY_FILE])
        self._looked_at = now
        return len(new)

    async def _with_harmful_files(self, now: datetime) -> list[Found]:
        """Messages that went out an hour or a day ago with a file that is found to harm now."""
        since = self._looked_at or now - min(self._after)
        due: set[tuple[str, str]] = set()
        for after in self._after:
            due |= set(await self._database.read(partial(media.sent_between, after=since - after, until=now - after)))
        bad = [key for key in sorted(due) if await self._harms(*key)]
        rows = await self._database.read(lambda c: media.sent_with(c, bad)) if bad else []
        return [(row, _BY_FILE) for row in rows]

    async def _harms(self, account: str, sid: str) -> bool:
        try:
            return await self._media.harms_by_now(account, sid)
        except NotFound:
            return False  # erased meanwhile


_BY_FILE = (
    "A message that went out brought a file that is known by now to harm who opens it: look for who put it there. Whom "
    "it reached is warned where that can be done; warn them as well"
)


def _leading_to_blocked(connection: Connection, listed: datetime, sent: datetime) -> list[Found]:
    """Messages that went out since `sent` and lead to what was blocked since `listed`."""
    return [
        (row, _by_link(host))
        for domain in known_domains.blocked_since(connection, listed)
        for row in communications.mentioning(connection, domain.domain, sent, at_most=_MOST)
        if (host := _leads_to(row.body, domain.domain))
    ]


def _leads_to(text: str, blocked: str) -> str:
    """The host by which a text leads to a blocked domain or host; "" where it does not."""
    hosts: Sequence[str] = [
        link.host for link in links_in(text, read=len(text), most=_MOST) if blocked in (link.host, link.domain)
    ]
    return hosts[0] if hosts else ""


def _by_link(host: str) -> str:
    return (
        f"A message that went out leads to {host}, which is known by now to harm those who follow it: look for who put "
        "it there. Whom it reached is warned where that can be done; warn them as well"
    )
