"""Signatures hold by a verifier that we did not write, and break with what they sign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dkim
import pytest

from masstransit.carriage.mailing import signature
from masstransit.carriage.mailing.signature import SigningKey

AT = datetime(2026, 6, 3, tzinfo=UTC)
LETTERS = {
    "plain": b"From: a@shop.example\r\nSubject: x\r\n\r\nhello\r\n",
    "no body": b"From: a@shop.example\r\nSubject: x\r\n\r\n",
    "empty lines at its end": b"From: a@shop.example\r\n\r\nhello\r\n\r\n\r\n",
    "no line end at its end": b"From: a@shop.example\r\n\r\nhello",
    "spaces and tabs": b"From:  a@shop.example\r\nSubject: a \t b  \r\n\r\n a  b\t\tc \r\n",
    "folded": b"From: a@shop.example\r\nSubject: one\r\n\ttwo\r\n  three\r\nTo: b@c.test,\r\n d@e.test\r\n\r\nhi\r\n",
    "8 bits": "From: a@shop.example\r\nSubject: Größe\r\n\r\nGröße\r\n".encode(),
    "doubled": b"From: a@shop.example\r\nReferences: <1@x>\r\nReferences: <2@x>\r\n\r\nhi\r\n",
}


@pytest.fixture(scope="module")
def made() -> tuple[list[SigningKey], dict[str, str]]:
    keys, records = [], {}
    for algorithm in signature.ALGORITHMS:
        private, public = signature.make(algorithm)
        keys.append(signature.opened(algorithm, algorithm, private))
        records[f"{algorithm}._domainkey.shop.example."] = signature.record_of(algorithm, public)
    return keys, records


def holds(letter: bytes, records: dict[str, str], place: int = 0) -> bool:
    def ask(name: bytes, timeout: Any = 5) -> bytes:
        return records[name.decode()].encode()

    try:
        return bool(dkim.DKIM(letter).verify(place, dnsfunc=ask))
    except dkim.ValidationError:
        return False


def signed(letter: bytes, keys: list[SigningKey]) -> bytes:
    return signature.signatures(letter, "shop.example", keys, AT) + letter


@pytest.mark.parametrize("name", LETTERS)
def test_both_signatures_hold(made: tuple[list[SigningKey], dict[str, str]], name: str) -> None:
    keys, records = made
    letter = signed(LETTERS[name], keys)
    assert [holds(letter, records, place) for place in range(2)] == [True, True]
    assert letter.endswith(LETTERS[name])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"hello", b"hallo"),
        (b"Subject: x", b"Subject: y"),
        (b"From: a@shop.example", b"From: b@shop.example"),
        (b"\r\nSubject: x", b"\r\nReply-To: evil@elsewhere.test\r\nSubject: x"),  # one more than was signed
        (b"\r\nSubject: x", b"\r\nSubject: x\r\nSubject: y"),
    ],
)
def test_what_is_changed_or_added_breaks_them(
    made: tuple[list[SigningKey], dict[str, str]], before: bytes, after: bytes
) -> None:
    keys, records = made
    letter = signed(LETTERS["plain"], keys)
    head, mark, rest = letter.rpartition(LETTERS["plain"])
    changed = head + mark.replace(before, after, 1) + rest
    assert [holds(changed, records, place) for place in range(2)] == [False, False]


def test_spaces_that_servers_change_break_nothing(made: tuple[list[SigningKey], dict[str, str]]) -> None:
    keys, records = made
    letter = signed(LETTERS["plain"], keys)
    assert holds(letter.replace(b"Subject: x", b"subject:   x "), records)
    assert holds(letter.replace(b"hello\r\n", b"hello  \r\n\r\n"), records)


def test_lines_are_short_enough_for_every_server(made: tuple[list[SigningKey], dict[str, str]]) -> None:
    letter = signed(LETTERS["folded"], made[0])
    assert max(map(len, letter.split(b"\r\n"))) <= 998
