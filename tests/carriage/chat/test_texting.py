"""What a text to a phone holds of a message."""

from __future__ import annotations

from masstransit.carriage.chat.texting import beside
from masstransit.carriage.media.links import as_text


def test_a_long_body_is_cut_and_its_links_are_not() -> None:
    links = [f"https://files.example/media/{number}" for number in range(10)]
    assert beside("Our door", links) == "Our door"
    whole = as_text(beside("x" * 4096, links), links)
    assert len(whole) == 1600
    assert whole.split("\n")[1:] == links
    assert beside("x" * 4096, ()) == "x" * 1600
    assert beside("x" * 4096, ["y" * 1700]) == ""
