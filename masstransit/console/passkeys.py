"""Passkeys (WebAuthn level 2), by the `fido2` library: asked for, and their answers checked.

What a browser was asked travels with it, sealed, for some minutes: the server keeps nothing in between.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import Row

from masstransit.errors import BadInput, ConfigError
from masstransit.storage.keys import Keys

COOKIE = "passkey"  #: in which the question travels
_GOOD_FOR = timedelta(minutes=5)


class _Question(msgspec.Struct):
    state: dict[str, Any]
    user: str
    until: datetime


def possible(origin: str) -> bool:
    """Whether browsers know passkeys for an address: it needs a name, and https where it is not this machine's."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and (parts.scheme == "https" or host == "localhost")
    return False


class Passkeys:
    """What is asked of browsers at one address, and their answers."""

    def __init__(self, keys: Keys, origin: str, now: datetime) -> None:
        if not possible(origin):
            raise BadInput("passkeys need a name and https: open these pages by the name that the operator gave them")
        self._keys = keys
        self._now = now
        rp = PublicKeyCredentialRpEntity(name="MassTransit", id=urlsplit(origin).hostname or "")
        self._server = Fido2Server(rp, verify_origin=lambda told: told == origin)

    def to_make(self, user: Row[Any], known: Sequence[Row[Any]]) -> tuple[dict[str, Any], str]:
        """What a browser is asked so that it makes a passkey, and the question sealed."""
        who = PublicKeyCredentialUserEntity(name=user.login, id=user.user.encode(), display_name=user.name)
        options, state = self._server.register_begin(
            who,
            [AttestedCredentialData(each.public) for each in known],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return dict(options), self._sealed(state, user.user)

    def made(self, user: str, sealed: str, answer: Mapping[str, Any]) -> tuple[str, bytes]:
        """The passkey that a browser made: its id, and its public part. Raises `BadInput`."""
        question = self._opened(sealed)
        if question.user != user:
            raise BadInput("this passkey was asked for by somebody else: begin again")
        try:
            told = self._server.register_complete(question.state, answer)
        except (ValueError, KeyError, TypeError) as wrong:
            raise BadInput("the browser's answer can't be used: begin again") from wrong
        if told.credential_data is None:
            raise BadInput("the browser made no passkey: begin again")
        return websafe_encode(told.credential_data.credential_id), bytes(told.credential_data)

    def to_open(self) -> tuple[dict[str, Any], str]:
        """What a browser is asked so that it shows a passkey, and the question sealed."""
        options, state = self._server.authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
        return dict(options), self._sealed(state, "")

    def check(self, kept: Row[Any], sealed: str, answer: Mapping[str, Any]) -> None:
        """Hold a passkey that was shown against the one that is kept. Raises `BadInput`."""
        question = self._opened(sealed)
        try:
            self._server.authenticate_complete(question.state, [AttestedCredentialData(kept.public)], answer)
        except (ValueError, KeyError, TypeError, InvalidSignature) as wrong:
            raise BadInput("this passkey does not open: sign in by password") from wrong

    def _sealed(self, state: Mapping[str, Any], user: str) -> str:
        question = _Question(dict(state), user, self._now + _GOOD_FOR)
        return websafe_encode(self._keys.seal(msgspec.json.encode(question)))

    def _opened(self, sealed: str) -> _Question:
        try:
            question = msgspec.json.decode(self._keys.unseal(websafe_decode(sealed)), type=_Question)
        except (ConfigError, ValueError) as wrong:
            raise BadInput("this was begun elsewhere: begin again") from wrong
        if self._now > question.until:
            raise BadInput("this took too long: begin again")
        return question
