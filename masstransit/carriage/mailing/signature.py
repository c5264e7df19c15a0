"""DKIM signatures (RFC 6376, RFC 8463): a domain's word that a mail is as it let it go.

Both forms are canonicalized "relaxed", which survives what servers do to spaces and to the length of lines. A mail gets
one signature by RSA, which all receivers know, and one by Ed25519, which is shorter and which few know yet. The hash of
the body is made once for both.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from masstransit.errors import ConfigError

Algorithm: TypeAlias = Literal["rsa", "ed25519"]
ALGORITHMS: tuple[Algorithm, ...] = ("rsa", "ed25519")
_BITS = 2048  # RFC 8301 section 3.2: no less than 1024, better 2048

#: Fields that are signed where they are there. The first ones are signed once more than they occur, so that none can be
#: added (RFC 6376 section 8.15).
_OVERSIGNED = (b"from", b"reply-to", b"subject", b"to", b"cc", b"date", b"message-id")
_SIGNED = (
    *_OVERSIGNED, b"sender", b"in-reply-to", b"references", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACE = re.compile(rb"[ \t]+")
_WIDTH = 72


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a domain."""

    selector: str
    algorithm: Algorithm
    private: RSAPrivateKey | Ed25519PrivateKey


def make(algorithm: Algorithm) -> tuple[bytes, str]:
    """A new key: its private half (PKCS #8, DER), and its public one as the DNS record has it (RFC 6376 section 3.6.1,
    RFC 8463 section 4)."""
    private = Ed25519PrivateKey.generate() if algorithm == "ed25519" else generate_private_key(65_537, _BITS)
    sealed = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key()
    raw = (
        public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        if algorithm == "ed25519"
        else public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return sealed, base64.b64encode(raw).decode()


def opened(selector: str, algorithm: str, private: bytes) -> SigningKey:
    """A key as it was kept. Raises `ConfigError` for one that is none."""
    key = serialization.load_der_private_key(private, None)
    if isinstance(key, RSAPrivateKey):
        return SigningKey(selector=selector, algorithm="rsa", private=key)
    if isinstance(key, Ed25519PrivateKey):
        return SigningKey(selector=selector, algorithm="ed25519", private=key)
    raise ConfigError(f"the key {selector} is neither RSA nor Ed25519 ({algorithm})")


def record_of(algorithm: str, public: str) -> str:
    """The TXT record of a key."""
    return f"v=DKIM1; k={algorithm}; p={public}"


def signatures(source: bytes, domain: str, keys: Sequence[SigningKey], at: datetime) -> bytes:
    """The fields that stand before a letter, whose lines end in CRLF: a signature a key."""
    head, _, body = source.partition(b"\r\n\r\n")
    names, chosen = _chosen(_fields(head))
    hashed = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest())
    same = [
        b"t=%d" % int(at.timestamp()), b"d=" + domain.encode("idna"), b"h=" + b":".join(names), b"bh=" + hashed, b"b=",
    ]  # fmt: skip
    said = b"".join(_relaxed(name, value) + b"\r\n" for name, value in chosen)
    return b"".join(_signature(said, same, key) for key in keys)


def _signature(said: bytes, same: Sequence[bytes], key: SigningKey) -> bytes:
    """One over the fields as they are `said`; `same` are the tags that do not hang on the key."""
    own = [b"v=1", b"a=" + key.algorithm.encode() + b"-sha256", b"c=relaxed/relaxed", b"s=" + key.selector.encode()]
    unsigned = b"DKIM-Signature: " + _folded(b"; ".join([*own, *same]))
    said += _relaxed(b"dkim-signature", unsigned.partition(b":")[2])
    made = base64.b64encode(_sign(key, said))
    pieces = [made[i : i + _WIDTH] for i in range(0, len(made), _WIDTH)]
    return unsigned + b"\r\n ".join(pieces) + b"\r\n"


def _sign(key: SigningKey, said: bytes) -> bytes:
    if isinstance(key.private, Ed25519PrivateKey):
        return key.private.sign(hashlib.sha256(said).digest())  # RFC 8463 section 3: the hash is what is signed
    return key.private.sign(said, padding.PKCS1v15(), hashes.SHA256())


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a head, names in lower case, in their order."""
    found = []
    for line in _FOLD.sub(b"\r\n ", head).replace(b"\r\n ", b"\0").split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.append((name.strip().lower(), value.replace(b"\0", b" ")))
    return found


def _chosen(fields: Sequence[tuple[bytes, bytes]]) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    """The names for `h=`, and the fields that they stand for: of several of one name, the last one first (RFC 6376
    section 5.4.2)."""
    names: list[bytes] = []
    chosen: list[tuple[bytes, bytes]] = []
    for name in _SIGNED:
        own = [each for each in reversed(fields) if each[0] == name]
        names += [name] * (len(own) + (name in _OVERSIGNED))
        chosen += own
    return names, chosen


def _relaxed(name: bytes, value: bytes) -> bytes:
    """A field in its relaxed form (RFC 6376 section 3.4.2)."""
    flat = _SPACE.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name + b":" + flat


def _relaxed_body(body: bytes) -> bytes:
    """A body in its relaxed form (RFC 6376 section 3.4.4)."""
    flat = _SPACE.sub(b" ", body) if b"  " in body or b"\t" in body else body
    flat = flat.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    flat = flat.rstrip(b"\r\n")
    return flat + b"\r\n" if flat else b""


def _folded(text: bytes) -> bytes:
    """A field's value in lines that every server takes: broken at spaces and between the names of `h=`."""
    lines, line = [], b""
    for word in re.split(rb"(?<=[ :])", text):
        if line and len(line) + len(word) > _WIDTH:
            lines.append(line.rstrip(b" "))
            line = b""
        line += word
    return b"\r\n ".join([*lines, line])
