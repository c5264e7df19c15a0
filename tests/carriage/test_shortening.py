"""Links are shortened as a reader would mark them, on a domain of the sender's own."""

from __future__ import annotations

import re

import pytest

from masstransit.carriage.shortening import CODE, link_domain, shorten
from masstransit.errors import BadInput

OWN = "go.example.com"
SHORT = re.compile(rf"https://{re.escape(OWN)}/{CODE}(?![0-9A-Za-z])")


@pytest.mark.parametrize(
    ("text", "targets", "left"),
    [
        ("See https://example.com/a?b=c#d.", ["https://example.com/a?b=c#d"], "See _."),
        ("(https://example.com/a), http://example.net!", ["https://example.com/a", "http://example.net"], "(_), _!"),
        ("https://en.example.org/wiki/Bath_(UK)", ["https://en.example.org/wiki/Bath_(UK)"], "_"),
        ("(see https://en.example.org/wiki/Bath_(UK))", ["https://en.example.org/wiki/Bath_(UK)"], "(see _)"),
        ("HTTPS://EXAMPLE.COM/A", ["HTTPS://EXAMPLE.COM/A"], "_"),
        ("“https://example.com/ü”…", ["https://example.com/ü"], "“_”…"),
        ("<https://example.com/a>", ["https://example.com/a"], "<_>"),
        ("https://user@example.com:8443/a", ["https://user@example.com:8443/a"], "_"),
        (
            "https://example.com/a https://example.com/ab https://example.com/a",
            ["https://example.com/a", "https://example.com/ab"],
            "_ _ _",
        ),
        ("example.com/a and ftp://example.com are no such links", [], None),
        ("https:// and http://. and https://?", [], None),
        (f"https://{OWN}/already", [], None),
        ("http://localhost/a http://10.0.0.1/ http://example.com:0/", [], None),
        ("", [], ""),
    ],
)
def test_each_link_is_replaced_and_nothing_else(text: str, targets: list[str], left: str | None) -> None:
    short, links = shorten(text, OWN)
    assert [link.target for link in links] == targets
    assert SHORT.sub("_", short) == (text if left is None else left)
    for link in links:
        short = short.replace(link.url, link.target)
    assert short == text


def test_the_same_link_has_one_code_in_a_text_and_another_in_the_next() -> None:
    text = "https://example.com/a https://example.com/a"
    codes = {link.code for _ in range(50) for link in shorten(text, OWN)[1]}
    assert len(codes) == 50
    assert all(re.fullmatch(CODE, code) for code in codes)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("go.example.com", "go.example.com"),
        (" GO.Example.COM. ", "go.example.com"),
        ("example.co.uk", "example.co.uk"),
        ("kürz.example.com", "xn--krz-hoa.example.com"),
    ],
)
def test_a_domain_is_kept_as_browsers_ask_for_it(name: str, kept: str) -> None:
    assert link_domain(name, ours=("masstransit.example", "")) == kept


@pytest.mark.parametrize(
    "name",
    [
        "", "com", "co.uk", "localhost", "printer.local", "10.0.0.1", "[::1]", "https://go.example.com",
        "go.example.com:8080", "go.example.com/x", "go..example.com", "-go.example.com", "x" * 64 + ".example.com",
        "go.example.com x", "bit.ly", "my.bit.ly", "TinyURL.com", "api.house.com", "house.com",
    ],
)  # fmt: skip
def test_what_is_no_domain_of_the_senders_own_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="'Domain'"):
        link_domain(name, ours=("house.com", ""))
