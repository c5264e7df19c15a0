"""Mails that tests sign, and the records by which they are verified."""

from __future__ import annotations

import base64
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa

HEADERS = [b"from", b"to", b"subject", b"message-id", b"date"]


def a_mail(
    *, sender: str = "Ada <ada@example.com>", to: str = "desk@shop.example", subject: str = "Hello",
    text: str = "Is my order there yet?\r\n", more: str = "",
) -> bytes:  # fmt: skip
    """A mail as it comes."""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Wed, 03 Jun 2026 17:00:00 +0000\r\n"
        f"Message-ID: <1@example.com>\r\n{more}\r\n{text}"
    ).encode()


@lru_cache(maxsize=1)
def key() -> tuple[bytes, str]:
    """A private key in PEM, and the record of its public one."""
    made = rsa.generate_private_key(65537, 1024)
    pem = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption())
    public = made.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(mail: bytes, domain: str, *, length: bool = False) -> bytes:
    """A mail with a domain's signature (selector s1)."""
    pem, _ = key()
    made: bytes = dkim.sign(mail, b"s1", domain.encode(), pem, include_headers=HEADERS, length=length)
    return made + mail


def sealed(mail: bytes, domain: str, results: str) -> bytes:
    """A mail as a list's server passes it on: sealed with what it found."""
    pem, _ = key()
    told = f"Authentication-Results: {domain}; {results}\r\n".encode() + mail
    made = dkim.arc_sign(told, b"s1", domain.encode(), pem, domain.encode())
    return b"".join(made) + told
