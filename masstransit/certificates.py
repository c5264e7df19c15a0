"""The certificates that doors show."""

from __future__ import annotations

import ssl
from typing import Protocol

from masstransit.errors import ConfigError


class Door(Protocol):
    """A section of the settings that names one: PEM files, the key's where it is not in the certificate's."""

    @property
    def tls_certificate(self) -> str: ...

    @property
    def tls_key(self) -> str: ...


def certificate_of(door: Door, section: str) -> ssl.SSLContext | None:
    """What is needed to show a door's certificate; None where it has none. Raises `ConfigError`."""
    if not door.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(door.tls_certificate, door.tls_key or None)
    except (OSError, ssl.SSLError) as unusable:
        key = f", tls_key = '{door.tls_key}'" if door.tls_key else ""
        files = f"tls_certificate = '{door.tls_certificate}'{key}"
        raise ConfigError(f"[{section}] {files} can't be used: {unusable.strerror or unusable}") from unusable
    return context
