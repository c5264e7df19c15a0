"""Persons over the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import Door

PATH = "/policy/v1/Persons"
NUMBER, MAIL, NAME = "+12125550123", "Ada@Example.com", "chat:ada"


async def join(door: Door, *addresses: str) -> Any:
    return await door.ask("POST", PATH, data={"Address": list(addresses)})


async def test_addresses_are_joined_shown_and_parted(door: Door) -> None:
    made = (await join(door, NUMBER, MAIL, NAME)).json()
    assert (made["sid"][:2], len(made["addresses"])) == ("PN", 3)
    assert not any(said in " ".join(made["addresses"]) for said in (NUMBER, "Ada@"))
    assert (await door.ask("GET", f"{PATH}/{made['sid']}")).json() == made
    listed = (await door.ask("GET", PATH)).json()["addresses"]
    assert {line["sid"] for line in listed} == {made["sid"]}
    assert (await join(door, MAIL.lower(), "+13105550123")).json()["sid"] == made["sid"]
    assert (await door.ask("DELETE", f"{PATH}/{made['sid']}")).status_code == 204
    assert (await door.ask("GET", f"{PATH}/{made['sid']}")).status_code == 404
    assert (await door.ask("DELETE", f"{PATH}/{made['sid']}")).status_code == 404


async def test_a_stop_by_mail_is_a_stop_by_phone_and_is_found_by_any_address(door: Door) -> None:
    told = await door.ask("POST", "/policy/v1/OptOuts", data={"Address": MAIL, "By": "email"})
    assert (told.status_code, told.json()["channel"]) == (201, "email")
    await join(door, NUMBER, MAIL)
    for whose in (NUMBER, "ada@example.com"):
        (found,) = (await door.ask("GET", "/policy/v1/OptOuts", params={"Address": whose})).json()["opt_outs"]
        assert found["in_force"]


@pytest.mark.parametrize("addresses", [(), (NUMBER,), (NUMBER, NUMBER), tuple(f"chat:{n}" for n in range(21))])
async def test_too_few_and_too_many_are_refused(door: Door, addresses: tuple[str, ...]) -> None:
    answer = await join(door, *addresses)
    assert (answer.status_code, "Address" in answer.json()["message"]) == (400, True)


async def test_one_person_does_not_grow_without_end(door: Door) -> None:
    await join(door, *(f"chat:a{n}" for n in range(15)))
    await join(door, *(f"chat:b{n}" for n in range(15)))
    assert (await join(door, "chat:a1", "chat:b1")).status_code == 400
    sids = {line["sid"] for line in (await door.ask("GET", f"{PATH}?PageSize=50")).json()["addresses"]}
    assert len(sids) == 2  # nothing was joined
