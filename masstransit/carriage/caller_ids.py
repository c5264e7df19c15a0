"""Verified caller IDs (clause 18): a customer proves that it may show a number that it has not got from here.

There are two ways. Whoever has the number says so by a code; or its holder signed a letter of authorization (LOA), and
somebody at the desk looked at it. A call-centre calls for its client by the second, a doctor shows the clinic's number
by either.

What a code proves hangs on how it travels. In a call the customer is told the code and somebody types it at the phone
that rang (`code_calls`): the code may be known, because the phone is what proves. By text it is the other way round:
the customer must not know the code before it comes back from the text, so that it stands in no answer of ours.

Nobody is to be rung by others' asking. Calls are limited as texts are and closer, whoever asks; and who presses the
star is called and texted about this by nobody for half a year.

A proof is good for a year, then the number is proven anew; no authority sets that figure, it is a default. It ends
before that when the number changes hands (`storage.caller_ids`). It is for calls: texts go out from numbers of this
inventory only, because their answers, a STOP above all, have to come back here.
"""

from __future__ import annotations

import hmac
import logging
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import codes, notices
from masstransit.carriage.codes import GOOD_FOR, LIMITS, TRIES, Limits, Operator
from masstransit.carriage.overturning import Word
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import E164, e164
from masstransit.model.communication import Communication, Kind, Purpose, Voice
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import caller_ids, consents, numbers
from masstransit.storage import notices as told_notices
from masstransit.storage.caller_ids import CALL, CODE, DECLINED, LOA
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.caller_ids")

GOOD = timedelta(days=365)  #: how long a proof holds, default
RENEWABLE = timedelta(days=30)  #: how long before its end a number may be proven anew, default
CALL_TRIES = 3  #: codes that somebody can type in one call, default
LEFT_ALONE = timedelta(days=180)  #: how long who does not want their number to be shown is not asked again, default
_DAY = timedelta(days=1)
MOST_LETTERS = 50  #: of one account that wait for the desk at once, default
LONGEST_NAME = 64
LONGEST_HOLDER, LONGEST_REFERENCE = 128, 256
PROVEN, REFUSED, FAILED, UNSENT = "proven", "refused", "failed", "unsent"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXT = (
    "{brand}: {code} lets {customer} show this number when it calls. It is valid for 10 minutes. If you did not agree "
    "to that, tell nobody and ignore this message."
)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which number an account wants to show."""

    account: str
    number: E164
    name: str = ""  #: what the customer calls it; "": the number
    status_callback: str = ""  #: where it hears what became of it
    status_method: str = "POST"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of authorization, as the customer tells of it. The document itself stays where it is; its digest says
    which one was meant."""

    holder: str  #: whose number it is, who signed
    reference: str  #: where the document is, or what it is called
    signed_on: date
    digest: str  #: SHA-256 of the document, in hex


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a code proved."""

    found: Literal["proven", "wrong", "spent"]  #: spent: too old, used, or tried too often
    left: int = 0  #: tries
    row: Row[Any] | None = None  #: the caller ID, where it is proven


class Dialled(msgspec.Struct, frozen=True, kw_only=True):
    """How a number is to be called."""

    delay: int = 0  #: seconds until it is
    extension: str = ""  #: keys that are pressed once it is answered


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """A number is being called; whoever answers is to type this code."""

    claim: Row[Any]
    code: str


class Typing(msgspec.Struct, frozen=True, kw_only=True):
    """What a call says and does: `code_calls` leads it."""

    brand: str  #: the operator's
    customer: str  #: who wants to show the number
    dialled: Dialled
    proof: Proof


class Proof(Protocol):
    """What somebody at the phone does. Each raises `StorageUnavailable`."""

    async def typed(self, digits: str) -> Heard: ...

    async def declined(self) -> None:
        """They do not want their number to be shown."""
        ...

    async def over(self) -> None:
        """The call is over, and what was not proven by then is not."""
        ...


class CodeCalls(Protocol):
    """Who calls: `code_calls.CodeCalls`."""

    async def ring(self, call: Communication, typing: Typing) -> Decision:
        """Offer a call and, where the gate lets it out, begin it. Raises `StorageUnavailable`."""
        ...

    async def close(self) -> None:
        """Return when what came of every call is on record; they are over by now."""
        ...


class CallerIds:
    """Sends codes to numbers that customers want to show, and takes them back."""

    def __init__(
        self,
        *,
        exchange: codes.Door,
        database: Database,
        keys: Keys,
        clock: Clock,
        ledger: Ledger,
        operator: Operator | None,
        limits: Limits = LIMITS,
        calls: CodeCalls | None = None,
    ) -> None:
        """`calls`: None where nothing here calls people."""
        self._exchange = exchange
        self._database = database
        self._keys = keys
        self._clock = clock
        self._ledger = ledger
        self._operator = operator
        self._limits = limits
        self._calls = calls

    @property
    def can_call(self) -> bool:
        """Whether numbers can be called for the sake of a code."""
        return self._calls is not None and self._operator is not None and isinstance(self._operator.sender, E164)

    async def close(self) -> None:
        """Return when what came of every call is on record; they are over by now."""
        if self._calls is not None:
            await self._calls.close()

    # --- by call --------------------------------------------------------------------------------------------------

    async def call(self, wish: Wish, dialled: Dialled) -> Called:
        """Call a number, whose person types the code. Raises `BadInput`, `TooOften`, `StorageUnavailable`, and
        `Conflict` where it is proven already, does not want it, or can't be called."""
        operator, calls = self._operator, self._calls
        if operator is None or calls is None or not self.can_call:
            raise Conflict("No codes are brought by call here: ask for one by text (Channel=sms)")
        if wish.number.premium:
            raise BadInput("A number whose callers pay can't be shown.", field="PhoneNumber", code=21211)
        now, code = self._clock.now(), codes.fresh()
        call = _a_call(operator, wish, now)
        row = opened(self._keys, wish, CALL, now) | {"sent": call.id}
        row["hash"] = self._keys.mark("code", row["sid"], code)
        claim, brand, customer = await self._database.write(lambda c: self._open(c, wish, row))
        proof = _ByCall(self._database, self._keys, self._clock, self._ledger, claim)
        decision = await calls.ring(call, Typing(brand=brand, customer=customer, dialled=dialled, proof=proof))
        if decision.verdict > Verdict.FLAG:
            await self._unsent(claim, decision)
            raise Conflict("This number can't be called: send a letter of authorization instead")
        return Called(claim=claim, code=code)

    def _open(self, connection: Connection, wish: Wish, row: dict[str, Any]) -> tuple[Row[Any], str, str]:
        """A claim by a code, and the names of the operator and the customer. Raises `TooOften` and `Conflict`."""
        now, operator = row["filed_at"], self._operator
        _provable(connection, wish, now)
        if caller_ids.declined(connection, row["person"], now - LEFT_ALONE):
            raise Conflict("Whoever has this number does not want it to be shown: only their letter can prove it now")
        codes.bounded(caller_ids.asked(connection, row["person"], wish.account, now), self._limits, "account")
        if row["how"] == CALL and caller_ids.called(connection, row["person"], now - _DAY) >= self._limits.calls_day:
            raise codes.TooOften("so many calls were asked for to this number")
        caller_ids.replace(connection, wish.account, wish.number.text, now)
        claim = caller_ids.add(connection, row)
        said = {"claimed": wish.number.text, "how": claim.how}
        self._ledger.record(connection, wish.account, "caller-id", claim.sid, said, now)
        brand = codes.brand_of(connection, operator.account) if operator else ""
        customer = codes.brand_of(connection, wish.account)
        return claim, brand or "MassTransit", customer or "a customer of ours"

    async def _unsent(self, claim: Row[Any], decision: Decision) -> None:
        log.warning("a code for a caller ID was not sent: %s says %s", decision.id, decision.verdict.name)
        now = self._clock.now()
        await self._database.write(lambda c: caller_ids.decide(c, claim, UNSENT, now))

    # --- by text --------------------------------------------------------------------------------------------------

    async def ask(self, wish: Wish) -> Row[Any]:
        """Text a code to a number; the claim. Raises `BadInput`, `TooOften`, `StorageUnavailable`, and `Conflict` where
        it is proven already or no code can go there."""
        operator = self._operator
        if operator is None:
            raise Conflict("No codes are sent here: send a letter of authorization (POST /policy/v1/CallerIds)")
        if wish.number.line == "landline":
            raise BadInput("A text does not reach a landline: send a letter of authorization instead.",
                           field="PhoneNumber", code=21614)  # fmt: skip
        now, code = self._clock.now(), codes.fresh()
        row = opened(self._keys, wish, CODE, now)
        row["hash"] = self._keys.mark("code", row["sid"], code)

        claim, brand, customer = await self._database.write(lambda c: self._open(c, wish, row))
        await self._send(operator, claim, wish.number, _TEXT.format(brand=brand, code=code, customer=customer))
        return claim

    async def _send(self, operator: Operator, claim: Row[Any], number: E164, text: str) -> None:
        """The gate hears it like any other. Raises `Conflict` where it goes nowhere."""
        code = codes.Code(name=claim.sid, channel="caller-ids", recipient=number, text=text, asked_at=claim.filed_at)
        message = codes.texted(operator, code, self._clock.now())
        decision = (await self._exchange.offer(message)).decision
        if decision.verdict <= Verdict.FLAG:
            await self._database.write(lambda c: caller_ids.mark_sent(c, claim.account, claim.sid, message.id))
            return
        await self._unsent(claim, decision)
        raise Conflict("The code can't be texted to this number: send a letter of authorization instead")

    async def prove(self, account: str, number: E164, code: str) -> Heard:
        """A customer brings back what stood in the text. Raises `NotFound` where no code was asked for."""
        now, given = self._clock.now(), codes.typed(code)

        def attempt(connection: Connection) -> Heard:
            claim = caller_ids.last_code(connection, account, number.text)
            if claim is None:
                raise NotFound("No code was asked for this number")
            late = claim.filed_at <= now - GOOD_FOR or claim.sent is None
            if late or not caller_ids.try_code(connection, account, claim.sid, at_most=TRIES):
                return Heard(found="spent")
            if not hmac.compare_digest(claim.hash, self._keys.mark("code", claim.sid, given)):
                left = TRIES - claim.tries - 1
                if left <= 0:
                    ended(connection, self._ledger, claim, FAILED, now)
                return Heard(found="wrong", left=left)
            return Heard(found="proven", row=ended(connection, self._ledger, claim, PROVEN, now))

        return await self._database.write(attempt)


class _ByCall:
    """What somebody at the phone says of one claim. Implements `Proof`."""

    def __init__(self, database: Database, keys: Keys, clock: Clock, ledger: Ledger, claim: Row[Any]) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._ledger = ledger
        self._claim = claim

    async def typed(self, digits: str) -> Heard:
        now, claim = self._clock.now(), self._claim
        given = self._keys.mark("code", claim.sid, codes.typed(digits))

        def attempt(connection: Connection) -> Heard:
            if not caller_ids.try_code(connection, claim.account, claim.sid, at_most=CALL_TRIES):
                return Heard(found="spent")
            if hmac.compare_digest(claim.hash, given):
                return Heard(found="proven", row=ended(connection, self._ledger, claim, PROVEN, now))
            kept = caller_ids.claim(connection, claim.account, claim.sid)
            left = CALL_TRIES - kept.tries if kept is not None else 0
            if left <= 0:
                ended(connection, self._ledger, claim, FAILED, now)
            return Heard(found="wrong", left=left)

        return await self._database.write(attempt)

    async def declined(self) -> None:
        await self._end(DECLINED)

    async def over(self) -> None:
        await self._end(FAILED)

    async def _end(self, outcome: str) -> None:
        now, claim = self._clock.now(), self._claim

        def end(connection: Connection) -> None:
            kept = caller_ids.claim(connection, claim.account, claim.sid)
            if kept is not None and not kept.outcome:
                ended(connection, self._ledger, claim, outcome, now)

        await self._database.write(end)


def _a_call(operator: Operator, wish: Wish, now: datetime) -> Communication:
    """The call in which the code is typed: the gate hears it like any other, and it is the operator's."""
    return Communication(
        id=new_sid("CA"),
        account=operator.account,
        kind=Kind.CALL,
        channel="caller-ids",
        sender=operator.sender,
        recipient=wish.number,
        at=now,
        purpose=Purpose.OTP,
        principal=operator.account,
        voice=Voice.ARTIFICIAL,
    )


def wanted(number: str) -> E164:
    """A number that somebody wants to show. Raises `BadAddress` and `BadInput`."""
    read = e164(number)
    if not read.valid:
        raise BadInput("'PhoneNumber' is no number that its plan knows.", field="PhoneNumber", code=21211)
    return read


# --- claims ---------------------------------------------------------------------------------------------------------


def opened(keys: Keys, wish: Wish, how: str, now: datetime) -> dict[str, Any]:
    """A claim, with the columns of its table."""
    return {
        "account": wish.account,
        "sid": new_sid("CV"),
        "number": wish.number.text,
        "person": keys.person(wish.number.text),
        "friendly_name": wish.name or wish.number.text,
        "how": how,
        "filed_at": now,
        "status_callback": wish.status_callback,
        "status_method": wish.status_method,
    }


def _provable(connection: Connection, wish: Wish, now: datetime) -> None:
    """Raises `Conflict` for a number that needs no proof, or none yet."""
    family = {wish.account, consents.root_of(connection, wish.account)}
    if numbers.owners(connection, [wish.number.text]).get(wish.number.text) in family:
        raise Conflict("This number is one of yours: it needs no proof", code=21450)
    has = caller_ids.of_number(connection, wish.account, wish.number.text, now)
    if has is not None and has.expires_at > now + RENEWABLE:
        raise Conflict(f"This number is proven until {has.expires_at:%Y-%m-%d}", code=21450)


def ended(
    connection: Connection, ledger: Ledger, claim: Row[Any], outcome: str, now: datetime, *, word: Word | None = None
) -> Row[Any] | None:
    """What became of a claim, told where its customer wants to hear it; the caller ID where it is proven. Raises
    `Conflict` where somebody was faster."""
    by = "" if word is None else word.name
    because = "" if word is None else word.because[:512]
    if not caller_ids.decide(connection, claim, outcome, now, decided_by=by, because=because):
        raise Conflict(f"{claim.sid} is decided already: nothing is changed")
    row = caller_ids.put(connection, _proof(claim, now, by)) if outcome == PROVEN else None
    said = {"claim": claim.sid, "outcome": outcome, "how": claim.how, "number": claim.number}
    said |= {"by": by, "because": because} if by else {}
    said |= {"expires_at": row.expires_at} if row is not None else {}
    ledger.record(connection, claim.account, "caller-id", row.sid if row is not None else claim.sid, said, now)
    if claim.status_callback:
        told_notices.add(connection, [_notice(claim, outcome, row, now)])
    return row


def _proof(claim: Row[Any], now: datetime, by: str) -> dict[str, Any]:
    since = _midnight(claim.letter["signed_on"]) if claim.how == LOA else now
    return {
        "account": claim.account,
        "sid": new_sid("PN"),
        "number": claim.number,
        "person": claim.person,
        "friendly_name": claim.friendly_name,
        "how": claim.how,
        "proven_at": now,
        "expires_at": since + GOOD,
        "confirmed_by": by,
        "created_at": now,
        "updated_at": now,
    }


def _notice(claim: Row[Any], outcome: str, row: Row[Any] | None, now: datetime) -> dict[str, Any]:
    body = {
        "kind": "caller-id",
        "status": "success" if outcome == PROVEN else "failed",
        "sid": None if row is None else row.sid,
        "to": claim.number,
        "method": claim.status_method,
        "call": claim.sent if claim.how == CALL else None,
    }
    return notices.row(
        now,
        account=claim.account,
        id=new_sid("NT"),
        way="webhook",
        target=claim.status_callback,
        body=body,
        about=claim.sid,
    )


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def take_back(connection: Connection, ledger: Ledger, account: str, sid: str, now: datetime) -> None:
    """A customer shows a number no more. Raises `NotFound`."""
    if not caller_ids.remove(connection, account, sid):
        raise NotFound(f"The caller ID {sid[:34]} was not found")
    ledger.record(connection, account, "caller-id", sid, {"removed": sid}, now)


# --- letters ----------------------------------------------------------------------------------------------------------


def send_letter(  # noqa: PLR0917 - who writes it down, and what
    connection: Connection, ledger: Ledger, keys: Keys, wish: Wish, letter: Letter, now: datetime
) -> Row[Any]:
    """A customer tells of a letter, for the desk to look at; the claim. Raises `BadInput` and `Conflict`."""
    _readable(letter, now)
    _provable(connection, wish, now)
    waiting = caller_ids.open_letters(connection, wish.account)
    if any(row.number == wish.number.text for row in waiting):
        raise Conflict("A letter for this number waits for the desk already")
    if len(waiting) >= MOST_LETTERS:
        raise Conflict(f"{len(waiting)} letters of yours wait for the desk: send this one when some are decided")
    told = msgspec.to_builtins(letter)
    claim = caller_ids.add(connection, opened(keys, wish, LOA, now) | {"letter": told})
    said = {"claimed": wish.number.text, "how": LOA, **told}
    ledger.record(connection, wish.account, "caller-id", claim.sid, said, now)
    return claim


def _readable(letter: Letter, now: datetime) -> None:
    """Raises `BadInput` for a letter that can prove nothing."""
    if letter.signed_on > now.astimezone(UTC).date() + timedelta(days=1):  # it may be tomorrow there already
        raise BadInput("'SignedOn' is in the future.", field="SignedOn")
    if _midnight(letter.signed_on.isoformat()) + GOOD <= now:
        raise BadInput(f"A letter is good for {GOOD.days} days: have it signed anew.", field="SignedOn")
    if not _DIGEST.fullmatch(letter.digest):
        raise BadInput("'DocumentSha256' is the SHA-256 of the document: 64 hex digits.", field="DocumentSha256")


def confirm(connection: Connection, ledger: Ledger, sid: str, word: Word, *, digest: str = "") -> Row[Any]:
    """Somebody at the desk has looked at the letter and finds it good; the caller ID. `digest` is that of the document
    that they looked at, where they have it. Raises `NotFound`, `BadInput` and `Conflict`."""
    claim = _letter(connection, sid)
    if digest and digest.strip().lower() != claim.letter["digest"]:
        raise BadInput("this is not the document that the customer told of: its SHA-256 is another", field="digest")
    if _midnight(claim.letter["signed_on"]) + GOOD <= word.at:
        raise Conflict("the letter is too old by now: refuse it, so that its customer has it signed anew")
    row = ended(connection, ledger, claim, PROVEN, word.at, word=word)
    if row is None:
        raise AssertionError("what is proven has a caller ID")
    return row


def refuse(connection: Connection, ledger: Ledger, sid: str, word: Word) -> Row[Any]:
    """Somebody at the desk finds that a letter proves nothing, and says why; the claim. Raises `NotFound` and
    `Conflict`."""
    claim = _letter(connection, sid)
    ended(connection, ledger, claim, REFUSED, word.at, word=word)
    return claim


def _letter(connection: Connection, sid: str) -> Row[Any]:
    claim = caller_ids.letter(connection, sid)
    if claim is None:
        raise NotFound(f"there is no letter {sid[:40]}")
    return claim


def status(claim: Row[Any], now: datetime) -> str:
    """How a claim stands: "pending", "proven", "refused", "failed", "unsent", "replaced", "declined", or "expired"."""
    if claim.outcome:
        return str(claim.outcome)
    return "expired" if claim.how in (CODE, CALL) and claim.filed_at <= now - GOOD_FOR else "pending"
