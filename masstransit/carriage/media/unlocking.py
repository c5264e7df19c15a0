"""The way out for what is locked: a customer gives us the password of a file, which the message itself goes without.

The file is looked through with it. Messages that were held for this file, and for no other that nobody could look
through, are let out: the gate is asked about them again, with what is known of the file now. The password is used once
and kept nowhere. Nobody is struck for locking what is private (rulebook 5).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row

from masstransit.carriage import overturning
from masstransit.carriage.media.intake import Media
from masstransit.carriage.overturning import Word
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict
from masstransit.ledger import Ledger
from masstransit.model.media import ENCRYPTED, Scan
from masstransit.storage import decisions, files, media, queue
from masstransit.storage.engine import Database

LONGEST = 256  #: characters of a password; Office takes 255, PDF 127
_BY = "the sender"  # let it out, by giving the password


class Unlocking:
    """Takes passwords of files."""

    def __init__(self, kept: Media, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._media = kept
        self._database = database
        self._ledger = ledger
        self._clock = clock

    async def unlock(self, account: str, sid: str, password: str, *, field: str = "") -> Scan:
        """Look through a locked file with its password, and let out what waits for that. Raises `NotFound`; `Conflict`
        where it isn't locked; `BadInput` where this password does not open it; `StorageUnavailable`."""
        if not 0 < len(password) <= LONGEST:
            raise BadInput(f"A password has 1 to {LONGEST} characters.", field=field)
        before = (await self._media.find(account, sid)).look.scan
        if before.why != ENCRYPTED:
            raise Conflict(f"{sid} takes no password")
        scan = await self._media.look_again(account, sid, (password,))
        if scan.why == ENCRYPTED:
            raise BadInput("This password does not open all that is locked in the file.", field=field)
        await self._database.write(lambda c: self._let_out(c, account, sid, self._clock.now()))
        return scan

    def _let_out(self, connection: Connection, account: str, sid: str, now: datetime) -> None:
        word = Word(by=_BY, because=f"the password of {sid} was given, and it was looked through", at=now)
        for owner, message in media.with_files(connection, [(account, sid)]):
            if _waits_for(connection, owner, message, sid) and not _unscanned(connection, owner, message):
                overturning.let_out(connection, self._ledger, owner, message, word)


def _waits_for(connection: Connection, account: str, message: str, sid: str) -> bool:
    """Whether a message is held for a file."""
    if not queue.is_held(connection, account, message):
        return False
    held = decisions.last_hold(connection, account, message)
    finding = held.deciding if held is not None else None
    return finding is not None and sid in finding.evidence.get("files", ())


def _unscanned(connection: Connection, account: str, message: str) -> list[Row[tuple[object, ...]]]:
    """The files of a message that nobody could look through."""
    rows = connection.execute(media.files_of(account, message)).all()
    return [row for row in rows if files.medium(row).look.scan.state == "unscanned"]
