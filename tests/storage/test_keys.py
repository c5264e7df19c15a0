"""The installation's keys: made once, and never mistaken."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from masstransit.errors import ConfigError
from masstransit.storage import keys as keyring
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


async def test_processes_that_start_together_get_the_same_keys(database: Database, database_url: str) -> None:
    others = [Database(database_url) for _ in range(4)] if database.dialect == "postgresql" else []
    loaded = await asyncio.gather(*(keyring.load(each) for each in [database, database, *others]))
    assert len({each.fingerprint for each in loaded}) == 1
    assert len({each.person("+12125550123") for each in loaded}) == 1
    await asyncio.gather(*(other.close() for other in others))


async def test_keys_are_the_same_after_a_restart(database: Database, database_url: str) -> None:
    before = await keyring.load(database)
    sealed = before.seal(b"token")
    again = Database(database_url)
    assert (await keyring.load(again)).unseal(sealed) == b"token"
    await again.close()


async def test_a_keys_file_is_made_for_its_owner_only(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "secret" / "keys.json"
    loaded = await asyncio.gather(*(keyring.load(database, file) for _ in range(3)))
    assert len({each.fingerprint for each in loaded}) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


async def test_a_keys_file_that_others_can_read_is_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    await keyring.load(database, file)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        await keyring.load(database, file)


async def test_other_keys_than_those_on_record_are_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    await keyring.load(database, file)
    file.rename(tmp_path / "moved.json")
    with pytest.raises(ConfigError, match="the file is missing"):
        await keyring.load(database, file)
    with pytest.raises(ConfigError, match="from a file"):
        await keyring.load(database)
    other = tmp_path / "other.json"
    keyring._write(other, keyring._made())
    with pytest.raises(ConfigError, match="no opt-out on record would be obeyed"):
        await keyring.load(database, other)
    await keyring.load(database, tmp_path / "moved.json")


async def test_a_keys_file_with_something_else_in_it_is_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"number": "MTIz"}')
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="restore them from a backup"):
        await keyring.load(database, file)
    file.write_text('{"number": "MTIz", "sealing": "MTIz", "signing": "MTIz"}')
    with pytest.raises(ConfigError, match="damaged"):
        await keyring.load(database, file)


def test_a_person_is_known_by_a_keyed_hash(keys: Keys) -> None:
    assert len(keys.person("+12125550123")) == 32
    assert keys.person("+12125550123") == keys.person("+12125550123")
    assert keys.person("+12125550123") != keys.person("+12125550124")
    assert keys.person("+12125550123") != Keys(keyring._made()).person("+12125550123")


def test_a_mark_tells_kinds_and_parts_apart_and_is_no_person(keys: Keys) -> None:
    assert keys.mark("code", "OC1", "123456") == Keys.for_tests().mark("code", "OC1", "123456")
    others = {
        keys.mark("code", "OC2", "123456"),
        keys.mark("client", "OC1", "123456"),
        keys.mark("code", "OC1123456"),
        keys.person("123456"),
    }
    assert len(others | {keys.mark("code", "OC1", "123456")}) == 5


def test_what_was_sealed_is_opened_by_the_same_keys_only(keys: Keys) -> None:
    sealed = keys.seal(b"secret")
    assert keys.unseal(sealed) == b"secret"
    assert b"secret" not in sealed
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:4], b""):
        with pytest.raises(ConfigError):
            keys.unseal(wrong)
    with pytest.raises(ConfigError):
        Keys(keyring._made()).unseal(sealed)


def test_a_token_and_a_password_match_their_hash_and_nothing_else(keys: Keys) -> None:
    assert keys.matches("token", keys.token_hash("token"))
    assert not keys.matches("tokem", keys.token_hash("token"))
    kept = keys.password_hash("pass1234")
    assert kept != keys.password_hash("pass1234")
    assert keys.password_matches("pass1234", kept)
    assert not keys.password_matches("pass1235", kept)
    assert not keys.password_matches("", "")


def test_a_signature_holds_for_its_message_only(keys: Keys) -> None:
    signature = keys.sign(b"heads")
    assert keys.verify(b"heads", signature)
    assert not keys.verify(b"tails", signature)
    assert not keys.verify(b"heads", b"")


def test_keys_don_t_show_themselves() -> None:
    made = keyring._made()
    assert made.number.hex() not in repr(made)
    assert "b'" not in repr(made)
