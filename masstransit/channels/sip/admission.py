"""Who is at the door: logins by digest, exchanges by their address, and the registrar (RFC 3261 sections 10, 22).

A request that brings no answer to a challenge is challenged. Each REGISTER, and each INVITE whose answer is wrong, is a
`Knock` for the gate, so that stuffing is seen. Who is not known and whose password is wrong are not told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import Row

from masstransit.carriage.batch import Batch
from masstransit.channels.sip import digest, message
from masstransit.channels.sip.digest import Challenges
from masstransit.channels.sip.message import Header, Unreadable
from masstransit.channels.sip.places import Limits
from masstransit.channels.sip.talk import Answer, Question, Register
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.model.communication import Knock
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import sip_logins
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.sip_logins import Secret

_SHORTEST, _USUAL, _LONGEST = 60, 600, 3600  # seconds that a registration lasts; defaults
_MOST_CONTACTS = 5  # of a login
_LONGEST_CONTACT = 255
_NOBODY = Secret(md5="0" * 32, sha256="0" * 64)  # of no password: who is not known takes as long as who is


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request is from."""

    account: str
    login: str
    number: str | None = None  #: what it calls from, where it names none
    end_user: str | None = None
    limits: Limits


class Admits(Protocol):
    """The gate at ADMISSION."""

    async def admit(self, knock: Knock) -> Decision: ...


class _Proof(msgspec.Struct, frozen=True):
    """What came of an answer to a challenge."""

    row: Row[Any] | None
    login: str
    right: bool


class Admission:
    """Lets customers in. All raise `StorageUnavailable` where nothing can be known."""

    def __init__(
        self,
        *,
        exchange: Admits,
        database: Database,
        keys: Keys,
        clock: Clock,
        challenges: Challenges,
        limits: Limits,
    ) -> None:
        self._exchange = exchange
        self._database = database
        self._sources: Batch[str, Row[Any] | None] = Batch(self._of_sources)  # those that call together: one query
        self._keys = keys
        self._clock = clock
        self._challenges = challenges
        self._limits = limits

    async def who(self, asked: Question) -> Caller | Answer:
        """Who a request is from, or what is answered instead."""
        told = {each.name: each.value for each in asked.headers}
        given = told.get("authorization") or told.get("proxy-authorization") or ""
        registers = isinstance(asked, Register)
        if not given and not registers:
            trusted = await self._sources.add(asked.source)
            if trusted is not None:
                return self._let_in(trusted, asked.n)
        proof = await self._proof(given, asked)
        if isinstance(proof, Answer):
            return proof
        if registers or not proof.right:
            decision = await self._exchange.admit(self._knock(proof, asked))
            if decision.verdict is Verdict.REFUSE:
                return _forbidden(asked.n)
        if not proof.right or proof.row is None:
            return _forbidden(asked.n)
        return self._let_in(proof.row, asked.n)

    async def _of_sources(self, batch: Sequence[str]) -> list[Row[Any] | Exception | None]:
        found = await self._database.read(lambda connection: sip_logins.of_sources(connection, set(batch)))
        return [found.get(source) for source in batch]

    async def register(self, asked: Register) -> Answer:
        """Register somebody's contacts, or take them back."""
        caller = await self.who(asked)
        if isinstance(caller, Answer):
            return caller
        told = {each.name: each.value for each in asked.headers}
        _, to = message.address(told.get("to", ""))
        if message.uri(to).user.lower() != caller.login.lower():
            return _forbidden(asked.n)
        now = self._clock.now()
        usual = told.get("expires", str(_USUAL))
        wanted = [each.value for each in asked.headers if each.name == "contact"]
        if "*" in wanted:
            if len(wanted) > 1 or usual != "0":
                return Answer(n=asked.n, status=400, phrase="Contact * Needs Expires 0")
            await self._database.write(lambda c: sip_logins.unregister(c, caller.account, caller.login, None, now))
            return Answer(n=asked.n, status=200, phrase="OK")
        try:
            contacts = [_contact(value, usual, asked, now) for value in wanted]
        except (BadInput, Unreadable):
            return Answer(n=asked.n, status=400, phrase="Bad Contact")
        if any(0 < seconds < _SHORTEST for seconds, _ in contacts):
            brief = (Header("min-expires", str(_SHORTEST)),)
            return Answer(n=asked.n, status=423, phrase="Interval Too Brief", headers=brief)
        return await self._keep(asked.n, caller, contacts, now)

    async def _keep(
        self, n: int, caller: Caller, contacts: Sequence[tuple[int, dict[str, Any]]], now: datetime
    ) -> Answer:
        put = [row for seconds, row in contacts if seconds]
        taken = [row["contact"] for seconds, row in contacts if not seconds]
        account, login = caller.account, caller.login

        def keep(connection: Any) -> Sequence[Row[Any]]:
            sip_logins.unregister(connection, account, login, taken, now)
            there = sip_logins.contacts(connection, account, login, now)
            if len({row.contact for row in there} | {row["contact"] for row in put}) <= _MOST_CONTACTS:
                sip_logins.register(connection, account, login, put)
                return sip_logins.contacts(connection, account, login, now)
            return ()

        known = await self._database.write(keep)
        if put and not known:
            return Answer(n=n, status=403, phrase=f"At Most {_MOST_CONTACTS} Contacts")
        headers = tuple(
            Header("contact", f"<{row.contact}>;expires={round((row.expires_at - now).total_seconds())}")
            for row in known
        )
        return Answer(n=n, status=200, phrase="OK", headers=headers)

    async def limits(self, login: str) -> Limits:
        """What an account may by one of its logins; what it may where that says nothing, or is none."""
        row = await self._database.read(lambda c: sip_logins.find(c, login)) if login else None
        return self._limits_of(row) if row is not None else self._limits

    async def account_at(self, source: str) -> str:
        """The account that an IP address belongs to, as far as that is known; "" where it is not."""
        row = await self._database.read(lambda c: sip_logins.near(c, source, self._clock.now()))
        return row or ""

    # --- the proof ------------------------------------------------------------------------------------------------

    async def _proof(self, value: str, asked: Question) -> _Proof | Answer:
        now = self._clock.now()
        try:
            given = digest.read(value) if value else None
        except BadInput:
            return Answer(n=asked.n, status=400, phrase="Bad Authorization")
        if given is None:
            return self._challenge(asked, now)
        row = await self._database.read(lambda c: sip_logins.find(c, given.username))
        usable = row is not None and row.enabled and row.realm == given.realm
        kept = sip_logins.secret_of(self._keys, row) if usable and row is not None else _NOBODY
        method = "REGISTER" if isinstance(asked, Register) else "INVITE"
        right = digest.holds(given, kept, method) and digest.about(given, asked.uri) and usable
        if right and not self._challenges.opens(given, now):
            return self._challenge(asked, now, stale=True)
        if right:
            self._challenges.use(given)
        return _Proof(row, given.username, right)

    def _challenge(self, asked: Question, now: datetime, *, stale: bool = False) -> Answer:
        if isinstance(asked, Register):
            headers = self._challenges.headers("www-authenticate", now, stale=stale)
            return Answer(n=asked.n, status=401, phrase="Unauthorized", headers=headers)
        headers = self._challenges.headers("proxy-authenticate", now, stale=stale)
        return Answer(n=asked.n, status=407, phrase="Proxy Authentication Required", headers=headers)

    def _knock(self, proof: _Proof, asked: Question) -> Knock:
        return Knock(
            id=new_sid("KN"),
            account=proof.row.account if proof.row is not None else "",
            at=self._clock.now(),
            door="sip",
            principal=proof.login[:64],
            source=asked.source,
            wants="login" if isinstance(asked, Register) else "call",
            proven=proof.right,
        )

    def _let_in(self, row: Row[Any], n: int) -> Caller | Answer:
        if row.account_status == "closed":
            return _forbidden(n)
        return Caller(
            account=row.account,
            login=row.login,
            number=row.number,
            end_user=row.end_user,
            limits=self._limits_of(row),
        )

    def _limits_of(self, row: Row[Any]) -> Limits:
        return Limits(at_once=row.at_once or self._limits.at_once, a_second=row.a_second or self._limits.a_second)


def _forbidden(n: int) -> Answer:
    return Answer(n=n, status=403, phrase="Forbidden")


def _contact(value: str, usual: str, asked: Register, now: datetime) -> tuple[int, dict[str, Any]]:
    """A contact and how many seconds it is there for. It is reached at the address that it registered from: at the port
    that it names where it names that address, or else at the one its request came from, for it is behind NAT."""
    _, uri = message.address(value)
    if not uri or len(uri) > _LONGEST_CONTACT:
        raise BadInput("a contact that can't be read")
    seconds = min(int(message.parameter(value, "expires") or usual), _LONGEST)
    found = message.uri(uri)
    port = found.port if found.host_only == asked.source else asked.port
    row = {
        "contact": uri,
        "host": asked.source,
        "port": port,
        "user": found.user[:128],
        "registered_at": now,
        "expires_at": now + timedelta(seconds=seconds),
    }
    return seconds, row
