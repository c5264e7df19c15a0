"""What is read of a letter, and what no letter makes the reader do."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from masstransit.carriage.mailing.reading import Reading, leads, read, with_lines
from masstransit.errors import BadInput

HEAD = b"From: Ada <ada@northwind.example>\r\nTo: bob@reader.test\r\nSubject: Your table\r\n"


def of(head: bytes = HEAD, body: bytes = b"It is ready.\r\n", return_path: str = "ada@northwind.example") -> Reading:
    return read(head + b"\r\n" + body, return_path)


def test_head_and_words_are_read() -> None:
    told = of(
        HEAD
        + b"Reply-To: Desk <desk@Northwind.example>\r\nX-Purpose: OTP\r\nX-End-User: shop-7\r\nIn-Reply-To: <1@x>\r\n"
    )
    assert told.sender.text == "ada@northwind.example"
    assert (told.letter.name, told.letter.subject, told.letter.reply_to) == (
        "Ada", "Your table", "desk@northwind.example",
    )  # fmt: skip
    assert told.text == "Your table\nIt is ready."
    assert (told.purpose, told.end_user, told.letter.answers) == ("otp", "shop-7", True)
    assert told.letter.faults == ()


def test_encoded_words_are_read_as_people_see_them() -> None:
    told = of(
        b"From: =?utf-8?b?UGF5UGFs?= <ada@northwind.example>\r\n"
        b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\n =?utf-8?q?_42?=\r\n"
    )
    assert (told.letter.name, told.letter.subject) == ("PayPal", "Größe 42")


def test_words_in_an_unknown_charset_break_nothing() -> None:
    told = of(HEAD.replace(b"Your table", b"=?x-nobody?q?abc?="), b"ok\r\n")
    assert "abc" in told.letter.subject


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: x\r\n",
        b"From: \r\n",
        b"From: Ada\r\n",
        b"From: a@one.example, b@two.example\r\n",
        b"From: a@one.example\r\nFrom: b@two.example\r\n",
    ],
)
def test_a_mail_without_one_author_is_none(head: bytes) -> None:
    with pytest.raises(BadInput):
        of(head)


def test_fields_that_are_doubled_or_hold_no_address_are_faults() -> None:
    told = of(HEAD + b"Subject: another\r\nReply-To: nobody\r\n")
    assert told.letter.faults == ("subject twice", "reply-to unreadable")


def test_ways_to_unsubscribe_and_marks_of_lists_are_read() -> None:
    told = of(
        HEAD + b"List-Unsubscribe: <mailto:out@northwind.example>,\r\n <https://northwind.example/out>\r\n"
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nPrecedence: bulk\r\n"
    )
    assert told.letter.unsubscribe == ("mailto:out@northwind.example", "https://northwind.example/out")
    assert told.letter.one_click
    assert told.letter.bulk
    assert told.letter.list_mail


def test_both_bodies_are_judged_and_where_the_html_leads() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "ada@northwind.example", "Hello"
    made.set_content("plain words")
    made.add_alternative(
        "<html><head><title>no</title><style>p{}</style></head><body><p>other&nbsp;words</p><script>bad()</script>"
        '<a href="https://evil.test/a?b=1&amp;c=2">here</a></body></html>',
        subtype="html",
    )
    told = read(made.as_bytes(), "")
    assert told.text == "Hello\nplain words\nother words\nhere\nhttps://evil.test/a?b=1&c=2"
    (page,) = told.pages
    assert b"<script>bad()</script>" in page


def test_every_page_of_a_mail_is_told_in_letters_that_its_charset_does_not_hide() -> None:
    made = EmailMessage()
    made["From"] = "ada@northwind.example"
    made.set_content("<p>Größe</p>", subtype="html", charset="utf-16", cte="base64")
    made.add_attachment("<p>a file</p>", subtype="html", filename="a.html")
    second = EmailMessage()
    second.set_content("<p>two</p>", subtype="html")
    made.attach(second)
    told = read(made.as_bytes(), "")
    assert [page.decode().partition("</p>")[0] + "</p>" for page in told.pages] == ["<p>Größe</p>", "<p>two</p>"]
    assert [file.name for file in told.files] == ["a.html"]


def test_where_a_page_leads_is_told_once_and_what_its_words_say_is_not() -> None:
    page = (
        '<a href="https://a.test/1">here</a><a href="https://a.test/1">here</a><form action="https://b.test/"></form>'
        '<button formaction="https://c.test/">Go</button><a href="https://d.test">https://d.test</a>'
        '<a href="mailto:x@e.test">write</a><img src="https://f.test/pixel.gif">'
    )
    assert leads(page) == ["https://a.test/1", "https://b.test/", "https://c.test/"]


def test_files_are_found_wherever_they_are() -> None:
    made = EmailMessage()
    made["From"] = "ada@northwind.example"
    made.set_content("see below")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="bill.pdf")
    made.add_attachment("a,b", filename="list.csv")
    told = read(made.as_bytes(), "")
    assert [(file.name, file.data.strip()) for file in told.files] == [("bill.pdf", b"%PDF-1.7"), ("list.csv", b"a,b")]
    assert told.text == "see below"


def test_a_mail_of_endless_parts_is_turned_away() -> None:
    head = HEAD + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n'
    with pytest.raises(BadInput, match="200 parts"):
        of(head, b"--x\r\n\r\nhi\r\n" * 400 + b"--x--\r\n")


def test_a_lone_line_feed_is_no_place_to_hide_a_second_letter() -> None:
    assert with_lines(b"a\nb\r.\n\rc\r\n") == b"a\r\nb\r\n.\r\n\r\nc\r\n"
