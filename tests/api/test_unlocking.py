"""The password of a locked file: what it opens, what it lets out, and what it never does."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

import pytest

from masstransit import demo
from tests.api.gated import GatedDoor
from tests.malware.files import EICAR, EXE, locked_pdf, zipped

FORM = {"From": demo.NUMBERS[0], "To": demo.PHONES[0], "Body": "Your statement is attached."}
MEDIA = "/policy/v1/Media"
CODED = base64.b64encode(EICAR)


async def brought(gated: GatedDoor, data: bytes, name: str = "statement.pdf") -> dict[str, Any]:
    answer = await gated.ask("POST", MEDIA, params={"Name": name}, content=data)
    assert answer.status_code == 201
    shown: dict[str, Any] = answer.json()
    return shown


async def sent(gated: GatedDoor, *files: dict[str, Any]) -> str:
    answer = await gated.ask(
        "POST", f"{gated.messages}.json", data=FORM | {"MediaUrl": [f["media_url"] for f in files]}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


async def unlocked(gated: GatedDoor, file: dict[str, Any], password: str) -> Any:
    return await gated.ask("POST", f"{MEDIA}/{file['sid']}/Unlock", data={"Password": password})


async def status(gated: GatedDoor, sid: str) -> str:
    return str((await gated.ask("GET", f"{gated.messages}/{sid}.json")).json()["status"])


async def test_a_locked_statement_waits_and_goes_out_when_its_password_was_given(gated: GatedDoor) -> None:
    file = await brought(gated, locked_pdf(b"Balance: 12", "19700101"))
    assert (file["scan"], file["scan_reason"]) == ("unscanned", "encrypted")
    sid = await sent(gated, file)
    assert await status(gated, sid) == "accepted"
    wrong = await unlocked(gated, file, "19700102")
    assert (wrong.status_code, wrong.json()["details"]["field"]) == (400, "Password")
    assert await status(gated, sid) == "accepted"
    right = await unlocked(gated, file, "19700101")
    assert (right.status_code, right.json()["scan"]) == (200, "clean")
    async with gated.carrying():
        await gated.becomes(sid, "delivered")
    assert (await unlocked(gated, file, "19700101")).status_code == 409


async def test_what_harms_does_not_go_out_however_it_was_locked(gated: GatedDoor) -> None:
    file = await brought(gated, locked_pdf(zipped(("a.com", EICAR)), "secret"))
    sid = await sent(gated, file)
    assert (await unlocked(gated, file, "secret")).json()["scan"] == "found"
    async with gated.carrying():
        shown = await gated.becomes(sid, "failed")
    assert shown["error_code"] == 30007


@pytest.mark.parametrize(("name", "data"), [("holiday.txt", EICAR), ("list.html", b"<html>%s</html>" % CODED)])
async def test_what_harms_fails_afterwards_as_sdk_users_know_it(gated: GatedDoor, name: str, data: bytes) -> None:
    file = await brought(gated, data, name)
    assert file["scan"] == "found"
    answer = await gated.ask("POST", f"{gated.messages}.json", data=FORM | {"MediaUrl": file["media_url"]})
    assert answer.status_code == 201
    assert (await gated.becomes(answer.json()["sid"], "failed"))["error_code"] in {12300, 30007}  # MMS carries no pages


@pytest.mark.parametrize(("name", "data"), [("holiday.txt", EICAR), ("setup.exe", EXE)])
async def test_what_harms_is_handed_to_nobody_by_a_link(gated: GatedDoor, name: str, data: bytes) -> None:
    async def followed(file: dict[str, Any]) -> Any:
        return await gated.ask("GET", urlsplit(file["media_url"]).path, auth=None)

    answer = await followed(await brought(gated, data, name))
    assert (answer.status_code, answer.text) == (403, "This file is kept back: it may harm who opens it.\n")
    assert (await followed(await brought(gated, b"hello", "a.txt"))).text == "hello"


async def test_a_message_with_two_locked_files_waits_for_both(gated: GatedDoor) -> None:
    first = await brought(gated, locked_pdf(b"Balance: 12", "one"))
    second = await brought(gated, locked_pdf(b"Balance: 13", "two"), "other.pdf")
    sid = await sent(gated, first, second)
    assert (await unlocked(gated, first, "one")).status_code == 200
    assert await status(gated, sid) == "accepted"
    assert (await unlocked(gated, second, "two")).status_code == 200
    async with gated.carrying():
        await gated.becomes(sid, "delivered")


@pytest.mark.parametrize(("password", "code"), [("", 400), ("x" * 257, 400)])
async def test_what_is_no_password_is_a_clear_error(gated: GatedDoor, password: str, code: int) -> None:
    file = await brought(gated, locked_pdf(b"Balance: 12", "19700101"))
    assert (await unlocked(gated, file, password)).status_code == code


async def test_a_file_that_is_not_locked_takes_none_and_others_files_are_not_found(gated: GatedDoor) -> None:
    file = await brought(gated, b"hello", "hello.txt")
    assert (await unlocked(gated, file, "x")).status_code == 409
    assert (await unlocked(gated, {"sid": "ME" + "0" * 32}, "x")).status_code == 404
