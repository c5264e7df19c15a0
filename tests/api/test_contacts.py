"""Contacts over the API."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.storage import contacts
from tests.api.house import Door

PATH = "/policy/v1/Contacts"


async def add(door: Door, address: str = "ada@northwind.example", **form: str) -> Any:
    return await door.ask("POST", PATH, data={"Address": address, "Name": "Ada", "For": "notices"} | form)


async def listed(door: Door) -> list[str]:
    return [row["address"] for row in (await door.ask("GET", PATH)).json()["contacts"]]


async def test_contacts_are_named_changed_put_first_and_forgotten(door: Door) -> None:
    made = (await add(door)).json()
    assert (made["address"], made["name"], made["for"]) == ("ada@northwind.example", "Ada", ["notices"])
    second = (await add(door, "Bob@Northwind.Example", For="reclamation, notices")).json()
    assert (second["address"], second["for"]) == ("Bob@northwind.example", ["notices", "reclamation"])
    one = f"{PATH}/{second['sid']}"
    assert (await door.ask("POST", one, data={"First": "true"})).status_code == 200
    assert await listed(door) == ["Bob@northwind.example", "ada@northwind.example"]
    changed = (await door.ask("POST", one, data={"Name": "Robert", "Address": "rob@northwind.example"})).json()
    assert changed | {"name": "Ada", "address": second["address"], "date_updated": second["date_updated"]} == second
    assert (changed["name"], changed["address"]) == ("Robert", "rob@northwind.example")
    assert (await door.ask("GET", one)).json() == changed
    assert (await door.ask("DELETE", one)).status_code == 204
    assert (await door.ask("GET", one)).status_code == 404
    assert await listed(door) == ["ada@northwind.example"]


async def test_one_that_says_nothing_of_what_for_is_told_of_everything(door: Door) -> None:
    made = await door.ask("POST", PATH, data={"Address": "ada@northwind.example"})
    assert (made.status_code, made.json()["for"], made.json()["name"]) == (201, ["notices", "reclamation"], "")


async def test_what_was_refused_is_shown_until_it_is_saved_again(door: Door) -> None:
    made = (await add(door)).json()
    now = door.clock.now()
    await door.database.write(lambda c: contacts.refused(c, door.sid, made["address"], now, "550 no such user"))
    shown = (await door.ask("GET", f"{PATH}/{made['sid']}")).json()
    assert (shown["refusal"], shown["date_refused"] is not None) == ("550 no such user", True)
    again = (await door.ask("POST", f"{PATH}/{made['sid']}", data={"Name": "Ada"})).json()
    assert (again["refusal"], again["date_refused"]) == (None, None)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"Address": ""}, "Address"),
        ({"Address": "nobody"}, "Address"),
        ({"Address": "ada@straße.example"}, "Address"),
        ({"Name": "Ada\r\nBcc: x@y.example"}, "Name"),
        ({"For": "weather"}, "For"),
        ({"For": ","}, "For"),
    ],
)
async def test_a_contact_that_can_not_be_is_refused_in_this_apis_words(
    door: Door, form: dict[str, str], field: str
) -> None:
    answer = await add(door, **{name.lower() if name == "Address" else name: text for name, text in form.items()})
    assert answer.status_code == 400, answer.text
    assert answer.json()["details"]["field"] == field
    assert await listed(door) == []


async def test_whether_mail_is_sent_at_all_is_said(door: Door) -> None:
    assert (await door.ask("GET", PATH)).json() == {"contacts": [], "mail_is_sent": False}


async def test_an_address_twice_and_a_stranger_are_turned_away(door: Door) -> None:
    made = (await add(door)).json()
    assert (await add(door)).status_code == 409
    assert (await door.ask("POST", f"{PATH}/CT{'9' * 32}", data={"Name": "x"})).status_code == 404
    assert (await door.ask("DELETE", f"{PATH}/CT{'9' * 32}")).status_code == 404
    assert made["url"].endswith(f"/v1/Contacts/{made['sid']}")


async def test_what_is_anothers_is_not_there(door: Door) -> None:
    made, other = (await add(door)).json(), await door.account()
    one = f"{PATH}/{made['sid']}"
    assert (await door.ask("GET", PATH, auth=other)).json()["contacts"] == []
    for method, form in (("GET", None), ("POST", {"Address": "mallory@elsewhere.example"}), ("DELETE", None)):
        assert (await door.ask(method, one, data=form, auth=other)).status_code == 404, method
    assert (await door.ask("GET", one)).json() == made
