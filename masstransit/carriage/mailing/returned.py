"""What comes back of mail, and what follows: addresses that are not there get no more of a brand's mail.

The list is the brand's own: what one customer learned of an address is not told to another. It is honoured at once, by
rule 7.11.4 at the next offer, and its customer can take an address off that works again.
"""

from __future__ import annotations

import logging
from typing import Literal

from sqlalchemy import Connection

from masstransit.carriage.channel import Arrivals, DeliveryReport
from masstransit.clock import Clock
from masstransit.facts.consent import Roots
from masstransit.ledger import Ledger
from masstransit.model.communication import Communication
from masstransit.storage import communications, mail_suppressions
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.mail")
_UNDELIVERABLE = 30005  # the SDKs' "unknown destination"
Why = Literal["bounce", "complaint", "told"]


class Returned:
    """Follows what comes back."""

    def __init__(self, *, database: Database, keys: Keys, roots: Roots, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._roots = roots
        self._ledger = ledger
        self._clock = clock
        self._arrivals: Arrivals | None = None

    def connect(self, arrivals: Arrivals) -> None:
        """Who hears that a mail did not arrive."""
        self._arrivals = arrivals

    async def dead(self, communication: Communication, said: str) -> None:
        """A server says that there is no such mailbox. Raises `StorageUnavailable`."""
        await self.suppress(communication, "bounce", said)

    async def suppress(self, communication: Communication, why: Why, said: str) -> None:
        """No more mail goes to whom a communication went to, of its brand. Raises `StorageUnavailable`."""
        now, recipient = self._clock.now(), communication.recipient

        def keep(connection: Connection) -> None:
            self._roots.learn(connection, {communication.account})
            row = {
                "account": self._roots.of(communication.account),
                "person": self._keys.person(recipient.text),
                "masked": recipient.masked,
                "why": why,
                "said": said,
                "about": communication.id,
                "since": now,
            }
            mail_suppressions.suppress(connection, self._ledger, row, now)

        await self._database.write(keep)
        log.info("%s takes no mail (%s)", recipient.masked, why)

    async def bounced(self, sid: str, *, permanent: bool, dead: bool, said: str) -> bool:
        """A mail came back to our return path. `dead`: its mailbox is not there. False: nobody here sent it. Raises
        `StorageUnavailable`."""
        row = await self._database.read(lambda c: communications.locate(c, sid))
        if row is None:
            return False
        if not permanent:
            return True  # the other server goes on trying
        communication = communications.read(row)
        if dead:
            await self.suppress(communication, "bounce", said)
        if self._arrivals is not None and row.trunk:
            await self._arrivals.report(
                DeliveryReport(
                    trunk=row.trunk,
                    carrier_id=sid,
                    state="failed",
                    error=_UNDELIVERABLE,
                    carrier_code=said[:200],
                    at=self._clock.now(),
                )
            )
        return True
