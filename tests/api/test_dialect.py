"""Whatever comes in is answered in the dialect, by host and by prefix."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import Door

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/2010-04-01/Nothing.json", {}, 404, 20404),
        ("GET", "/nothing", {}, 404, 20404),
        ("PUT", "{messages}.json", {}, 405, 20004),
        ("POST", "{messages}.json", {"content": b"{}", "headers": {"content-type": "application/json"}}, 415, 20415),
        ("POST", "{messages}.json", {"content": b"To=%ff", "headers": FORM}, 400, 20001),
        ("POST", "{messages}.json", {"content": b"To=\xff", "headers": FORM}, 400, 20001),
        ("POST", "{messages}.json", {"content": b"To=%00", "headers": FORM}, 400, 20001),
        ("POST", "{messages}.json", {"content": b"a&" * 201, "headers": FORM}, 400, 20001),
        ("POST", "{messages}.json", {"content": b"a" * 65_537, "headers": FORM}, 413, 20413),
        ("POST", "{messages}.json?To=x", {}, 400, 20422),
        ("GET", "{messages}.json?PageToken=x", {}, 400, 20001),
        ("GET", "{messages}.json?PageToken=PTW10", {}, 400, 20001),
        ("GET", "{messages}.json?Page=3", {}, 400, 20001),
        ("GET", "{messages}.json?PageSize=0", {}, 400, 20422),
        ("GET", "{messages}.json?DateSent=yesterday", {}, 400, 20422),
        ("GET", "{messages}.json?Color=red", {}, 400, 20422),
        ("GET", "{messages}/SM1.json", {}, 404, 20404),
        ("GET", "{messages}/%00.json", {}, 404, 20404),
    ],
)
async def test_bad_input_is_answered_in_the_dialect(
    door: Door, method: str, path: str, more: dict[str, Any], status: int, code: int
) -> None:
    answer = await door.ask(method, path.format(messages=door.messages), **more)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.json()["message"]
    assert (await door.ask("GET", f"{door.messages}.json")).status_code == 200


async def test_a_body_in_chunks_is_bounded_too(door: Door) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b"a" * 5000

    answer = await door.ask("POST", f"{door.messages}.json", content=chunks(), headers=FORM)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("{messages}.json", None),
        ("/api{messages}.json", None),
        ("{messages}.json", "api.twilio.com"),
        ("{messages}.json", "api.masstransit.example:8080"),
        ("{messages}", None),
    ],
)
async def test_a_product_is_found_by_host_and_by_prefix(door: Door, path: str, host: str | None) -> None:
    headers = {"host": host} if host else {}
    answer = await door.ask("GET", path.format(messages=door.messages), headers=headers)
    assert answer.json()["messages"] == []
    assert answer.headers["twilio-request-id"].startswith("RQ")


async def test_a_host_of_another_product_has_other_paths(door: Door) -> None:
    answer = await door.ask("GET", f"{door.messages}.json", headers={"x-forwarded-host": "messaging.twilio.com"})
    assert answer.status_code == 404


async def test_every_code_has_its_page(door: Door) -> None:
    page = await door.ask("GET", "/docs/errors/21610")
    assert "asked this sender to stop" in page.text
    assert (await door.ask("GET", "/docs/errors/99999")).status_code == 404
