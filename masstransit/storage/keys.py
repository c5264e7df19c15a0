"""The installation's keys: what turns numbers into persons, seals secrets, and signs the ledger.

They are made once, by the first process that starts, and never change: under another number key every opt-out on record
would be about nobody. So the database keeps their fingerprint, and a process that holds other keys does not start.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, select

from masstransit.errors import ConfigError
from masstransit.storage.dialects import insert_or_ignore
from masstransit.storage.engine import Database
from masstransit.storage.tables import installation

_KEPT = "keys"
_FINGERPRINT = "keys.fingerprint"
_NONCE = 12  # bytes, NIST SP 800-38D 8.2.2
_SCRYPT = {"n": 1 << 14, "r": 8, "p": 1}  # 16 MiB and some 40 ms a guess (RFC 7914 section 2)


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """The secret bytes themselves, 32 each."""

    number: bytes
    sealing: bytes
    signing: bytes

    def __repr__(self) -> str:
        return "Material(...)"  # secrets don't reach a log by accident

    @property
    def fingerprint(self) -> str:
        """By which two sets of keys are told apart; it reveals nothing of them."""
        whole = b"masstransit keys\0" + self.number + self.sealing + self.signing
        return hashlib.sha256(whole).hexdigest()[:32]


class Keys:
    """What is done with the keys. Frozen: a process has one for its whole life."""

    __slots__ = ("_number", "_persons", "_sealer", "_signer", "fingerprint", "public")

    def __init__(self, material: Material) -> None:
        if {len(material.number), len(material.sealing), len(material.signing)} != {32}:
            raise ConfigError("the installation's keys are damaged: each is 32 bytes; restore them from a backup")
        self._sealer = AESGCM(material.sealing)
        self._signer = Ed25519PrivateKey.from_private_bytes(material.signing)
        self.public = self._signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.fingerprint = material.fingerprint
        self._number = number = material.number
        self._persons = lru_cache(maxsize=65_536)(lambda text: hmac.digest(number, text.encode(), "sha256").hex()[:32])

    @classmethod
    def for_tests(cls) -> Keys:
        """Always the same keys, so that tests can say whom they mean."""
        return cls(Material(number=b"n" * 32, sealing=b"s" * 32, signing=b"g" * 32))

    def person(self, number_text: str) -> str:
        """An address as HMAC-SHA256, its first 128 bits in hex: comparable, and not to be called back. A number is in
        E.164 form; a mailbox is the same however it is written, large or small."""
        return self._persons(number_text.lower() if "@" in number_text else number_text)

    def mark(self, kind: str, *text: str) -> str:
        """HMAC-SHA256 of something short that is only compared, 128 bits in hex: a one-time code, a client's address.
        A plain hash of it could be tried out; `kind` keeps marks of different things apart, and from persons."""
        said = "\0".join((kind, *text))
        return hmac.digest(self._number, f"mark\0{said}".encode(), "sha256").hex()[:32]

    def seal(self, clear: bytes) -> bytes:
        """Encrypt and authenticate (AES-256-GCM): nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._sealer.encrypt(nonce, clear, None)

    def unseal(self, sealed: bytes) -> bytes:
        """What was sealed. Raises `ConfigError` when it was sealed with other keys or changed since."""
        try:
            return self._sealer.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except (InvalidTag, ValueError) as wrong:
            raise ConfigError(
                "a sealed secret can't be opened: the keys are not those of this database; restore them from a backup"
            ) from wrong

    def key_secret(self, sid: str) -> str:
        """The secret of an API key, out of its SID: HMAC-SHA256, 192 bits in base64url. So it need not be kept, and
        what a customer signs with it can still be verified."""
        made = hmac.digest(self._number, f"api key\0{sid}".encode(), "sha256")
        return base64.urlsafe_b64encode(made[:24]).decode()

    def token_hash(self, secret: str) -> str:
        """SHA-256 of an access token, in hex. Enough for 128 random bits; passwords need `password_hash`."""
        return hashlib.sha256(secret.encode()).hexdigest()

    def matches(self, secret: str, kept: str) -> bool:
        """Whether a token is the one whose hash was kept, in constant time."""
        return hmac.compare_digest(self.token_hash(secret), kept)

    def password_hash(self, password: str) -> str:
        """Scrypt of a password, with its salt. Takes some 40 ms of a core: call it off the event loop."""
        salt = secrets.token_bytes(16)
        return f"scrypt${_text(salt)}${_text(hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_SCRYPT))}"

    def password_matches(self, password: str, kept: str) -> bool:
        """Whether a password is the one whose hash was kept. As slow as `password_hash`."""
        way, _, rest = kept.partition("$")
        salt, _, expected = rest.partition("$")
        if way != "scrypt" or not expected:
            return False
        given = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), dklen=32, **_SCRYPT)
        return hmac.compare_digest(_text(given), expected)

    def sign(self, message: bytes) -> bytes:
        """Ed25519, 64 bytes (RFC 8032)."""
        return self._signer.sign(message)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this installation signed the message."""
        return signed_by(self.public, message, signature)


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of an Ed25519 public key (32 bytes) signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


async def load(database: Database, file: Path | None = None) -> Keys:
    """The installation's keys: from `file`, or else from the database; made there by the first process that asks.

    Raises `ConfigError` with the remedy when they are not the keys that the database was written with.
    """
    if file is None:
        return Keys(await database.write(_from_database))
    known = await database.read(lambda connection: _kept(connection, _FINGERPRINT))
    if known and not await asyncio.to_thread(file.exists):
        raise ConfigError(
            f"keys = '{file}': the file is missing, and this database was written with keys {known}; "
            "restore the file from a backup, without it no opt-out on record can be obeyed"
        )
    material = await asyncio.to_thread(_from_file, file)
    known = await database.write(lambda connection: _registered(connection, material))
    if known != material.fingerprint:
        raise ConfigError(
            f"keys = '{file}' holds keys {material.fingerprint}, but this database was written with "
            f"keys {known}; point to the file with those, or no opt-out on record would be obeyed"
        )
    return Keys(material)


def public_key(connection: Connection, file: Path | None = None) -> bytes:
    """The key that proves the ledger's checkpoints, for who only verifies. Raises `ConfigError`."""
    if file is not None:
        return Keys(_from_file(file)).public
    kept = _kept(connection, _KEPT)
    if kept is None:
        raise ConfigError("this database has no keys: nothing was ever served from it, or they are in a file (keys =)")
    return Keys(_read(kept.encode(), "the keys in the database")).public


def _from_database(connection: Connection) -> Material:
    known = _kept(connection, _FINGERPRINT)  # read first: another process may commit both between the two looks
    kept = _kept(connection, _KEPT)
    if kept is None:
        if known is not None:
            raise ConfigError(f"this database was written with keys {known} from a file; name the file: keys = 'FILE'")
        insert_or_ignore(connection, installation, {"name": _KEPT, "value": msgspec.json.encode(_made()).decode()})
        kept = _kept(connection, _KEPT)  # ours, or those of a process that was quicker
        if kept is None:
            raise ConfigError("the installation's keys could not be kept in the database")
    material = _read(kept.encode(), "the keys in the database")
    known = _registered(connection, material)
    if known != material.fingerprint:
        raise ConfigError(
            f"the database holds keys {material.fingerprint} but was written with keys {known}; "
            "name the file that holds those: keys = 'FILE'"
        )
    return material


def _from_file(file: Path) -> Material:
    if not file.exists():
        _write(file, _made())
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ConfigError(f"keys = '{file}': others than its owner can read it; run: chmod 600 '{file}'")
        return _read(file.read_bytes(), f"keys = '{file}'")
    except OSError as failed:
        raise ConfigError(f"keys = '{file}': {failed.strerror}") from failed


def _write(file: Path, material: Material) -> None:
    """Whole or not at all; a process that was quicker wins."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(msgspec.json.encode(material))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return
        finally:
            draft.unlink()
    except OSError as failed:
        raise ConfigError(f"keys = '{file}' can't be made: {failed.strerror}") from failed


def _made() -> Material:
    return Material(number=secrets.token_bytes(32), sealing=secrets.token_bytes(32), signing=secrets.token_bytes(32))


def _read(text: bytes, name: str) -> Material:
    try:
        return msgspec.json.decode(text, type=Material)
    except msgspec.MsgspecError as broken:
        raise ConfigError(f"{name}: not keys of this program; restore them from a backup") from broken


def _kept(connection: Connection, name: str) -> str | None:
    return connection.execute(select(installation.c.value).where(installation.c.name == name)).scalar_one_or_none()


def _registered(connection: Connection, material: Material) -> str | None:
    """The fingerprint of the keys that this database is written with: from now on these, if none were before."""
    insert_or_ignore(connection, installation, {"name": _FINGERPRINT, "value": material.fingerprint})
    return _kept(connection, _FINGERPRINT)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
