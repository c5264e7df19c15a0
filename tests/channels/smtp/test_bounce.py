from __future__ import annotations

from pathlib import Path

import pytest

from masstransit.carriage.mailroom.values import Bounce
from masstransit.channels.smtp.bounce import read

SET = Path(__file__).parents[4] / "shared/data/conformance/f_arf_bounces"


def a_report(*blocks: str, returned: str = "Message-ID: <7@shop.example>\r\nSubject: Sale\r\n") -> bytes:
    parts = [
        "Content-Type: text/plain\r\n\r\nSorry.\r\n",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.reader.test\r\n\r\n" + "\r\n".join(blocks),
        "Content-Type: text/rfc822-headers\r\n\r\n" + returned,
    ]
    head = (
        "From: MAILER-DAEMON@reader.test\r\nSubject: Returned mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    return (head + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


def a_block(action: str = "failed", status: str = "5.1.1", said: str = "smtp; 550 5.1.1 no such user") -> str:
    return (
        f"Final-Recipient: rfc822; bob@reader.test\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {said}\r\n"
    )


def found(mail: bytes) -> Bounce:
    told = read(mail)
    assert told is not None
    return told


def test_a_delivery_status_notification_is_read() -> None:
    told = found(a_report(a_block()))
    assert (told.action, told.status, told.recipient) == ("failed", "5.1.1", "bob@reader.test")
    assert (told.said, told.message_id) == ("smtp; 550 5.1.1 no such user", "<7@shop.example>")
    assert told.permanent


def test_of_several_recipients_the_worst_is_told() -> None:
    told = found(a_report(a_block("delivered", "2.0.0"), a_block("failed", "5.2.1"), a_block("delayed", "4.0.0")))
    assert (told.action, told.status) == ("failed", "5.2.1")


@pytest.mark.parametrize(
    ("action", "status", "permanent"),
    [("failed", "5.1.1", True), ("failed", "4.4.7", False), ("delayed", "4.2.2", False), ("relayed", "2.0.0", False)],
)
def test_what_may_still_arrive_is_not_given_up(action: str, status: str, permanent: bool) -> None:
    assert found(a_report(a_block(action, status, ""))).permanent is permanent


@pytest.mark.parametrize(
    ("status", "said", "meant"),
    [
        ("5.0.0", "smtp; 550 5.7.1 blocked", "5.7.1"),
        ("5.0.0", "smtp; 550 User unknown", "5.1.1"),
        ("5.0.0", "smtp; 550 no", "5.0.0"),
        ("4.0.0", "smtp; 452 mailbox full", "4.2.2"),
        ("5.0.0", "smtp; 552 mailbox full", "5.0.0"),
        ("", "smtp; 553 no", "5.0.0"),
        ("5.1.10", "smtp; 550 user unknown", "5.1.10"),
    ],
)
def test_a_status_that_says_nothing_is_read_out_of_the_words(status: str, said: str, meant: str) -> None:
    assert found(a_report(a_block(status=status, said=said))).status == meant


def test_a_server_that_knows_of_no_format_is_understood_by_its_words() -> None:
    told = found(
        b"From: Mail Delivery System <MAILER-DAEMON@old.test>\r\nSubject: Undeliverable: Sale\r\n\r\n"
        b"<bob@reader.test>: user unknown\r\n\r\n> Message-ID: <7@shop.example>\r\n"
    )
    assert (told.action, told.status, told.recipient) == ("failed", "5.1.1", "bob@reader.test")
    assert told.message_id == "<7@shop.example>"


@pytest.mark.parametrize(
    "mail",
    [
        b"From: bob@reader.test\r\nSubject: Undeliverable?\r\n\r\nMy mail to you: user unknown.\r\n",
        b"From: postmaster@reader.test\r\nSubject: Hello\r\n\r\nOur server moves on Monday.\r\n",
        b"From: Bob <bob@reader.test>\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nUntil Monday.\r\n",
    ],
)
def test_what_people_and_auto_replies_write_is_no_bounce(mail: bytes) -> None:
    assert read(mail) is None


def test_real_bounces_are_known_from_what_only_looks_like_them() -> None:
    if not SET.exists():
        pytest.skip("the set of real bounces is not beside the project")
    bounces = [read(each.read_bytes()) for each in sorted(SET.glob("*/rfc3464-*.eml"))]
    others = [read(each.read_bytes()) for each in [*SET.glob("*/rfc3834-*.eml"), *SET.glob("not/*.eml")]]
    assert (len(bounces), len(others)) == (41, 11)
    assert all(bounces)
    assert not any(others)
    assert sum(each.recipient != "" for each in bounces if each) == 39
    assert sum(each.status != "" for each in bounces if each) == 35
