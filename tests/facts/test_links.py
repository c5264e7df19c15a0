"""Links are read as people read them."""

from __future__ import annotations

import pytest

from masstransit.facts.links import Leads, LinkReader, Links, links_in, links_of
from masstransit.model.letter import Letter
from tests.makers import an_sms


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("Track it: https://shop.example.co.uk/a?b=1", ["example.co.uk"]),
        ("see bit.ly/x", ["bit.ly"]),
        ("hxxps://evil[.]example[.]com", ["example.com"]),
        ("go to bit\u3002ly/x", ["bit.ly"]),
        ("write to a@example.com", ["example.com"]),
        ("Names nobody can own: https://pay.shop.example/x, evil[.]test", ["shop.example", "evil.test"]),
        ("Your coupon: bit . ly/x7", ["bit.ly"]),
        ("Your coupon: bit-dot-ly/x7 or bit dot ly/x7", ["bit.ly"]),
        ("Your coupon: bit,ly/x7", ["bit.ly"]),
        ("pay at refund . example/x", ["refund.example"]),
        ("We have it in red,blue/green and grey . Both/all sizes", []),
        ("I am ready. Pay/collect at the desk, info/help inside", []),
        ("A good example. Test it", []),
        ("See you.Then we eat", []),
        ("It costs 3.50 at 10.30", []),
        ("no link", []),
    ],
)
def test_domains(text: str, domains: list[str]) -> None:
    assert [link.domain for link in links_in(text)] == domains


def test_a_shortener_in_another_script_is_one_all_the_same() -> None:
    (link,) = links_in("Your coupon: b\u0456t.ly/x7")
    assert link.shared


def test_a_long_text_is_read_only_so_far_and_quickly() -> None:
    assert links_in("a." * 100_000) == ()
    assert len(links_in(" ".join(f"s{i}.example.com" for i in range(100)))) == 20


async def test_the_operator_adds_shorteners() -> None:
    (links,) = await LinkReader(["go.example.com"]).learn([an_sms(text="see go.example.com/x and bit.ly/y")])
    assert isinstance(links, Links)
    assert links.shared == ("go.example.com", "bit.ly")


def test_where_the_page_of_a_mail_leads_counts_as_its_words_do_however_long_they_are() -> None:
    mail = an_sms(text="Hello. " * 5000 + "https://c.example/", letter=Letter(return_path=""))
    mail.notes[Leads] = "https://a.example/1\nhttps://b.example/2"
    assert [link.host for link in links_of(mail)] == ["a.example", "b.example", "c.example"]


def test_of_a_mail_more_hosts_are_kept_than_of_a_text() -> None:
    text = " ".join(f"https://h{n}.example/" for n in range(120))
    assert len(links_of(an_sms(text=text))) == 20
    assert len(links_of(an_sms(text=text, letter=Letter(return_path="")))) == 100
