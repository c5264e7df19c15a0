"""Addresses and links of our own lead back to one mail, and nobody else makes them."""

from __future__ import annotations

from masstransit.carriage.mailing.tokens import address_of, read_address, sid_of, token_of
from masstransit.storage.keys import Keys

KEYS, SID = Keys.for_tests(), "EM" + "0123456789abcdef" * 2


def test_an_address_leads_back_to_its_mail_in_any_case() -> None:
    for use in ("bounce", "unsubscribe"):
        address = address_of(KEYS, use, SID, "bounces.example")
        assert len(address.rpartition("@")[0]) <= 64
        assert read_address(KEYS, address) == (use, SID)
        assert read_address(KEYS, address.upper()) == (use, SID)


def test_a_token_is_for_one_use_and_one_mail() -> None:
    token = token_of(KEYS, "bounce", SID)
    assert sid_of(KEYS, "bounce", token) == SID
    assert sid_of(KEYS, "unsubscribe", token) is None
    assert sid_of(KEYS, "bounce", ("1" if token[0] == "0" else "0") + token[1:]) is None
    assert sid_of(KEYS, "bounce", token[:-1]) is None
    assert sid_of(KEYS, "bounce", "ü" * len(token)) is None


def test_what_is_no_address_of_ours_is_told_apart() -> None:
    for address in (
        "bob@bounces.example",
        "b-@bounces.example",
        "x-" + token_of(KEYS, "bounce", SID) + "@b.example",
        "",
    ):
        assert read_address(KEYS, address) is None
