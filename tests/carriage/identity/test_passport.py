"""The token: what is signed is what is read, canonical, and nothing that is not one raises anything but a fault."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from masstransit.carriage.identity import passport
from masstransit.carriage.identity.passport import Claims, End, Ends, Head
from masstransit.errors import BadInput

KEY = ec.generate_private_key(ec.SECP256R1())
HEAD = Head(alg="ES256", typ="passport", x5u="https://cert.example/a.pem", ppt="shaken")
CLAIMS = Claims(
    iat=1443208345,
    orig=End(tn="12155551212"),
    dest=Ends(tn=("12155551213",)),
    attest="A",
    origid="123e4567-e89b-12d3-a456-426655440000",
)

A_LIST = base64.urlsafe_b64encode(b"[]").decode().rstrip("=")
NESTED = base64.urlsafe_b64encode(b'{"a":' + b"[" * 5000).decode().rstrip("=")


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_token_is_written_as_rfc_8225_section_9_has_it_keys_in_order_and_without_white_space() -> None:
    head, claims, signature = passport.sign(KEY, HEAD, CLAIMS).split(".")
    assert decoded(head) == b'{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example/a.pem"}'
    assert decoded(claims) == (
        b'{"attest":"A","dest":{"tn":["12155551213"]},"iat":1443208345,"orig":{"tn":"12155551212"},'
        b'"origid":"123e4567-e89b-12d3-a456-426655440000"}'
    )
    assert len(decoded(signature)) == 64


def test_what_was_signed_is_read_and_holds_and_another_key_signed_something_else() -> None:
    read = passport.read(passport.sign(KEY, HEAD, CLAIMS))
    assert (read.head, read.claims) == (HEAD, CLAIMS)
    assert passport.is_signed_by(read, KEY.public_key())
    assert not passport.is_signed_by(read, ec.generate_private_key(ec.SECP256R1()).public_key())


def test_a_compact_token_holds_for_the_call_that_it_is_of_and_no_other() -> None:
    short = passport.compact(passport.sign(KEY, HEAD, CLAIMS))
    assert short.startswith("..")
    assert passport.is_signed_by(passport.rebuilt(short, HEAD, CLAIMS), KEY.public_key())
    other = Claims(iat=CLAIMS.iat, orig=End(tn="12155551299"), dest=CLAIMS.dest, attest="A", origid=CLAIMS.origid)
    assert not passport.is_signed_by(passport.rebuilt(short, HEAD, other), KEY.public_key())
    with pytest.raises(BadInput):
        passport.rebuilt(passport.sign(KEY, HEAD, CLAIMS), HEAD, CLAIMS)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+1 (415) 555-0100", "14155550100"),
        ("+1.415.555.0100", "14155550100"),
        ("14155550100", "14155550100"),
        ("911", "911"),
        ("*67", "*67"),
        ("sip:anna@example.org", ""),
        ("", ""),
        ("+", ""),
        ("٣٤٥", ""),
    ],
)
def test_numbers_are_compared_as_rfc_8224_section_8_3_writes_them(written: str, digits: str) -> None:
    assert passport.canonical(written) == digits


def test_called_ends_stand_in_order_numbers_apart_from_addresses() -> None:
    told = passport.ends(["+12125550199", "sip:b@example.org", "+12125550100"])
    assert told == Ends(tn=("12125550100", "12125550199"), uri=("sip:b@example.org",))
    assert passport.end("sip:a@example.org") == End(uri="sip:a@example.org")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        "e30.e30.AAAA",
        "A.A.A",
        f"{'A' * passport.MAXIMUM}.e30.AAAA",
        # a list, and one that is nested beyond what any reader follows
        f"{A_LIST}.e30.AAAA",
        f"{NESTED}.e30.AAAA",
    ],
)
def test_what_is_no_token_is_a_fault_of_the_input(token: str) -> None:
    with pytest.raises(BadInput):
        passport.read(token)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(token: str) -> None:
    try:
        passport.read(token)
    except BadInput:
        return


@given(st.binary(max_size=200))
def test_no_signature_breaks_the_check(signature: bytes) -> None:
    made = passport.Passport(HEAD, CLAIMS, b"signed", signature)
    assert not passport.is_signed_by(made, KEY.public_key())
