"""Files that turn out to be listed after messages went with them, and what of abuse is met at all (rulebook 5.4, 17.2).

When a list grows, the messages of the last months that went with such files are looked for. Whoever sent something that
harms, or that is under a report or a notice, is told in the debugger's log; and who was sent what harms is warned
(`carriage/warning.py`). Of abuse nobody is told: a case is opened at the desk, its sender's number is suspended
silently, and the files are kept for a year. The same is done at once when a message with a known picture of abuse was
refused.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases import csam
from masstransit.carriage.cases.docket import Act
from masstransit.carriage.overturning import Word
from masstransit.carriage.warning import Warnings
from masstransit.clock import Clock
from masstransit.errors import Fault, StorageUnavailable
from masstransit.facts import known_media
from masstransit.facts.known_media import Known, Lists
from masstransit.ledger import Ledger
from masstransit.storage import alerts, cases, communications, files, media_hashes
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.media")

_FILTERED = 30007  # the SDKs' code for content that is not to be carried
_LISTED_WITHIN = timedelta(hours=1)  # this is looked at every minute; who was told is not told again
_USED_WITHIN = timedelta(minutes=15)
_BACK = timedelta(days=90)  # rulebook 5: a sample is kept for 90 days at the most, default
_MOST = 1000  # people who are warned in one look
_EVERY = 60.0  # seconds
_WHAT = {
    "malware": "is known by now to harm who opens it: warn whom it reached, and look for who put it there",
    "intimate": "is under a report of whom it shows: don't send it again",
    "work": "is under a notice of whose work it is: don't send it again unless you may",
}


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """A message that went, or was to go, with a file that is listed."""

    account: str
    message: str
    file: str
    known: Known


class Reached:
    """See above. `keep` is how long files of abuse are kept."""

    def __init__(
        self,
        *,
        warnings: Warnings,
        database: Database,
        ledger: Ledger,
        clock: Clock,
        calendar: BusinessDays,
        keep: timedelta,
    ) -> None:
        self._warnings = warnings
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._calendar = calendar
        self._keep = keep

    async def run(self) -> None:
        """Follow up what is met, once a minute until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            try:
                new = await self.follow()
            except StorageUnavailable as lost:
                log.warning("what is listed waits to be followed up: %s", lost)
                continue
            if new:
                log.info("messages with files that are listed by now: %d", new)

    async def follow(self) -> int:
        """Follow up what is met by now, and warn who was reached. How many messages are new."""
        now = self._clock.now()
        new = await self._database.write(lambda connection: self.look(connection, now))
        await self._warnings.warn(await self._database.read(lambda connection: _reached(connection, now)))
        return new

    def look(self, connection: Connection, now: datetime) -> int:
        """Follow up what is met by now. Returns how many messages are new."""
        grown = media_hashes.in_force(connection, since=now - _LISTED_WITHIN)
        went = media_hashes.messages_with_files(connection, now - _BACK) if grown else ()
        met = _met(known_media.lists_of(grown), went)
        abuse = media_hashes.in_force(connection, tier="abuse")
        fresh = media_hashes.messages_with_files(connection, now - _USED_WITHIN) if abuse else ()
        met += _met(known_media.lists_of(abuse), fresh)
        of_abuse = {(each.account, each.message): each for each in met if each.known.tier == "abuse"}
        opened = sum(self._open(connection, each, now) for each in of_abuse.values())
        return opened + _tell(connection, [each for each in met if each.known.tier in _WHAT], now)

    def _open(self, connection: Connection, met: Met, now: datetime) -> bool:
        """Open a case of abuse, unless there is one of this message; whether it is new."""
        row = communications.find(connection, met.account, met.message)
        of_account = cases.of_kind(connection, met.account, "csam")
        if row is None or any(case.details.get("message") == met.message for case in of_account):
            return False
        files.keep(connection, met.account, [met.file], now + self._keep)
        known = met.known
        how = "the same bytes" if known.exact else f"{known.bits} of 256 bits apart"
        word = Word(by="hash list", because=f"listed by {known.source}", at=now)
        act = Act(connection=connection, ledger=self._ledger, word=word, calendar=self._calendar)
        found = csam.Found(
            account=met.account,
            unit="" if row.direction == "inbound" else f"number:{row.sender}",
            message=met.message,
            known_by=f"{known.source}: {how}",
            secured=f"the folder of [media], file {met.file}",
        )
        try:
            with connection.begin_nested():
                csam.met(act, found)
        except Fault:  # the others are followed up all the same
            log.exception("no case could be opened for %s, whose file is listed", met.message)
            return False
        return True


def _reached(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """(account, sid) of the messages that went with what is listed as malware lately."""
    grown = media_hashes.in_force(connection, since=now - _LISTED_WITHIN, tier="malware")
    went = media_hashes.messages_with_files(connection, now - _BACK) if grown else ()
    return [(met.account, met.message) for met in _met(known_media.lists_of(grown), went)][:_MOST]


def _met(lists: Lists, went: Sequence[Row[Any]]) -> list[Met]:
    """The messages whose files meet a list, each with the nearest entry."""
    found = []
    for row in went:
        met = lists.met_by(files.medium(row))
        found += [Met(account=row.account, message=row.message, file=row.sid, known=known) for known in met[:1]]
    return found


def _tell(connection: Connection, met: Sequence[Met], now: datetime) -> int:
    """Tell the senders, each message once; how many."""
    told = alerts.told_about(connection, [each.message for each in met], _FILTERED)
    new = {each.message: each for each in met if each.message not in told}
    rows = [
        alerts.alert(each.account, _FILTERED, f"A file of a message {_WHAT[each.known.tier]}", now, about=sid)
        for sid, each in new.items()
    ]
    sent = communications.of_keys(connection, [(each.account, each.message) for each in new.values()])
    went = sum(1 for row in sent.values() if row.sent_at is not None)
    if rows:
        whole = f"{len(rows)} messages went with files that are listed by now; {went} of them were sent"
        rows.append(alerts.alert(alerts.OPERATOR, _FILTERED, whole, now, about=None))
    alerts.add(connection, rows)
    return len(new)
