"""Who is at the door: Basic authentication as the SDKs do it, and the gate's word about the knock.

Three credentials: an account's SID with its token, an API key's SID with its secret, and those of a parent account
acting on its subaccounts. What was found in the database is trusted for a second, so that a stream of messages costs
one query a second; the secret itself is compared for every request.
"""

from __future__ import annotations

import base64
import binascii
import logging

from masstransit.api.dialect import Caller, Problem, is_sid
from masstransit.api.house import Admission, House
from masstransit.clock import Clock
from masstransit.errors import NotFound
from masstransit.model.communication import Knock
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import accounts
from masstransit.storage.accounts import Credential
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.api")

_FRESH_FOR = (
    1.0  # seconds that a credential's record is trusted: how long a token changed by another process may still open
)
_LOGINS = frozenset({"login", "accept"})
_REMEMBERED = 10_000  # credentials and knocks at most; then all are forgotten


class Auth:
    """Lets callers in, or raises the `Problem` that they are answered with."""

    def __init__(self, house: House) -> None:
        self._database: Database = house.database
        self._keys: Keys = house.keys
        self._clock: Clock = house.clock
        self._admission: Admission = house.exchange
        self._known: dict[str, tuple[float, Credential | None]] = {}
        self._admitted: dict[tuple[str, str, str, str], float] = {}

    async def admit(
        self, authorization: bytes | None, target: str | None, source: str, *, changes: bool, wants: str = "login"
    ) -> Caller:
        """The caller of a request. `target` is the account that its path names, None where it names none; `wants` is
        "accept" for the agreement, which is open before anything else is.

        Raises `Problem`, `NotFound`, `StorageUnavailable`.
        """
        principal, secret = _read_basic(authorization)
        found = await self._credential(principal)
        kept = found.secret_hashes if found else ()
        proven = any(self._keys.matches(secret, each) for each in kept or ("-",))  # who is unknown takes as long
        if not proven or found is None:
            named = found.account if found else ""
            await self._knock(named, principal, source, "login", proven=False)
            raise Problem(401, 20003, "Authenticate")
        acted_on = await self._target(found, target, source)
        if "closed" in {found.status, acted_on.status} and (changes or found.status == "closed"):
            raise Problem(403, 20005, "The account is closed")
        if found.status == "suspended" and changes:
            raise Problem(403, 20005, "The account is suspended: it can be read, but nothing can be sent or changed")
        await self._knock(found.account, principal, source, wants, proven=True)
        return Caller(
            principal=principal,
            account=found.account,
            target=acted_on.account,
            test=found.test or acted_on.test,
            source=source,
        )

    async def _target(self, found: Credential, target: str | None, source: str) -> Credential:
        """The account that is acted on: the caller's own, or one of its subaccounts."""
        if target is None or target == found.account:
            return found
        if is_sid(target, "AC"):
            other = await self._credential(target)
            if other is not None and other.parent == found.account:
                return other
        await self._knock(found.account, found.principal, source, "fetch-missing", proven=False, about=target)
        raise NotFound(f"The requested account {target[:34]} was not found")

    async def _credential(self, principal: str) -> Credential | None:
        now = self._clock.now().timestamp()
        kept = self._known.get(principal)
        if kept is not None and kept[0] > now >= kept[0] - _FRESH_FOR:
            return kept[1]
        if not is_sid(principal, "AC", "SK"):
            return None
        found = await self._database.read(lambda connection: accounts.credential(connection, principal))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[principal] = (now + _FRESH_FOR, found)
        return found

    def forget(self) -> None:
        """An account or key was changed by this process: look again."""
        self._known.clear()

    async def looks_up(self, caller: Caller, about: str) -> None:
        """A number is looked up. Raises `Problem` for one who harvests."""
        await self._knock(caller.account, caller.principal, caller.source, "lookup", proven=True, about=about)

    async def missed(self, caller: Caller, about: str) -> None:
        """An id was asked for that is not there, or not the caller's. Raises `Problem` for one who walks along ids."""
        await self._knock(caller.account, caller.principal, caller.source, "fetch-missing", proven=False, about=about)

    async def overreached(self, caller: Caller, about: str) -> None:
        """Something was tried that the credential does not reach. Raises `Problem`."""
        await self._knock(caller.account, caller.principal, caller.source, "create", proven=False, about=about)

    async def _knock(
        self, account: str, principal: str, source: str, wants: str, *, proven: bool, about: str = ""
    ) -> None:
        """Ask the gate. A favourable word to a proven caller is good for a second; each failed login is heard."""
        now = self._clock.now()
        remembered = (account, principal, source, wants)
        login = proven and wants in _LOGINS
        if login:
            until = self._admitted.get(remembered, 0.0)
            if until > now.timestamp() >= until - _FRESH_FOR:
                return
        decision = await self._admission.admit(
            Knock(
                id=new_sid("KN"),
                account=account,
                at=now,
                door="rest",
                principal=principal[:64],
                source=source,
                wants=wants,
                proven=proven,
                about=about[:128],
            )
        )
        if decision.verdict <= Verdict.FLAG:
            if login:
                if len(self._admitted) >= _REMEMBERED:
                    self._admitted.clear()
                self._admitted[remembered] = now.timestamp() + _FRESH_FOR
            return
        finding = decision.deciding
        details = {
            "clause": finding.clause if finding else "",
            "reason": finding.reason if finding else "",
            "remedy": finding.remedy if finding else "",
            "decision": decision.id,
        }
        if decision.verdict is Verdict.DELAY:
            wait = max((decision.until - now).total_seconds(), 1.0) if decision.until else 1.0
            raise Problem(429, 20429, "Too many requests", details=details, retry_after=wait)
        guessing = wants == "login" and not proven
        raise Problem(
            401 if guessing else 403,
            20003 if guessing else finding.code if finding and finding.code else 20403,
            finding.reason if finding else "Refused",
            details=details,
        )


def _read_basic(authorization: bytes | None) -> tuple[str, str]:
    """User and password of a Basic header (RFC 7617). Raises `Problem`."""
    if authorization is None or authorization[:6].lower() != b"basic ":
        raise Problem(401, 20003, "Authenticate")
    try:
        read = base64.b64decode(authorization[6:].strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as wrong:
        raise Problem(401, 20003, "Authenticate") from wrong
    user, colon, password = read.partition(":")
    if not colon:
        raise Problem(401, 20003, "Authenticate")
    return user, password
