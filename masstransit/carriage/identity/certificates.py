"""Certificates that speak for numbers (RFC 8226), and whom we trust to give them out.

What a token names is an address on the network (`x5u`). It is never asked: the certificates that we know lie in a
folder that the operator fills, each under its address with everything but letters, digits and "-._~" as %XX, such as
`https%3A%2F%2Fcert.example%2Fshaken.pem`. A file has the signer's certificate first and then those between it and a
trust anchor, in PEM. A file that is put in its place is read anew.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID

from masstransit.carriage.identity import tn_auth_list
from masstransit.carriage.identity.tn_auth_list import Authority
from masstransit.errors import BadInput, ConfigError

E = TypeVar("E", bound=x509.ExtensionType)
_DEEPEST = 5  # certificates from the signer's to the anchor
_LONGEST_FILE = 1 << 16  # bytes
_LONGEST_NAME = 255  # bytes of a file's name on most systems
_MOST_KNOWN = 4096  # files whose chains are kept
_UNDERSTOOD = frozenset((
    ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.EXTENDED_KEY_USAGE, tn_auth_list.OID,
))  # fmt: skip


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A signer's certificate that leads to an anchor."""

    key: ec.EllipticCurvePublicKey
    authority: Authority
    signer: str  #: its service provider code, or else what it is called by
    valid_from: datetime  #: the latest beginning and the earliest end among its certificates
    valid_until: datetime


class KnownCertificates:
    """The certificates that we know, by their addresses."""

    def __init__(self, folder: Path | None, anchors: Sequence[x509.Certificate]) -> None:
        self._folder = folder
        self._anchors = tuple(anchors)
        self._read: dict[str, tuple[tuple[int, int], Chain | BadInput]] = {}

    @property
    def trusting(self) -> bool:
        """Whether there is anybody to trust. Where there is not, nothing can be verified."""
        return bool(self._anchors)

    def of(self, address: str) -> Chain | None:
        """The chain of the certificate at an address; None where it is not known. Raises `BadInput` for one that is no
        credential: it can't be read, leads to no anchor, or names no numbers."""
        file = self._file(address)
        if file is None:
            return None
        try:
            stat = os.stat(file)
        except (OSError, ValueError):
            return None
        mark = (stat.st_mtime_ns, stat.st_size)
        known = self._read.get(address)
        if known is None or known[0] != mark:
            known = (mark, self._checked(file))
            if len(self._read) >= _MOST_KNOWN:
                self._read.clear()
            self._read[address] = known
        if isinstance(known[1], BadInput):
            raise known[1]
        return known[1]

    def _file(self, address: str) -> Path | None:
        name = file_name(address)
        return None if self._folder is None or len(name) > _LONGEST_NAME else self._folder / name

    def _checked(self, file: Path) -> Chain | BadInput:
        try:
            return chain_of(in_file(file), self._anchors)
        except BadInput as wrong:
            return wrong


def file_name(address: str) -> str:
    """Under which name the certificate of an address lies in the folder."""
    return quote(address, safe="", errors="replace")


def anchors_in(file: Path) -> tuple[x509.Certificate, ...]:
    """The trust anchors in a PEM file. Raises `ConfigError`."""
    try:
        found = in_file(file)
    except BadInput as wrong:
        raise ConfigError(f"[identity] trust_anchors = '{file}': {wrong}") from wrong
    for one in found:
        if not _may_issue(one, below=0):
            raise ConfigError(f"[identity] trust_anchors = '{file}': {_called(one)} is no certificate of an authority")
    return found


def chain_of(certificates: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> Chain:
    """The chain from the first certificate to one of the anchors. Raises `BadInput`."""
    try:
        path = _path(certificates[0], certificates[1:], anchors)
        authority = authority_of(certificates[0])
        key = certificates[0].public_key()
        usage = _extension(certificates[0], x509.KeyUsage)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as broken:
        raise BadInput("a certificate has parts that can't be read") from broken
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput("its key is not one of the curve P-256, which ES256 needs")
    if usage is not None and not usage.digital_signature:
        raise BadInput("the certificate may not be used for signatures")
    return Chain(
        key=key,
        authority=authority,
        signer=authority.codes[0] if authority.codes else _called(certificates[0]),
        valid_from=max(one.not_valid_before_utc for one in path),
        valid_until=min(one.not_valid_after_utc for one in path),
    )


def authority_of(certificate: x509.Certificate) -> Authority:
    """The numbers that a certificate speaks for. Raises `BadInput`."""
    try:
        found = certificate.extensions.get_extension_for_oid(tn_auth_list.OID).value
    except x509.ExtensionNotFound:
        raise BadInput("the certificate names no numbers that it speaks for (TNAuthList)") from None
    if not isinstance(found, x509.UnrecognizedExtension):
        raise BadInput("the certificate's TNAuthList can't be read")
    return tn_auth_list.read(found.value)


def _path(
    leaf: x509.Certificate, between: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """The certificates from the signer's to an anchor. Raises `BadInput` where there is no such way."""
    path = [leaf]
    while len(path) < _DEEPEST:
        _check_understood(path[-1])
        below = len(path) - 1  # authorities under the one that is looked for
        anchor = next((one for one in anchors if _issued(path[-1], one, below)), None)
        if anchor is not None:
            return [*path, anchor]
        issuer = next((one for one in between if one not in path and _issued(path[-1], one, below)), None)
        if issuer is None:
            break
        path.append(issuer)
    raise BadInput("the certificate leads to nobody whom we trust")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> bool:
    if certificate.issuer != issuer.subject or not _may_issue(issuer, below=below):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(certificate: x509.Certificate, *, below: int) -> bool:
    """Whether it is an authority's, with as many authorities below it (RFC 5280 section 4.2.1.9)."""
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return False
    return constraints.path_length is None or constraints.path_length >= below


def _check_understood(certificate: x509.Certificate) -> None:
    """RFC 5280 section 4.2: what is critical and not understood makes a certificate unusable."""
    strange = [one.oid.dotted_string for one in certificate.extensions if one.critical and one.oid not in _UNDERSTOOD]
    if strange:
        raise BadInput(f"the certificate demands something that we don't know: {strange[0]}")


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _called(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value)[:128] if names else certificate.subject.rfc4514_string()[:128]


def in_file(file: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, in their order. Raises `BadInput`."""
    try:
        text = file.read_bytes()[: _LONGEST_FILE + 1]
        if len(text) > _LONGEST_FILE:
            raise BadInput("the file is longer than 64 KiB")
        return tuple(x509.load_pem_x509_certificates(text))
    except OSError as missing:
        raise BadInput(f"the file can't be read: {missing.strerror}") from missing
    except (ValueError, TypeError, UnsupportedAlgorithm) as broken:
        raise BadInput("the file has no certificates in PEM") from broken
