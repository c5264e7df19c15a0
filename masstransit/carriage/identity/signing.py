"""Signs calls of ours: our own key, certificate and decision how far we vouch for the number (RFC 8588, FCC 24-120)."""

from __future__ import annotations

import stat
import uuid
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from masstransit.carriage.identity import certificates, header, passport
from masstransit.carriage.identity.header import IdentityHeader
from masstransit.carriage.identity.passport import Claims, Head
from masstransit.errors import BadInput, ConfigError
from masstransit.facts.calls.callers import CallerRight
from masstransit.model.address import Address
from masstransit.model.caller import Attestation


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a call is given on its way out, and what the record says of it."""

    header: str = ""  #: the value of the Identity header to add; "": none is added
    attestation: Attestation | None = None  #: None: nothing is signed, or only that the call was sent on
    because: str  #: why this attestation, or why nothing is signed
    origin: str = ""  #: `origid`: the same for all calls of an account, so that a traceback finds it


class Signer:
    """Our key, and the certificate that goes with it."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, address: str, origins: uuid.UUID
    ) -> None:
        """`address` is where others find the certificate (x5u); `origins` is what accounts' marks are derived from."""
        self._key = key
        self._certificate = certificate
        self._address = address
        self._origins = origins

    def sign(self, orig: Address, dest: Address, right: CallerRight, now: datetime) -> Signed:
        """What a call from one end to the other is given."""
        if not passport.canonical(orig.text):
            return Signed(because="the caller has no number that could be signed")
        if not self._certificate.not_valid_before_utc <= now <= self._certificate.not_valid_after_utc:
            return Signed(because="our certificate is not valid at this time")
        if right.signed and right.grounds == "transit":
            return Signed(because="its identity was signed where the call began, and goes on as it is")
        if right.signed and right.grounds == "diverted":
            return self._diverted(orig, dest, right, now)
        return self._shaken(orig, dest, right, now)

    def _shaken(self, orig: Address, dest: Address, right: CallerRight, now: datetime) -> Signed:
        if right.attestation is None:
            return Signed(because="nothing is known of the caller's right to the number")
        origin = str(uuid.uuid5(self._origins, right.account))
        claims = Claims(
            iat=int(now.timestamp()),
            orig=passport.end(orig.text),
            dest=passport.ends([dest.text]),
            attest=right.attestation.value,
            origid=origin,
        )
        return Signed(
            header=self._header("shaken", claims), attestation=right.attestation, because=right.because, origin=origin
        )

    def _diverted(self, orig: Address, dest: Address, right: CallerRight, now: datetime) -> Signed:
        """RFC 8946: beside the first provider's word, which goes on as it is, ours that we sent the call on."""
        claims = Claims(
            iat=int(now.timestamp()),
            orig=passport.end(orig.text),
            dest=passport.ends([dest.text]),
            div=passport.end(right.diverted_by),
        )
        return Signed(header=self._header("div", claims), because=right.because)

    def _header(self, kind: str, claims: Claims) -> str:
        head = Head(alg="ES256", typ="passport", x5u=self._address, ppt=kind)
        return header.written(
            IdentityHeader(token=passport.sign(self._key, head, claims), info=self._address, ppt=kind)
        )


def signer(*, key: Path, certificate: Path, address: str, code: str) -> Signer:
    """Our signer out of files. Raises `ConfigError` for a key that others can read, and for a certificate that is not
    the key's or has not our service provider code."""
    private = _key(key)
    try:
        chain = certificates.in_file(certificate)
        authority = certificates.authority_of(chain[0])
    except BadInput as wrong:
        raise ConfigError(f"[identity] certificate = '{certificate}': {wrong}") from wrong
    if chain[0].public_key() != private.public_key():
        raise ConfigError(f"[identity] certificate = '{certificate}': it belongs to another key than '{key}'")
    if code not in authority.codes:
        theirs = ", ".join(authority.codes) or "numbers, not for a code"
        raise ConfigError(f"[identity] spc = '{code}': the certificate is for {theirs}")
    return Signer(private, chain[0], address, uuid.uuid5(uuid.NAMESPACE_URL, f"{address}#{code}"))


def _key(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ConfigError(f"[identity] key = '{file}': others than its owner can read it; run: chmod 600 '{file}'")
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as failed:
        raise ConfigError(f"[identity] key = '{file}': {failed.strerror}") from failed
    except (ValueError, TypeError, UnsupportedAlgorithm) as broken:
        raise ConfigError(f"[identity] key = '{file}': it is no private key in PEM without a password") from broken
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError(f"[identity] key = '{file}': ES256 needs a key of the curve P-256")
    return key
