"""An mbox is taken apart, a single mail is itself, and what is too long is passed over."""

from __future__ import annotations

import io

from masstransit.channels.arf.mailbox import MOST, mails
from masstransit.errors import BadInput


def taken(text: bytes) -> list[bytes | str]:
    return [str(mail) if isinstance(mail, BadInput) else mail for mail in mails(io.BytesIO(text))]


def test_each_mail_of_an_mbox_begins_with_its_line() -> None:
    text = b"From a@b Thu Apr  9\nSubject: 1\n\none\nFrom the sea\n\nFrom c@d Thu Apr  9\nSubject: 2\n\ntwo\n"
    assert taken(text) == [b"Subject: 1\n\none\nFrom the sea\n\n", b"Subject: 2\n\ntwo\n"]
    assert taken(text.replace(b"\n", b"\r\n"))[1] == b"Subject: 2\r\n\r\ntwo\r\n"


def test_a_single_mail_is_not_taken_apart() -> None:
    text = b"Subject: 1\n\nDear all,\n\nFrom Monday on we are closed.\n"
    assert taken(text) == [text]


def test_nothing_is_no_mail() -> None:
    assert taken(b"") == []
    assert taken(b"\n\n") == []
    assert taken(b"From a@b\n\nFrom c@d\nSubject: 2\n\ntwo\n") == [b"Subject: 2\n\ntwo\n"]


def test_a_mail_that_is_too_long_is_told_and_the_next_one_read() -> None:
    text = b"From a@b\n" + b"x" * MOST + b"\n\nFrom c@d\nSubject: 2\n\ntwo\n"
    first, second = taken(text)
    assert "are read: put what it says on record by hand" in str(first)
    assert second == b"Subject: 2\n\ntwo\n"
    assert len(taken(b"x" * MOST)) == 1
    assert isinstance(taken(b"x" * MOST)[0], bytes)
    assert "by hand" in str(taken(b"x" * (MOST + 1))[0])
