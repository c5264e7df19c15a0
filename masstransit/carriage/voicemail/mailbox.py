"""A mailbox: what it can be told, and its PIN.

Who opens a mailbox by PIN is guessed at, so that a number's last digits, one digit over and over, and a run of digits
are no PINs; each try counts as wrong until it is known to be right, and five wrong ones in a row lock the mailbox to
PINs for a quarter of an hour. The number's own phone is not locked out.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from masstransit.carriage.voicemail.phrases import LANGUAGES
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.storage import mailboxes
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

#: Seconds at the number's own phones. Below fifteen a ring is no ring (47 CFR 64.1200(a)(6)).
RINGS, LEAST_RINGS, MOST_RINGS = 20, 15, 60
LONGEST, LEAST_LONGEST, MOST_LONGEST = 180, 10, 600  # seconds of a message
KEEP_DAYS, MOST_KEEP_DAYS = 30, 365  # that a message is kept; default
LONGEST_NAME = 64
WRONG_PINS = 5  # in a row; default
LOCKED_FOR = timedelta(minutes=15)  # default
_PIN = re.compile(r"[0-9]{4,10}")
_RUN = "01234567890" * 2


def check_pin(pin: str, number: str) -> None:
    """Raises `BadInput` for what is no PIN, or one that is guessed first."""
    if not _PIN.fullmatch(pin):
        raise BadInput("A PIN has four to ten digits.", field="Pin")
    if len(set(pin)) == 1 or pin in _RUN or pin in _RUN[::-1] or number.endswith(pin):
        raise BadInput("This PIN is among the first that are guessed: choose digits without a pattern.", field="Pin")


def check_language(language: str) -> None:
    """Raises `BadInput`."""
    if language not in LANGUAGES:
        raise BadInput(f"'Language' is one of {', '.join(LANGUAGES)}.", field="Language")


class Lock:
    """Compares PINs."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    async def hashed(self, pin: str) -> str:
        return await asyncio.to_thread(self._keys.password_hash, pin)

    async def opens(self, box: Row[Any], pin: str) -> bool | None:
        """Whether a PIN opens a mailbox. None: it is locked, now or by this try."""
        account, sid, now = box.account, box.sid, self._clock.now()
        if not await self._database.write(lambda c: mailboxes.begin_try(c, account, sid, now)):
            return None
        kept = box.pin_hash or ""
        if kept and await asyncio.to_thread(self._keys.password_matches, pin, kept):
            await self._database.write(lambda c: mailboxes.opened(c, account, sid))
            return True
        until = now + LOCKED_FOR
        locked = await self._database.write(lambda c: mailboxes.lock(c, account, sid, WRONG_PINS, until))
        return None if locked else False
