"""The recipients' page as `demo` serves it: the code arrives on the virtual phone, and a stop holds for the SDK."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.stories.house import House, eventually
from tests.stories.test_a_stop_is_obeyed import refused

pytestmark = pytest.mark.story


def field(name: str, html: str) -> str:
    """The first value that a page has for a field of its forms."""
    found = re.search(rf'name="{name}" value="(\w+)"', html)
    assert found is not None, f"there is no {name} in {html}"
    return found[1]


def test_a_person_proves_their_number_and_stops_a_brand(house: House) -> None:
    number, phone = house.demo["numbers"][0], house.phone()
    assert not refused(house, number, phone["number"])
    with httpx.Client(base_url=house.http, follow_redirects=True) as browser:
        form = field("form", browser.get("/me").text)
        browser.post("/me/code", data={"form": form, "number": phone["number"]}).raise_for_status()
        texts = eventually(lambda: [m["text"] for m in house.received(phone) if "is your code" in m["text"]])
        code = re.findall(r"\b\d{6}\b", texts[0])[0]
        mine = browser.post("/me/proof", data={"form": form, "code": code}).text
        brand = re.search(r'<h2 id="n(\w+)">Northwind</h2>', mine)
        assert brand is not None
        wish = {"form": field("form", mine), "writer": brand[1], "wish": "all"}
        browser.post("/me/wish", data=wish).raise_for_status()
    assert refused(house, number, phone["number"])
    house.answer(phone, number, "START")
    assert not refused(house, number, phone["number"])
