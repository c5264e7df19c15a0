"""The token that says who calls whom (PASSporT, RFC 8225): a JSON Web Signature over ES256.

    BASE64URL(header) . BASE64URL(claims) . BASE64URL(signature)

The header names the certificate (`x5u`) and what kind of token it is (`ppt`: "shaken" of RFC 8588, "div" of RFC 8946,
none at all of RFC 8225). The claims are the two numbers, the second it was signed in, and what the kind adds. In the
compact form only the signature travels, `..SIGNATURE`: who verifies it builds the rest out of the call.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from masstransit.errors import BadInput

_ES256 = ec.ECDSA(hashes.SHA256())
_HALF = 32  # bytes of r and of s, RFC 7518 section 3.4
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_SEPARATORS = str.maketrans("", "", " ()-./\u00a0")
_DIGITS = re.compile(r"[0-9*#]{1,32}")  # RFC 8224 section 8.3 leaves star and hash in
MAXIMUM = 8192  #: characters of a token that is read


class Ends(msgspec.Struct, frozen=True, omit_defaults=True):
    """The called ends: numbers and URIs."""

    tn: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()


class End(msgspec.Struct, frozen=True, omit_defaults=True):
    """The calling end, or the one that diverted: a number or a URI."""

    tn: str = ""
    uri: str = ""


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The header of a token (RFC 8225 section 4)."""

    alg: str
    typ: str
    x5u: str
    ppt: str = ""  #: "" | "shaken" | "div" | another extension


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a token claims (RFC 8225 section 5)."""

    iat: int  #: when it was signed, seconds since 1970
    orig: End
    dest: Ends
    attest: str = ""  #: shaken: "A", "B" or "C"
    origid: str = ""  #: shaken: a UUID, the signer's mark of where the call began
    div: End | None = None  #: div: who sent the call on


class Passport(msgspec.Struct, frozen=True):
    """A token as it was read. Its signature is not verified by having been read."""

    head: Head
    claims: Claims
    signed: bytes  #: header and claims as they were signed
    signature: bytes


_HEAD = msgspec.json.Decoder(Head)
_CLAIMS = msgspec.json.Decoder(Claims)


def canonical(number: str) -> str:
    """A telephone number as tokens have it: digits without plus and separators (RFC 8224 section 8.3). "" for what is
    none."""
    digits = number.translate(_SEPARATORS).removeprefix("+")
    return digits if _DIGITS.fullmatch(digits) else ""


def sign(key: ec.EllipticCurvePrivateKey, head: Head, claims: Claims) -> str:
    """A token in full form."""
    signed = _signed(head, claims)
    r, s = decode_dss_signature(key.sign(signed, _ES256))
    return f"{signed.decode()}.{_encoded(r.to_bytes(_HALF, 'big') + s.to_bytes(_HALF, 'big'))}"


def compact(token: str) -> str:
    """The compact form of a token (RFC 8225 section 7)."""
    return f"..{token.rpartition('.')[2]}"


def is_compact(token: str) -> bool:
    return token.startswith("..")


def read(token: str) -> Passport:
    """Read a token in full form. Raises `BadInput`."""
    parts = token.split(".")
    if len(token) > MAXIMUM or len(parts) != 3:
        raise BadInput("the token has not three parts of a few thousand characters")
    head, claims, signature = map(_decoded, parts)
    try:
        made = Passport(_HEAD.decode(head), _CLAIMS.decode(claims), token.rpartition(".")[0].encode(), signature)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as wrong:
        raise BadInput("the token is not JSON with the claims of RFC 8225") from wrong
    return made


def rebuilt(token: str, head: Head, claims: Claims) -> Passport:
    """Read a token in compact form, as what it would be for a call with this header and these claims. Raises
    `BadInput`."""
    if len(token) > MAXIMUM or not is_compact(token):
        raise BadInput("the token is not in compact form")
    return Passport(head, claims, _signed(head, claims), _decoded(token[2:]))


def is_signed_by(passport: Passport, key: ec.EllipticCurvePublicKey) -> bool:
    """Whether its signature is that of a key."""
    if len(passport.signature) != 2 * _HALF:
        return False
    r, s = (int.from_bytes(half, "big") for half in (passport.signature[:_HALF], passport.signature[_HALF:]))
    try:
        key.verify(encode_dss_signature(r, s), passport.signed, _ES256)
    except InvalidSignature:
        return False
    return True


def ends(addresses: Sequence[str]) -> Ends:
    """The called ends of a token, in the order of RFC 8225 section 9."""
    numbers = {digits for each in addresses if (digits := canonical(each))}
    uris = {each for each in addresses if not canonical(each)}
    return Ends(tn=tuple(sorted(numbers)), uri=tuple(sorted(uris)))


def end(address: str) -> End:
    """The calling end of a token."""
    digits = canonical(address)
    return End(tn=digits) if digits else End(uri=address)


def _signed(head: Head, claims: Claims) -> bytes:
    return f"{_json(head)}.{_json(claims)}".encode()


def _json(value: Any) -> str:
    """As RFC 8225 section 9 has it: keys in lexical order, no white space."""
    return _encoded(msgspec.json.encode(value, order="sorted"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise BadInput("a part of the token is not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
