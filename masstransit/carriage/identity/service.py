"""`Identity`: what channels ask when a call goes out or comes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from masstransit.carriage.identity import certificates
from masstransit.carriage.identity.certificates import KnownCertificates
from masstransit.carriage.identity.signing import Signed, Signer, signer
from masstransit.carriage.identity.verifying import Verifier
from masstransit.clock import Clock
from masstransit.facts.calls.callers import CallerRight
from masstransit.model.address import Address
from masstransit.model.caller import Verification
from masstransit.model.decision import Decision


class Identity:
    """Signs calls that go out, and verifies those that come in.

    A call that comes in over a carrier: `verify` first, put the result on its `Communication` (`verification`), offer
    it. A call that goes out: offer it, and when it may be carried, `sign` it by the right that the decision rests on:

        told = identity.verify(identity_headers, caller, called)
        signed = identity.sign(caller, called, right_in(decision))
        if signed.header: ...add "Identity: {signed.header}" beside those that it came with, which go on unchanged

    Each takes some tenths of a millisecond, and neither ever raises for what is on the wire.
    """

    def __init__(self, clock: Clock, own: Signer | None, verifier: Verifier) -> None:
        self._clock = clock
        self._own = own
        self._verifier = verifier

    def sign(self, orig: Address, dest: Address, right: CallerRight) -> Signed:
        """What a call that may be carried is given on its way out."""
        if self._own is None:
            return Signed(because="no key to sign with is set")
        return self._own.sign(orig, dest, right, self._clock.now())

    def verify(
        self,
        values: Sequence[str],
        orig: Address,
        dest: Address,
        now: datetime | None = None,
        *,
        date: datetime | None = None,
    ) -> Verification:
        """What came of the values of a call's Identity headers, one each. `orig` is the number that the call asserts
        (P-Asserted-Identity, or else From), `dest` the one that it is for (Request-URI, or else To); `now` is when it
        came in, `date` what its Date header says."""
        return self._verifier.verify(values, orig, dest, now or self._clock.now(), date)


def of_files(
    clock: Clock,
    *,
    key: str,
    certificate: str,
    x5u: str,
    spc: str,
    trust_anchors: str,
    known_certificates: str,
    fresh_for: int,
) -> Identity:
    """By the settings of `[identity]`. Raises `ConfigError` for a file that can't be used."""
    anchors = certificates.anchors_in(Path(trust_anchors)) if trust_anchors else ()
    folder = Path(known_certificates) if known_certificates else None
    own = signer(key=Path(key), certificate=Path(certificate), address=x5u, code=spc) if key else None
    return Identity(clock, own, Verifier(KnownCertificates(folder, anchors), fresh_for=fresh_for))


def right_in(decision: Decision) -> CallerRight:
    """The right that a decision about a call rests on. Where it could not be learned, none: nothing is signed then."""
    told: Any = decision.facts.get(CallerRight.__name__)
    if isinstance(told, CallerRight):
        return told
    if not isinstance(told, dict) or "unknown" in told:
        return CallerRight()
    return msgspec.convert(told, CallerRight)
