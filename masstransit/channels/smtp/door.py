"""Who may hand in mail, and what is made of it: the submission server's side of the house."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.exchange import Exchange, Offered
from masstransit.carriage.mailing.outbox import Handed, Outbox
from masstransit.carriage.notices import BY_MAIL, Notices, wanted
from masstransit.carriage.notices import row as notice
from masstransit.clock import Clock
from masstransit.model.address import EmailAddress
from masstransit.model.communication import Communication, Knock
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import accounts
from masstransit.storage.accounts import Credential
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """Who logged in."""

    account: str
    principal: str


class TurnedAway(msgspec.Struct, frozen=True, kw_only=True):
    """Who did not, in SMTP's words (RFC 4954 section 6)."""

    answer: str


_WRONG = TurnedAway(answer="535 5.7.8 Log in with the account's SID and auth token, or an API key and its secret")
_LATER = TurnedAway(answer="454 4.7.0 Too many log-ins; try again in a minute")


class Door:
    """What the server asks."""

    def __init__(
        self, *, exchange: Exchange, outbox: Outbox, notices: Notices, database: Database, keys: Keys, clock: Clock
    ) -> None:
        self._exchange = exchange
        self._outbox = outbox
        self._notices = notices
        self._database = database
        self._keys = keys
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    async def log_in(self, user: str, password: str, source: str) -> Admitted | TurnedAway:
        """Check a credential, then ask the gate; wrong ones are heard too (clause 2). Raises `StorageUnavailable`."""
        found = await self._credential(user)
        kept = found.secret_hashes if found is not None else ()
        proven = any(self._keys.matches(password, each) for each in kept or ("-",))  # who is unknown takes as long
        knock = Knock(
            id=new_sid("KN"),
            account=found.account if found is not None else "",
            at=self._clock.now(),
            door="smtp",
            principal=user[:64],
            source=source,
            proven=proven,
        )
        decision = await self._exchange.admit(knock)
        if not proven or found is None:
            return _WRONG
        return _admitted(found, decision)

    async def _credential(self, user: str) -> Credential | None:
        if len(user) != 34 or not user.startswith(("AC", "SK")):
            return None
        return await self._database.read(lambda c: accounts.credential(c, user))

    async def foretell(self, who: Admitted, sender: EmailAddress, recipient: EmailAddress) -> Decision:
        """What would be decided of the mildest mail to somebody. Raises `StorageUnavailable`."""
        return (await self._outbox.foretell(who.account, who.principal, sender, recipient)).decision

    async def take(self, handed: Handed) -> list[Offered]:
        """Take a letter in. Raises `BadInput`, `StorageUnavailable`."""
        return await self._outbox.take(handed)

    async def tell_refused(self, refused: list[Communication]) -> None:
        """The sender of a letter of which some went out is told by mail of those that did not. Raises
        `StorageUnavailable`."""
        now = self._clock.now()
        told = [
            notice(
                now, account=c.account, id=new_sid("NT"), way=BY_MAIL, target="",
                body={"kind": BY_MAIL, "status": "failed"}, about=c.id,
            )
            for c in refused
            if wanted(c, "failed")
        ]  # fmt: skip

        def keep(connection: Connection) -> None:
            self._notices.add(connection, told)

        await self._database.write(keep)
        self._notices.nudge()


def _admitted(found: Credential, decision: Decision) -> Admitted | TurnedAway:
    if decision.verdict is Verdict.DELAY:
        return _LATER
    if decision.verdict > Verdict.FLAG:
        finding = decision.deciding
        return TurnedAway(answer=f"535 5.7.1 {finding.reason if finding else 'Refused'}")
    if found.status != "active":
        return TurnedAway(answer=f"535 5.7.1 The account is {found.status}: it hands in no mail")
    if found.test:
        return TurnedAway(answer="535 5.7.1 Test credentials hand in no mail; use the account's own")
    return Admitted(account=found.account, principal=found.principal)
