"""A feedback report says which message, or which number and person; what is no complaint is told with its reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from masstransit.channels.arf.report import read
from masstransit.errors import BadInput
from tests.channels.arf.reports import PERSON, SF, SID, a_report


def test_the_number_and_who_got_it_are_read_from_its_mailboxes() -> None:
    found = read(a_report(), "US")
    assert (found.type, found.sender, found.recipient, found.message) == ("abuse", SF, PERSON, "")
    assert (found.reference, found.incidents, found.at) == ("r1@loop.example", 1, None)


@pytest.mark.parametrize(
    "where",
    [
        {"fields": f"Original-Envelope-Id: {SID}\n"},
        {"original": f"Message-ID: <{SID}@sms.example>\n\nhello\n"},
        {"original": f"X-Message: {SID}\n", "as_headers": True},
        {"original": f"Subject: text\n\nhello\nref {SID}.\n"},
    ],
)
def test_the_message_is_named_where_a_gateway_left_its_sid(where: dict[str, str]) -> None:
    assert read(a_report(**{"fields": "", **where}), "US").message == SID  # type: ignore[arg-type]


def test_what_looks_like_a_sid_inside_a_longer_word_is_none() -> None:
    found = read(a_report(original=f"From: 14155550111@x.example\n\nX{SID} {SID}0\n"), "US")
    assert found.message == ""


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ("Arrival-Date: Thu, 9 Apr 2026 23:34:45 +0900 (JST)", datetime(2026, 4, 9, 14, 34, 45, tzinfo=UTC)),
        ("Received-Date: Thu, 9 Apr 2026 23:34:45 -0000", datetime(2026, 4, 9, 23, 34, 45, tzinfo=UTC)),
        ("Arrival-Date: the day before yesterday", None),
        ("Arrival-Date: Thu, 99 Apr 99999999 23:34:45 +0000", None),
    ],
)
def test_when_it_came_is_read_where_it_is_a_date(fields: str, at: datetime | None) -> None:
    mailboxes = "Original-Mail-From: +14155550111@sms.example\n"
    assert read(a_report(fields=f"{mailboxes}{fields}\n"), "US").at == at


def test_like_ones_that_are_reported_together_are_counted() -> None:
    mailboxes = "Original-Mail-From: 14155550111@sms.example\n"
    for told, count in (("7", 7), ("0", 1), ("many", 1), ("9" * 40, 1)):
        assert read(a_report(fields=f"{mailboxes}Incidents: {told}\n"), "US").incidents == count


def test_a_report_without_a_name_is_named_by_what_it_says() -> None:
    one, same, other = (read(a_report(name="", original=text), "US").reference for text in ("\n\na", "\n\na", "\n\nb"))
    assert one == same != other


def test_numbers_without_their_country_are_of_the_one_that_is_told() -> None:
    british = "Original-Mail-From: 07400123456@sms.example\n"
    assert read(a_report(fields=british, original=""), "GB").sender == "+447400123456"


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        (a_report(kind="not-spam"), "nothing is taken back"),
        (a_report(kind="auth-failure"), "mail's own signatures"),
        (a_report(kind="opt-out"), "import opt-outs"),
        (a_report(kind="other"), "it may be anything"),
        (a_report(kind="rumour"), "one of abuse, fraud, virus"),
        (
            a_report(fields="Original-Mail-From: <>\n", original="From: Shop <news@shop.example>\n\nhi"),
            "neither the SID",
        ),
        (b"From: a@b.example\nSubject: hi\n\nI want to complain.\n", "no part of it is a feedback report"),
        (b"", "no part of it is a feedback report"),
        (b"\x00\xff\xfe" * 1000, "no part of it is a feedback report"),
    ],
)
def test_what_is_no_complaint_about_a_text_is_told_why(mail: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(mail, "US")


def test_a_mail_of_very_many_parts_is_not_gone_through() -> None:
    many = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 5_000 + b"--b--\n"
    with pytest.raises(BadInput, match="more than 32 parts"):
        read(many, "US")


@pytest.mark.timeout(20)
def test_a_mail_that_is_nested_without_end_is_not_gone_into() -> None:
    deep = b"Content-Type: message/rfc822\n\n" * 20_000 + b"Subject: hi\n\nhi\n"
    with pytest.raises(BadInput, match=r"nested too deep|more than 32 parts"):
        read(deep, "US")
