"""Facts about who calls: the right to a number that is shown, how far we vouch for it, and the name that goes with it.

Changing the number that is shown is nothing wrong in itself: a doctor shows the clinic's, a call centre its client's,
a call that is sent on keeps the caller's. What counts is the right to it, and that it is on record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeGuard

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.facts.identity import BrandShapes
from masstransit.facts.imitation import well_known_as
from masstransit.facts.standing import StepBook, Steps
from masstransit.model.address import E164, Address, ShortCode
from masstransit.model.caller import Attestation, Verification
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.subject import Subject
from masstransit.storage import caller_ids, senders
from masstransit.storage.engine import Database

_EXCHANGE = 8  # characters of +1, area code and exchange: +1415555
_UNUSED = frozenset(("available", "aging"))  # states of numbers of ours that nobody has


class CallerRight(Fact, frozen=True, kw_only=True):
    """What the records say about the account's right to show this number, and how far we vouch for it."""

    account: str = ""  #: who calls
    shown: bool = True  #: the caller shows a number at all; False: it is a SIP address, called within the house
    on_record: bool = False  #: it is in the inventory, whoever has it
    owned: bool = False  #: by this account or its owner
    state: str = ""  #: of a number in the inventory: in-use, aging, hosted-pending ...
    voice: bool = False  #: of a number in the inventory: it takes calls
    grounds: str = ""  #: owned | code | call | loa | diverted | transit; "": none is on record
    neighbour: bool = False  #: it begins like the called person's: same area code and exchange
    diverted_by: str = ""  #: the number of the account that sends the call on
    signed: bool = False  #: it came with another provider's word, which was verified
    attestation: Attestation | None = None
    because: str = ""  #: why this attestation
    lowered_by: str = ""  #: the step for which we vouch less far than the grounds would have it


class Verified(Fact, frozen=True, kw_only=True):
    """What came of the Identity headers of a call that came over a carrier."""

    verification: Verification | None = None
    neighbour: bool = False  #: the number begins like the called person's: same area code and exchange

    @property
    def speaks(self) -> bool:
        return self.verification is not None and not self.verification.passed


class UnusedNumber(Fact, frozen=True, kw_only=True):
    """Whether a call shows a number of ours that nobody has."""

    state: str = ""  #: "available", "aging"; "": it is not such a number


class CallerName(Fact, frozen=True, kw_only=True):
    """The name that a call would show."""

    name: str = ""
    resembles_other: str = ""  #: the brand that it looks like, which is not the customer's


class Held(msgspec.Struct, frozen=True, gc=False):
    """What is on record between an account and a number."""

    state: str | None = None  #: None: it is not in the inventory
    owned: bool = False
    voice: bool = False
    grounds: str = ""


_NO_RIGHT = CallerRight()
_NOT_A_CALL = Verified()
_USED = UnusedNumber()
_NO_NAME = CallerName()
_NOTHING = Held()


class CallerRights(Kept[tuple[str, str], Held]):
    """Learns `CallerRight`, out of the inventory, of what accounts have proven, and of the steps that stand.

    Who is throttled, blocked or suspended by a step of one of the clauses `lowered_by` is vouched for less far.
    """

    def __init__(
        self, database: Database, clock: Clock, roots: Roots, steps: StepBook, lowered_by: Collection[str]
    ) -> None:
        super().__init__(database, clock)
        self._roots = roots
        self._steps = steps
        self._lowered_by = frozenset(lowered_by)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[CallerRight]:
        calls = [s for s in batch if _is_call(s) and s.direction is Direction.OUTBOUND]
        if not calls:
            return [_NO_RIGHT] * len(batch)
        found = await self.of((call.account, a.text) for call in calls for a in _numbers(call.sender, call.diverted_by))
        standing = await self._steps.learn(calls)
        rights = iter([self._lowered(_right(call, found), steps) for call, steps in zip(calls, standing, strict=True)])
        return [next(rights) if _is_call(s) and s.direction is Direction.OUTBOUND else _NO_RIGHT for s in batch]

    def _lowered(self, right: CallerRight, steps: Steps) -> CallerRight:
        """A right as far as we vouch for it while such a step stands: as if less were known than is."""
        step = next((each for each in steps.standing if each.clause in self._lowered_by), None)
        if step is None or right.attestation is None:
            return right
        told = f"{right.because}; but it is vouched for less far while a step of clause {step.clause} stands"
        less = _LESS[right.attestation]
        return msgspec.structs.replace(right, attestation=less, because=told, lowered_by=step.step)

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], Held]:
        numbers = {number for _, number in keys}
        owners = self._roots.owners(connection, {account for account, _ in keys})
        inventory = {row.number: row for row in senders.numbers_of(connection, numbers)}
        asked = {(owner, number) for account, number in keys for owner in owners[account]}
        proven = caller_ids.proven(connection, asked, now)
        return {
            (account, number): _held(
                inventory.get(number),
                owners[account],
                next((proven[owner, number] for owner in owners[account] if (owner, number) in proven), ""),
            )
            for account, number in keys
        }


def _held(row: Row[Any] | None, owners: Collection[str], proven: str) -> Held:
    if row is None:
        return Held(grounds=proven)
    owned = row.account in owners
    grounds = "owned" if owned and row.state == "in-use" else proven
    return Held(state=row.state, owned=owned, voice=row.voice, grounds=grounds)


def _right(call: Communication, found: Mapping[tuple[str, str], Held]) -> CallerRight:
    held = found.get((call.account, call.sender.text), _NOTHING)
    diverting = "" if call.diverted_by is None else call.diverted_by.text
    grounds = held.grounds
    if not grounds and found.get((call.account, diverting), _NOTHING).grounds:
        grounds = "diverted"
    elif not grounds and call.verification is not None:
        grounds = "transit"
    attestation, because = attested(grounds)
    return CallerRight(
        account=call.account,
        shown=isinstance(call.sender, E164 | ShortCode) or isinstance(call.recipient, E164 | ShortCode),
        on_record=held.state is not None,
        owned=held.owned,
        state=held.state or "",
        voice=held.voice,
        grounds=grounds,
        neighbour=neighbours(call.sender, call.recipient),
        diverted_by=diverting if grounds == "diverted" else "",
        signed=call.verification is not None and call.verification.passed,
        attestation=attestation,
        because=because,
    )


def attested(grounds: str) -> tuple[Attestation, str]:
    """How far we vouch for a number, by the grounds on which it is shown, and why (rulebook 18.3, RFC 8588 section 4).

    A only where the right to the very number is proven: that a customer says that a number is its own proves nothing.
    """
    return _ATTESTED.get(grounds, _ATTESTED[""])


_ATTESTED: Mapping[str, tuple[Attestation, str]] = {
    "owned": (Attestation.FULL, "the customer has this number from us"),
    "code": (Attestation.FULL, "the customer brought back a code that went to this number"),
    "call": (Attestation.FULL, "whoever has this number typed the customer's code in a call to it"),
    "loa": (Attestation.FULL, "the holder of this number allowed the customer to show it"),
    "diverted": (Attestation.GATEWAY, "the customer sends on a call of somebody else"),
    "transit": (Attestation.GATEWAY, "the call entered by us, and its caller is no customer of ours"),
    "": (Attestation.PARTIAL, "we know the customer, and no right of it to this number"),
}


_LESS: Mapping[Attestation, Attestation] = {
    Attestation.FULL: Attestation.PARTIAL,
    Attestation.PARTIAL: Attestation.GATEWAY,
    Attestation.GATEWAY: Attestation.GATEWAY,
}


def neighbours(one: Address, other: Address) -> bool:
    """Whether two numbers of North America have the same area code and exchange: so near that people pick up."""
    if not isinstance(one, E164) or not isinstance(other, E164) or one.text == other.text:
        return False
    return one.text.startswith("+1") and one.text[:_EXCHANGE] == other.text[:_EXCHANGE]


class Verifications:
    """Learns `Verified`, out of what the edge found when the call came in."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Verified]:
        return [
            Verified(verification=s.verification, neighbour=neighbours(s.sender, s.recipient))
            if _is_call(s) and s.verification is not None
            else _NOT_A_CALL
            for s in batch
        ]


class UnusedNumbers(Kept[str, str]):
    """Learns `UnusedNumber`."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[UnusedNumber]:
        states = await self.of(s.sender.text for s in batch if _is_call(s) and isinstance(s.sender, E164))
        if not any(states.values()):
            return [_USED] * len(batch)
        return [_unused(states.get(s.sender.text, "")) if _is_call(s) else _USED for s in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, str]:
        states = {row.number: row.state for row in senders.numbers_of(connection, keys)}
        return {number: state if (state := states.get(number, "")) in _UNUSED else "" for number in keys}


def _unused(state: str) -> UnusedNumber:
    return UnusedNumber(state=state) if state else _USED


class CallerNames:
    """Learns `CallerName`: the name as it was given, and whose brand it looks like."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._brands = BrandShapes(database, clock)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[CallerName]:
        if any(_is_call(s) and s.caller_name for s in batch):
            await self._brands.know()
        return [self._name(s) if _is_call(s) and s.caller_name else _NO_NAME for s in batch]

    def _name(self, call: Communication) -> CallerName:
        known = well_known_as(call.caller_name)
        others = self._brands.of_others(call.caller_name, call.account)
        return CallerName(
            name=call.caller_name,
            resembles_other=known.name if known is not None else call.caller_name if others else "",
        )


def _numbers(*addresses: Address | None) -> list[Address]:
    return [each for each in addresses if isinstance(each, E164 | ShortCode)]


def _is_call(subject: Subject) -> TypeGuard[Communication]:
    return isinstance(subject, Communication) and subject.kind.among(Kind.DIALLED)
