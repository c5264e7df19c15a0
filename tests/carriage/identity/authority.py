"""An authority that gives out certificates for telephone numbers, and the providers that have them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from masstransit.carriage.identity import header, passport, tn_auth_list
from masstransit.carriage.identity.certificates import file_name
from masstransit.carriage.identity.header import IdentityHeader
from masstransit.carriage.identity.passport import Claims, End, Ends, Head
from masstransit.carriage.identity.tn_auth_list import Authority

NOW = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)
ORIGIN = "8a4b1c52-6c7e-4c0e-9d55-3c3a8b4c2f10"


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


class Issuer:
    """An authority, or one below another; `at` is a time at which its certificates are valid."""

    def __init__(
        self,
        name: str = "Test STI-CA",
        *,
        under: Issuer | None = None,
        path_length: int | None = None,
        at: datetime = NOW,
    ) -> None:
        self.at = at
        self.key = ec.generate_private_key(ec.SECP256R1())
        above = under or self
        self.name = _named(name)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(above.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=400))
            .not_valid_after(at + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_usage(signs=False, issues=True), critical=True)
            .sign(above.key, hashes.SHA256())
        )

    def issue(
        self,
        key: ec.EllipticCurvePrivateKey,
        authority: Authority | None,
        *,
        extra: x509.ExtensionType | None = None,
    ) -> x509.Certificate:
        """A certificate for a provider's key; without an `authority` it speaks for no numbers."""
        made = (
            x509.CertificateBuilder()
            .subject_name(_named("SHAKEN 709J"))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(days=1))
            .not_valid_after(self.at + timedelta(days=89))
            .add_extension(_usage(signs=True, issues=False), critical=True)
        )
        if authority is not None:
            told = x509.UnrecognizedExtension(tn_auth_list.OID, tn_auth_list.written(authority))
            made = made.add_extension(told, critical=False)
        if extra is not None:
            made = made.add_extension(extra, critical=True)
        return made.sign(self.key, hashes.SHA256())


class Provider:
    """Another provider, which signs its calls."""

    def __init__(self, certificates: tuple[x509.Certificate, ...], key: ec.EllipticCurvePrivateKey, x5u: str) -> None:
        self.certificates = certificates
        self.key = key
        self.x5u = x5u

    def known_in(self, folder: Path) -> None:
        """Put its certificates where a house finds them."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file_name(self.x5u)).write_bytes(pem(*self.certificates))

    def claims(
        self, orig: str = "14155550100", dest: str = "12125550123", *, attest: str = "A", at: datetime = NOW
    ) -> Claims:
        ends = Ends(tn=(dest,))
        return Claims(iat=int(at.timestamp()), orig=End(tn=orig), dest=ends, attest=attest, origid=ORIGIN)

    def signs(self, claims: Claims | None = None, *, ppt: str = "shaken", info: str = "") -> str:
        """The value of an Identity header."""
        head = Head(alg="ES256", typ="passport", x5u=self.x5u, ppt=ppt)
        token = passport.sign(self.key, head, self.claims() if claims is None else claims)
        return header.written(IdentityHeader(token=token, info=info or self.x5u, ppt=ppt))

    def sends_on(self, orig: str, div: str, dest: str, *, at: datetime = NOW) -> str:
        """The value of an Identity header that says that a call was sent on."""
        claims = Claims(iat=int(at.timestamp()), orig=End(tn=orig), dest=Ends(tn=(dest,)), div=End(tn=div))
        return self.signs(claims, ppt="div")


def a_provider(
    issuer: Issuer, *, authority: Authority | None = None, x5u: str = "https://cert.example/709J.pem"
) -> Provider:
    """A provider with a code of its own, known to nobody yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issuer.issue(key, authority or Authority(codes=("709J",)))
    return Provider((certificate,), key, x5u)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def key_file(folder: Path, key: ec.EllipticCurvePrivateKey, *, mode: int = 0o600) -> Path:
    """A private key in a file."""
    file = folder / "identity.key"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    os.chmod(file, mode)
    return file
