"""Access tokens: what a customer's server gives one of its people, so that a browser or a phone may come in to chat or
video without the customer's own credentials.

A token is the `AccessToken` of the SDKs: a JSON Web Token under HS256 (RFC 7519, RFC 7515), signed with the secret of
an API key.

    header  {"cty": "twilio-fpa;v=1", "typ": "JWT", "alg": "HS256"}
    claims  {"iss": "SK...", "sub": "AC...", "exp": 1790000000, "nbf": 1789996400,
             "grants": {"identity": "ada", "chat": {"service_sid": "IS..."}, "video": {"room": "standup"}}}

No secret of a key is kept: it is derived from the key's SID (`Keys.key_secret`), and only its hash is on record. A key
that was made before that has another secret, and its tokens can't be verified: it is replaced by a new key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeAlias

import msgspec

from masstransit.clock import Clock
from masstransit.model.communication import Knock
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import accounts
from masstransit.storage.accounts import Credential
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

LONGEST = 4096  #: characters of a token that is read
LONGEST_IDENTITY = 128  #: characters, as `model.address.ChatHandle`
MOST = timedelta(hours=24)  #: that a token may live, as SDK users know it
_SKEW = timedelta(seconds=60)  # by which the clock of who makes tokens may be off


class ChatGrant(msgspec.Struct, frozen=True):
    """It opens the conversations of a service."""

    service_sid: str = ""  #: IS...; "": the account's default service


class VideoGrant(msgspec.Struct, frozen=True):
    """It opens video rooms."""

    room: str = ""  #: by name or SID; "": any of the account's


class Grants(msgspec.Struct, frozen=True):
    """Whom a token is for, and what it opens. Grants of products that are not here are passed over."""

    identity: str = ""
    chat: ChatGrant | None = None
    video: VideoGrant | None = None


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token whose signature holds, and that is valid now."""

    account: str  #: AC...
    key: str  #: SK...: what it was signed with, the principal of whatever is done with it
    identity: str  #: 1-128 printable characters
    chat: ChatGrant | None
    video: VideoGrant | None
    expires_at: datetime


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """Who is not let in, and why, in the dialect's words."""

    code: int
    reason: str
    remedy: str = ""
    clause: str = ""  #: where the gate turned them away
    decision: str = ""
    retry_after: float | None = None  #: seconds; None: it is no use to come again with this token


Read: TypeAlias = AccessToken | Turned


class Admission(Protocol):
    """Who is asked about a knock at the door: the exchange."""

    async def admit(self, knock: Knock) -> Decision: ...


class _Head(msgspec.Struct, frozen=True):
    alg: str
    cty: str = ""


class _Claims(msgspec.Struct, frozen=True):
    iss: str = ""
    sub: str = ""
    exp: int = 0
    nbf: int | None = None
    grants: Grants = Grants()


_HEAD = msgspec.json.Decoder(_Head)
_CLAIMS = msgspec.json.Decoder(_Claims)
_UNREADABLE = Turned(code=20101, reason="the access token can't be read", remedy="make it with the SDK's AccessToken")
_BAD_HEAD = Turned(
    code=20102, reason="the header is not that of an access token", remedy="make it with the SDK's AccessToken"
)
_NO_ISSUER = Turned(
    code=20103,
    reason="no key of this account issued the access token",
    remedy="sign with an API key of the account that 'sub' names",
)
_OLD_KEY = Turned(
    code=20103,
    reason="this key was made before access tokens were taken here, so what it signs can't be verified",
    remedy="make a new key, sign with that, and delete this one",
)
_FORGED = Turned(
    code=20107,
    reason="the access token's signature is wrong",
    remedy="sign with the secret of the key that 'iss' names",
)
_EXPIRED = Turned(code=20104, reason="the access token is expired", remedy="ask your server for a new one")
_TOO_LONG = Turned(code=20157, reason="the access token lives for more than 24 hours", remedy="give it an hour")
_EARLY = Turned(code=20105, reason="the access token is not valid yet", remedy="set the clock of who makes tokens")
_NOBODY = Turned(
    code=20106,
    reason="the access token does not say whom it is for",
    remedy=f"give it an identity of 1-{LONGEST_IDENTITY} printable characters",
)
_CLOSED = Turned(
    code=20005, reason="the account is suspended or closed", remedy="its notices say why and how to appeal"
)


class AccessTokens:
    """Reads tokens, and lets in who comes with one."""

    def __init__(self, *, database: Database, keys: Keys, clock: Clock, admission: Admission) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._admission = admission

    async def admit(self, token: str, *, door: str, source: str) -> Read:
        """Who comes in by a token, once the gate has heard of it; `door` is "chat" or "video". Tokens that don't hold
        are heard too (clause 2). Raises `StorageUnavailable`."""
        read, account, key = await self._read(token)
        decision = await self._admission.admit(
            Knock(
                id=new_sid("KN"),
                account=account,
                at=self._clock.now(),
                door=door,
                principal=key[:64],
                source=source,
                proven=isinstance(read, AccessToken),
            )
        )
        if isinstance(read, Turned) or decision.verdict <= Verdict.FLAG:
            return read
        return _turned(decision, self._clock.now())

    async def read(self, token: str) -> Read:
        """What a token says, where it holds; else why it doesn't. Raises `StorageUnavailable`."""
        return (await self._read(token))[0]

    async def _read(self, token: str) -> tuple[Read, str, str]:
        """The same with the account and the key that it names, where they are known."""
        parts = token.split(".")
        if len(token) > LONGEST or len(parts) != 3:
            return _UNREADABLE, "", ""
        try:
            head, claims = _HEAD.decode(_bytes(parts[0])), _CLAIMS.decode(_bytes(parts[1]))
            signature = _bytes(parts[2])
        except (binascii.Error, msgspec.MsgspecError, UnicodeError, RecursionError):
            return _UNREADABLE, "", ""
        if head.alg != "HS256" or not head.cty.startswith("twilio-fpa"):
            return _BAD_HEAD, "", ""
        issuer = claims.iss if claims.iss.startswith("SK") else ""
        found = await self._database.read(lambda c: accounts.credential(c, issuer)) if issuer else None
        if found is None or found.account != claims.sub:
            return _NO_ISSUER, found.account if found else "", issuer
        secret = self._keys.key_secret(found.principal)
        if not any(self._keys.matches(secret, kept) for kept in found.secret_hashes):
            return _OLD_KEY, found.account, issuer
        signed = token.rpartition(".")[0].encode()
        if not hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256"), signature):
            return _FORGED, found.account, issuer
        return _valid(claims, found, self._clock.now()), found.account, issuer


def _valid(claims: _Claims, found: Credential, now: datetime) -> Read:
    """A token whose signature holds, if it is for somebody, and valid now."""
    try:
        ends = datetime.fromtimestamp(claims.exp, UTC)
        begins = now if claims.nbf is None else datetime.fromtimestamp(claims.nbf, UTC)
    except (OverflowError, ValueError, OSError):
        return _EXPIRED
    identity = claims.grants.identity
    if ends <= now:
        return _EXPIRED
    if begins > now + _SKEW:
        return _EARLY
    if ends - begins > MOST + _SKEW:
        return _TOO_LONG
    if not identity.strip() or len(identity) > LONGEST_IDENTITY or not identity.isprintable():
        return _NOBODY
    if found.status != "active":
        return _CLOSED
    return AccessToken(
        account=found.account,
        key=found.principal,
        identity=identity,
        chat=claims.grants.chat,
        video=claims.grants.video,
        expires_at=ends,
    )


def _turned(decision: Decision, now: datetime) -> Turned:
    """What the gate said to somebody whose token holds."""
    finding: Any = decision.deciding
    wait = None
    if decision.verdict is Verdict.DELAY:
        wait = max((decision.until - now).total_seconds(), 1.0) if decision.until else 1.0
    return Turned(
        code=20429 if wait is not None else finding.code or 20403,
        reason=finding.reason,
        remedy=finding.remedy,
        clause=finding.clause,
        decision=decision.id,
        retry_after=wait,
    )


def _bytes(text: str) -> bytes:
    """A part of a token. Raises `binascii.Error`, `UnicodeError`."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def made(keys: Keys, account: str, key: str, identity: str, until: datetime) -> str:
    """A token for chat as a customer's server makes one: for the demo, whose customer has no server."""
    head = {"cty": "twilio-fpa;v=1", "typ": "JWT", "alg": "HS256"}
    claims = {"iss": key, "sub": account, "exp": int(until.timestamp()), "grants": {"identity": identity, "chat": {}}}
    signed = b".".join(_text(msgspec.json.encode(part)) for part in (head, claims))
    signature = hmac.digest(keys.key_secret(key).encode(), signed, "sha256")
    return b".".join((signed, _text(signature))).decode()


def _text(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")
