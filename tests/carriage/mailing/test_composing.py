"""Letters made of their parts: as the standard library makes them, in less time."""

from __future__ import annotations

import email
from email.policy import SMTP

from masstransit.carriage.mailing.composing import Draft, compose
from masstransit.model.address import email_address
from tests.makers import NOON


def a_letter(**told: object) -> bytes:
    same = {"sender": "Größe <a@x.test>", "recipient": email_address("b@y.test"), "subject": "é " * 90, "at": NOON}
    return compose(Draft(**{**same, **told}))  # type: ignore[arg-type]


def test_fields_stand_as_they_were_told_however_they_were_written_before() -> None:
    for name in ("X-Order", "x-order", "X-ORDER"):
        made = a_letter(text="hi", fields=((name, "1234"),))
        assert f"\r\n{name}: 1234\r\n".encode() in made


def test_it_reads_and_writes_as_the_standard_library_does() -> None:
    made = a_letter(text="ü" * 300, html="<p>ü</p>", reply_to="q@x.test", fields=(("X-Long", "w " * 400),))
    assert email.message_from_bytes(made, policy=SMTP).as_bytes() == made
    assert max(map(len, made.split(b"\r\n"))) <= 998


def test_more_names_than_are_remembered_do_no_harm() -> None:
    for number in range(300):
        made = a_letter(text="hi", fields=((f"X-{number}", "1"),))
    assert b"\r\nX-299: 1\r\n" in made
