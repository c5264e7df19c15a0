"""What came of the Identity headers of a call (RFC 8224 section 6.2, RFC 8588, RFC 8946).

    status  phrase                    here it means
    ------  ------------------------  -------------------------------------------------------------------------
    403     Stale Date                it was signed too long ago, or by a clock that is ahead
    428     Use Identity Header       there is no token of a kind that is verified here
    436     Bad Identity Info         the certificate's address is none that we know
    437     Unsupported Credential    the certificate leads to nobody whom we trust, or does not speak for the number
    438     Invalid Identity Header   it can't be read, its signature is false, or it is about other numbers

They are values. Nothing that a header can say raises anything, and whether a call is turned away for it is for
clause 18.

A call that was sent on has its first token, which names the number that was called, and one for each time that it was
sent on (`div`), which name where it went from there. The last one leads to the number that is called now, and is fresh;
those before it may be older by as long as a phone rings.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from masstransit.carriage.identity import header, passport
from masstransit.carriage.identity.certificates import Chain, KnownCertificates
from masstransit.carriage.identity.passport import Claims, End, Ends, Head, Passport
from masstransit.errors import BadInput
from masstransit.model.address import Address
from masstransit.model.caller import Attestation, Verification, Verstat

FRESH_FOR = 60  #: seconds between a token's `iat` and now (ATIS-1000074 section 5.3.1; RFC 8224 leaves it to policy)
RINGS_FOR = 180  #: seconds until a call is sent on: Timer C, RFC 3261 section 16.6
_MOST_HEADERS = 10
_KINDS = ("", "shaken", "div")  # others (rph, rcd ...) say other things, and are for others to read
_OFFICIAL = {"A": Attestation.FULL, "B": Attestation.PARTIAL, "C": Attestation.GATEWAY}


class _Good(msgspec.Struct, frozen=True):
    """A token whose signature and certificate hold."""

    passport: Passport
    chain: Chain


class _Bad(msgspec.Struct, frozen=True):
    """What is wrong with a header."""

    status: int
    reason: str
    signer: str = ""
    certificate: str = ""


class Verifier:
    """Verifies, by the certificates that we know."""

    def __init__(self, known: KnownCertificates, *, fresh_for: int = FRESH_FOR, rings_for: int = RINGS_FOR) -> None:
        self._known = known
        self._fresh_for = fresh_for
        self._rings_for = rings_for

    def verify(
        self, values: Sequence[str], orig: Address, dest: Address, now: datetime, date: datetime | None = None
    ) -> Verification:
        """What came of a call's Identity headers. `date` is its Date header, which a compact token is signed with."""
        if not self._known.trusting:
            return Verification(reason="no trust anchors are set, so that nothing is verified here")
        if len(values) > _MOST_HEADERS:
            return _failed(_Bad(438, f"a call has {_MOST_HEADERS} Identity headers at most"))
        call = _Call(orig.text, dest.text, now, date)
        judged = [self._judged(value, call) for value in dict.fromkeys(value.strip() for value in values)]
        told = [each for each in judged if each is not None]
        if not told:
            return Verification(status=428, reason="the call has no Identity header that is verified here")
        good = [each for each in told if isinstance(each, _Good)]
        for first in (each for each in good if each.passport.head.ppt != "div"):
            outcome = self._whole(first, [each for each in good if each.passport.head.ppt == "div"], call)
            if isinstance(outcome, Verification):
                return outcome
            told.append(outcome)
        wrong = [each for each in told if isinstance(each, _Bad)]
        return _failed(wrong[0] if wrong else _Bad(438, "the call was sent on, and nobody says who called"))

    def _judged(self, value: str, call: _Call) -> _Good | _Bad | None:
        """One header by itself; None for one of a kind that is not verified here."""
        try:
            read = header.read(value)
            if read.ppt not in _KINDS:
                return None
            token = _token(read, call)
        except BadInput as wrong:
            return _Bad(438, str(wrong))
        if fault := _malformed(token, read):
            return _Bad(438, fault, certificate=read.info)
        if read.alg != "ES256" or token.head.alg != "ES256":
            return _Bad(437, "it is not signed by ES256", certificate=read.info)
        return self._credited(token, call)

    def _credited(self, token: Passport, call: _Call) -> _Good | _Bad:
        """Whether the certificate is good for a token, and the signature the certificate's."""
        address = token.head.x5u
        try:
            chain = self._known.of(address)
        except BadInput as wrong:
            return _Bad(437, str(wrong), certificate=address)
        if chain is None:
            return _Bad(436, _unknown(address), certificate=address)
        about = {"signer": chain.signer, "certificate": address}
        if not chain.valid_from <= call.now <= chain.valid_until:
            return _Bad(437, "its certificate is not valid at this time", **about)
        if not passport.is_signed_by(token, chain.key):
            return _Bad(438, "its signature is not that of the certificate", **about)
        speaks_for = token.claims.div or token.claims.orig
        if not chain.authority.covers(passport.canonical(speaks_for.tn)):  # "": an address, which no TNAuthList names
            return _Bad(437, "its certificate does not speak for this number", **about)
        return _Good(token, chain)

    # --- the numbers and the time ---------------------------------------------------------------------------------

    def _whole(self, first: _Good, diversions: Sequence[_Good], call: _Call) -> Verification | _Bad:
        """Whether a token, with those of the diversions, leads from the caller to the called end of this very call."""
        if not call.is_from(first.passport.claims.orig):
            return _bad(first, 438, "it is signed for another caller's number")
        path = [first]
        while not call.is_to(path[-1].passport.claims.dest):
            following = next((one for one in diversions if one not in path and _follows(path[-1], one, call)), None)
            if following is None:
                return _bad(first, 438, "it is signed for another called number")
            path.append(following)
        return self._stale(path, call) or _passed(path)

    def _stale(self, path: Sequence[_Good], call: _Call) -> _Bad | None:
        """What is wrong with the times along the way."""
        instants = [one.passport.claims.iat for one in path]
        if abs(call.now.timestamp() - instants[-1]) > self._fresh_for:
            return _bad(path[-1], 403, f"it was not signed within {self._fresh_for} seconds of now")
        for earlier, later in itertools.pairwise(instants):
            if not -self._fresh_for <= later - earlier <= self._rings_for:
                return _bad(path[0], 403, "it was signed longer ago than a call rings before it is sent on")
        return None


class _Call(msgspec.Struct, frozen=True):
    """The call as the wire has it."""

    orig: str
    dest: str
    now: datetime
    date: datetime | None

    def is_from(self, end: End) -> bool:
        return _same(self.orig, end)

    def is_to(self, ends: Ends) -> bool:
        return any(_same(self.dest, end) for end in _each(ends))


def _token(read: header.IdentityHeader, call: _Call) -> Passport:
    """The token of a header, in whichever form it came. Raises `BadInput`."""
    if not passport.is_compact(read.token):
        return passport.read(read.token)
    if read.ppt or call.date is None:
        raise BadInput("a token in compact form needs a Date header, and can't be of SHAKEN or a diversion")
    head = Head(alg=read.alg, typ="passport", x5u=read.info)
    claims = Claims(iat=int(call.date.timestamp()), orig=passport.end(call.orig), dest=passport.ends([call.dest]))
    return passport.rebuilt(read.token, head, claims)


def _malformed(token: Passport, read: header.IdentityHeader) -> str:
    """What makes a token none of those that RFC 8225, 8588 and 8946 describe; "" where it is one."""
    head, claims = token.head, token.claims
    if head.typ != "passport" or head.x5u != read.info or head.ppt != read.ppt:
        return "its token and its parameters say different things"
    if not _is_one(claims.orig) or not (claims.dest.tn or claims.dest.uri):
        return "it does not say who calls whom"
    if head.ppt == "shaken" and (claims.attest not in _OFFICIAL or not claims.origid):
        return "it lacks what SHAKEN asks for: A, B or C, and the mark of where the call began"
    if (claims.div is not None) != (head.ppt == "div") or (claims.div is not None and not _is_one(claims.div)):
        return "it does not say who sent the call on"
    return ""


def _is_one(end: End) -> bool:
    return bool(end.tn) != bool(end.uri)


def _follows(earlier: _Good, later: _Good, call: _Call) -> bool:
    """Whether one token says that the call of another was sent on."""
    div = later.passport.claims.div
    return (
        div is not None
        and call.is_from(later.passport.claims.orig)
        and any(_same(div.tn or div.uri, end) for end in _each(earlier.passport.claims.dest))
    )


def _each(ends: Ends) -> Iterator[End]:
    yield from (End(tn=number) for number in ends.tn)
    yield from (End(uri=uri) for uri in ends.uri)


def _same(address: str, end: End) -> bool:
    """Whether an end of a token is this address, both in canonical form."""
    if end.tn:
        digits = passport.canonical(end.tn)
        return bool(digits) and digits == passport.canonical(address)
    return bool(end.uri) and end.uri.casefold() == address.casefold()


def _unknown(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        scheme = ""
    return (
        "its certificate is not among those that we know" if scheme == "https" else "its certificate is at no https URL"
    )


def _bad(token: _Good, status: int, reason: str) -> _Bad:
    return _Bad(status, reason, signer=token.chain.signer, certificate=token.passport.head.x5u)


def _failed(wrong: _Bad) -> Verification:
    """436 is of a certificate that could not be had: nothing was validated, and nothing found false."""
    return Verification(
        verstat=Verstat.NONE if wrong.status == 436 else Verstat.FAILED,
        status=wrong.status,
        reason=wrong.reason,
        signer=wrong.signer,
        certificate=wrong.certificate,
    )


def _passed(path: Sequence[_Good]) -> Verification:
    first = path[0].passport
    diverted = [one.passport.claims.div for one in path[1:]]
    return Verification(
        verstat=Verstat.PASSED,
        reason="the signature holds, and is about this call",
        attestation=_OFFICIAL.get(first.claims.attest),
        origin=first.claims.origid[:64],
        signer=path[0].chain.signer,
        certificate=first.head.x5u,
        diverted_by=tuple(f"+{passport.canonical(each.tn)}" if each.tn else each.uri for each in diverted if each),
    )
