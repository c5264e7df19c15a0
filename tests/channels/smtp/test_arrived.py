from __future__ import annotations

from email.message import EmailMessage

import pytest

from masstransit.channels.smtp.arrived import Arrived, read
from masstransit.errors import BadInput
from tests.channels.smtp.signing import a_mail


def opened(mail: bytes) -> Arrived:
    return read(mail, "bounce@example.com")


def test_what_a_mail_program_shows_is_read() -> None:
    found = opened(a_mail(sender='"Ada L." <Ada@Example.com>', subject="=?utf-8?q?R=C3=A4der?=",
                          more="Reply-To: desk@example.com\r\nList-Id: <news.example.com>\r\n"))  # fmt: skip
    assert (found.sender.text, found.letter.name, found.letter.subject) == ("Ada@example.com", "Ada L.", "Räder")
    assert (found.letter.reply_to, found.letter.return_path, found.letter.bulk) == (
        "desk@example.com", "bounce@example.com", True,
    )  # fmt: skip
    assert found.letter.message_id == "<1@example.com>"
    assert "From: " in found.headers
    assert "my order" not in found.headers


@pytest.mark.parametrize(
    "header",
    [
        "From: a@example.com\r\nFrom: b@example.com\r\n",
        "From: a@example.com, b@example.com\r\n",
        "From: nobody\r\n",
        "X: y\r\n",
    ],
)
def test_a_mail_is_from_one_mailbox(header: str) -> None:
    with pytest.raises(BadInput, match="From"):
        opened(f"{header}\r\nHello\r\n".encode())


def test_text_page_and_files_are_told_apart() -> None:
    mail = EmailMessage()
    mail["From"] = "ada@example.com"
    mail.set_content("As text")
    mail.add_alternative("<p>As <b>a page</b></p>", subtype="html")
    mail.add_attachment("1,2", subtype="csv", filename="../numbers.csv")
    mail.add_attachment(b"\x00\x01", maintype="image", subtype="png")
    inner = EmailMessage()
    inner["From"] = "bob@example.com"
    inner.set_content("Inside")
    inner.add_attachment(b"x", maintype="application", subtype="pdf", filename="inner.pdf")
    mail.add_attachment(inner)
    found = opened(mail.as_bytes())
    assert (found.text.strip(), found.html.strip()) == ("As text", "<p>As <b>a page</b></p>")
    assert [(file.name, file.claimed) for file in found.files] == [
        ("../numbers.csv", "text/csv"), ("", "image/png"), ("message.eml", "message/rfc822"),
    ]  # fmt: skip
    assert b"Inside" in found.files[2].data


def test_a_page_alone_is_read_as_its_words() -> None:
    page = "<style>p {x: y}</style><p>One &amp; two</p><script>evil()</script><div>three</div>"
    found = opened(a_mail(text=page, more="Content-Type: text/html; charset=utf-8\r\n"))
    assert found.text == "One & two\nthree"


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "no-such", "idna", "hex", "utf-16"])
def test_a_charset_that_is_wrong_or_none_loses_letters_and_nothing_else(charset: str) -> None:
    found = opened(a_mail(text="plain", more=f"Content-Type: text/plain; charset={charset}\r\n"))
    assert found.text


@pytest.mark.parametrize(
    ("subject", "text", "words"),
    [
        ("Re: News", "Stop\n\nOn Wed, 3 Jun 2026, Shop wrote:\n> START", "Stop"),
        ("Re: News", "No more please\n-- \nAda, START-up", "No more please"),
        ("Re: News", "Stop\n\n-----Original Message-----\nStart", "Stop"),
        ("Re: News", "Stop\n________________________________\nFrom: x", "Stop"),
        ("Re: News", "> START\n", ""),
        ("UNSUBSCRIBE", "whatever", "unsubscribe"),
        ("Re: stop.", "", "stop"),
        ("A question", "", "A question"),
        ("A question", "When do you open?", "When do you open?"),
        ("Stop the presses", "We won.", "We won."),
    ],
)
def test_what_its_writer_says_now_is_told_from_what_is_quoted(subject: str, text: str, words: str) -> None:
    assert opened(a_mail(subject=subject, text=text)).words == words


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("", False),
        ("Auto-Submitted: no\r\n", False),
        ("Auto-Submitted: auto-replied\r\n", True),
        ("Auto-Submitted: auto-generated (failure)\r\n", True),
        ("Precedence: bulk\r\n", True),
        ("X-Autoreply: yes\r\n", True),
    ],
)
def test_what_a_program_wrote_is_known(header: str, automatic: bool) -> None:
    assert opened(a_mail(more=header)).automatic is automatic


def test_a_mail_of_too_many_or_too_deep_parts_is_told_so() -> None:
    many = b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300
    with pytest.raises(BadInput, match="more than 200 parts"):
        opened(many)
    deep = b"From: a@b.test\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 5000
    with pytest.raises(BadInput):
        opened(deep)
