"""What the passing of time does to cases, and how it is said aloud: material is restored on its day, a notice that
nobody answered becomes a strike, a legal hold ends, and what is overdue is warned of until somebody does it."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases import infringement
from masstransit.carriage.cases.docket import Act
from masstransit.carriage.overturning import Word
from masstransit.clock import Clock
from masstransit.errors import Conflict
from masstransit.ledger import Ledger
from masstransit.storage import cases

log = logging.getLogger("masstransit.cases")
_HOUSE = "masstransit"  # who does what time does
_AT_ONCE = 200


class Watch:
    """Looks after the cases; what was done stays done, whoever did it."""

    def __init__(self, ledger: Ledger, clock: Clock, *, calendar: BusinessDays, strikes: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._calendar = calendar
        self._strikes = strikes

    def look(self, connection: Connection) -> int:
        """Do what is due by time alone, and warn of what is overdue; how many cases ended."""
        now = self._clock.now()
        word = Word(by=_HOUSE, because="its time has come", at=now)
        act = Act(connection=connection, ledger=self._ledger, word=word, calendar=self._calendar)
        settled, last = 0, ""
        while rows := cases.open_of(connection, ["copyright"], after=last, at_most=_AT_ONCE):
            settled += sum(self._settled(act, row) for row in rows)
            last = rows[-1].sid
        cases.release_holds(connection, now)
        late = cases.overdue(connection, now)
        if late:
            told = ", ".join(f"{number:,} of {kind}" for kind, number in late)
            log.warning("cases are overdue: %s; masstransit cases list shows them", told)
        return settled

    def _settled(self, act: Act, case: Row[Any]) -> bool:
        """Whether a case ended by time; one in which somebody else was faster is left to them."""
        try:
            return bool(infringement.settle(act, case, strikes=self._strikes))
        except Conflict as faster:
            log.info("%s", faster)
            return False
