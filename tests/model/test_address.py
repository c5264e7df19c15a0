"""Addresses are parsed once, at the edge; what can't be read says so in the SDKs' words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.errors import BadAddress
from masstransit.model.address import (
    E164,
    Address,
    AlphaSender,
    ChatHandle,
    EmailAddress,
    ShortCode,
    SipUri,
    callable_address,
    chat_handle,
    e164,
    email_address,
    mailbox,
    parse,
)


@pytest.mark.parametrize(
    ("written", "text", "region"),
    [
        ("+14155550100", "+14155550100", "US"),
        ("+1 (415) 555-0100", "+14155550100", "US"),
        ("14165550100", "+14165550100", "CA"),
        ("+447400123456", "+447400123456", "GB"),
        ("+80012345678", "+80012345678", "001"),
    ],
)
def test_numbers_in_international_form(written: str, text: str, region: str) -> None:
    number = parse(written)
    assert isinstance(number, E164)
    assert (number.text, number.region, number.valid) == (text, region, True)
    assert number.digits == text[1:]


def test_a_number_that_the_plan_does_not_allocate_is_read_but_not_valid() -> None:
    assert not e164("+15555550100").valid
    assert not e164("+999123456789").valid


def test_a_premium_number_is_marked() -> None:
    assert e164("+19002345678").premium
    assert not e164("+14155550100").premium


def test_short_codes_and_names() -> None:
    assert parse("12345") == ShortCode("12345")
    assert parse("My Clinic") == AlphaSender("My Clinic")


@pytest.mark.parametrize(
    "written", ["", "+", "hello, this is far too long", "+1415555010012345", "12", "☎", "+0123456789"]
)
def test_what_is_no_address_says_so(written: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse(written)
    assert refused.value.code == 21211


def test_a_megabyte_is_not_echoed() -> None:
    with pytest.raises(BadAddress) as refused:
        parse("9" * 1_000_000)
    assert len(str(refused.value)) < 200


def test_a_masked_number_can_not_be_called() -> None:
    assert parse("+14155550199").masked == "+1415***99"


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_bad_address(text: str) -> None:
    try:
        parse(text)
    except BadAddress:
        return


@pytest.mark.parametrize(
    ("read", "written", "made", "masked"),
    [
        (email_address, "Dana <dana@Clinic.Example>", EmailAddress("dana@clinic.example"), "d***@clinic.example"),
        (callable_address, "sip:dana@pbx.example", SipUri("sip:dana@pbx.example"), "sip:***@pbx.example"),
        (callable_address, "+14155550100", e164("+14155550100"), "+1415***00"),
        (chat_handle, "dana", ChatHandle("dana"), "d***"),
        (chat_handle, "+14155550100", e164("+14155550100"), "+1415***00"),
    ],
)
def test_other_channels_have_addresses_of_their_own(
    read: Callable[[str], Address], written: str, made: Address, masked: str
) -> None:
    assert read(written) == made
    assert made.masked == masked


@pytest.mark.parametrize(
    "written",
    [
        "dana@clinic.example",
        "d.o'neil+alerts=x@a-b.clinic.example",
        f"{'d' * 64}@{'c' * 63}.example",
        "dana@xn--strae-oqa.example",
        "d@1.2.example",
    ],
)
def test_a_mailbox_can_be_written_to(written: str) -> None:
    assert mailbox(f" {written} ") == EmailAddress(written)
    assert mailbox(written.replace(".example", ".EXAMPLE")) == EmailAddress(written)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("dana", "not an email address"),
        ("dana@localhost", "not an email address"),
        ("dana@192.0.2.1", "not an email address"),
        ("dana@-clinic.example", "not an email address"),
        ("dana@clinic..example", "not an email address"),
        (".dana@clinic.example", "not an email address"),
        ("da na@clinic.example", "not an email address"),
        ('"dana"@clinic.example', "not an email address"),
        ("Dana <dana@clinic.example>", "not an email address"),
        ("dana@clinic.example,eve@clinic.example", "not an email address"),
        ("dana@clinic.example\r\nBcc: eve@clinic.example", "not an email address"),
        ("dana\0@clinic.example", "not an email address"),
        (f"{'d' * 65}@clinic.example", "not an email address"),
        (f"d@{'c' * 64}.example", "not an email address"),
        (f"d@{'c.' * 130}example", "longer than 254"),
        ("dana@straße.example", "xn--"),
        ("zoë@clinic.example", "ASCII"),
    ],
)
def test_what_no_relay_would_take_or_what_says_more_than_an_address_is_no_mailbox(written: str, why: str) -> None:
    with pytest.raises(BadAddress, match=why):
        mailbox(written)


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (email_address, "dana"),
        (email_address, '"da\r\nna"@c'),
        (email_address, "da\0na@c"),
        (email_address, "a b@c"),
        (email_address, "@c"),
        (callable_address, "sip:"),
        (chat_handle, " "),
    ],
)
def test_what_is_no_address_of_the_channel_says_so(read: Callable[[str], Address], written: str) -> None:
    with pytest.raises(BadAddress):
        read(written)
