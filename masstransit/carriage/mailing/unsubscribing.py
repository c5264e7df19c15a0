"""Who unsubscribes: by one click (RFC 8058), on the page that the link leads to, or by a mail to its address.

It is an opt-out in the store of STOP, in force when this returns: of advertising by whatever way, or of everything.
Nobody has to log in for it or to say who they are: the token stands for the one mail that they got.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Row

from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.carriage.mailing import tokens
from masstransit.carriage.optouts import OptOuts, Wish
from masstransit.clock import Clock
from masstransit.errors import NotFound
from masstransit.facts.revocation import IntentKind
from masstransit.model.outcome import OutcomeKind, became
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, communications
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for, as its reader may see it."""

    brand: str
    masked: str  #: the reader's own address


class Unsubscribes:
    """Takes them."""

    def __init__(
        self, *, database: Database, keys: Keys, clock: Clock, optouts: OptOuts, arrivals: CarrierArrivals
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._optouts = optouts
        self._arrivals = arrivals

    async def look(self, token: str) -> Subscription:
        """Whose mail a token is of. Raises `NotFound`, `StorageUnavailable`."""
        row = await self._mail(token)
        account = await self._database.read(lambda c: accounts.find(c, row.account))
        brand = (account.brand or account.friendly_name) if account is not None else ""
        return Subscription(brand=brand, masked=communications.read(row).recipient.masked)

    async def by_token(self, token: str, *, everything: bool = False, said: str = "unsubscribe") -> Subscription:
        """Do it. Raises `NotFound`, `StorageUnavailable`."""
        row = await self._mail(token)
        mail = communications.read(row)
        kind = IntentKind.STOP if everything else IntentKind.STOP_MARKETING
        wish = Wish(
            account=row.account,
            person=self._keys.person(mail.recipient.text),
            masked=mail.recipient.masked,
            kind=kind,
            via=mail.sender.text,
            said=said,
            channel="email",
        )
        await self._optouts.wish(wish)
        await self._arrivals.outcome(became(mail, OutcomeKind.OPT_OUT, self._clock.now(), named=new_sid("OU")))
        return await self.look(token)

    async def by_mail(self, address: str, *, said: str = "unsubscribe by mail") -> bool:
        """Somebody wrote to an address of ours to be unsubscribed. False: it is none. Raises `StorageUnavailable`."""
        found = tokens.read_address(self._keys, address)
        if found is None or found[0] != "unsubscribe":
            return False
        try:
            await self.by_token(tokens.token_of(self._keys, "unsubscribe", found[1]), said=said)
        except NotFound:
            return False
        return True

    async def _mail(self, token: str) -> Row[tuple[object, ...]]:
        """Raises `NotFound`."""
        sid = tokens.sid_of(self._keys, "unsubscribe", token)
        row = await self._database.read(lambda c: communications.locate(c, sid)) if sid is not None else None
        if row is None:
            raise NotFound("This link is not one of ours, or the mail is too long ago")
        return row
