"""Mail by REST: of its parts, or whole with its files, as large as SMTP takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import communications, files, mail_letters
from tests.api.gated import GatedDoor
from tests.api.test_mail_in import proves

EMAILS = "/policy/v1/Emails"
LARGEST = 300_000
TO = {"To": "eve@reader.test", "Purpose": "transactional"}
PARTS = TO | {"From": "desk@shop.example", "Subject": "Your order", "Text": "It is ready."}


@pytest.fixture
async def posting(sqlite_database: Database, keys: Keys) -> AsyncIterator[GatedDoor]:
    door = GatedDoor(sqlite_database, keys)
    settings = msgspec.structs.replace(door.house.settings, largest_mail=LARGEST)
    door.house = msgspec.structs.replace(door.house, settings=settings)
    async with door:
        await proves(door, "shop.example")
        yield door


def a_mail(file: bytes = b"", sender: str = "Desk <desk@shop.example>") -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "eve@reader.test", "Your order"
    mail.set_content("It is ready.")
    if file:
        mail.add_attachment(file, maintype="application", subtype="octet-stream", filename="order.bin")
    return mail.as_bytes()


async def whole(door: GatedDoor, mail: bytes, kind: str = "message/rfc822", **query: str) -> httpx.Response:
    return await door.ask("POST", EMAILS, params=TO | query, content=mail, headers={"Content-Type": kind})


async def rows(door: GatedDoor, table: Any) -> list[Any]:
    return list(await door.database.read(lambda c: c.execute(select(table)).all()))


async def test_a_whole_mail_is_sent_with_its_files_and_what_the_query_says(posting: GatedDoor) -> None:
    mail = a_mail(bytes(range(256)) * 700)
    assert len(mail) > posting.house.settings.largest_body
    made = await whole(posting, mail, kind="Message/RFC822; charset=x", EndUser="shop 7")
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["from"], told["to"], told["subject"]) == ("desk@shop.example", "eve@reader.test", "Your order")
    (letter,), (file,), (kept,) = [await rows(posting, table) for table in (mail_letters, files, communications)]
    assert letter.source == mail
    assert (told["media"], file.name, file.size) == ([file.sid], "order.bin", 256 * 700)
    assert (kept.purpose, kept.end_user, kept.attrs["letter"]["return_path"]) == (
        "transactional", "shop 7", "desk@shop.example",
    )  # fmt: skip


async def test_beyond_the_size_that_smtp_takes_a_mail_is_answered_413(posting: GatedDoor) -> None:
    room = LARGEST - len(a_mail(b"x"))
    fits = a_mail(b"x") + b" " * room
    assert (len(fits), (await whole(posting, fits)).status_code) == (LARGEST, 201)
    refused = await whole(posting, fits + b" ")
    assert (refused.status_code, refused.json()["code"]) == (413, 20413)
    assert refused.json()["message"] == f"The request is larger than {LARGEST} bytes"


async def test_a_form_is_larger_than_others_and_says_how_more_would_come(posting: GatedDoor) -> None:
    long = await posting.ask("POST", EMAILS, data=PARTS | {"Html": f"<p>{'It is ready. ' * 8000}</p>"})
    assert long.status_code == 201, long.text
    refused = await posting.ask("POST", EMAILS, data=PARTS | {"Html": "x" * (1 << 20)})
    assert (refused.status_code, f"(message/rfc822) may have {LARGEST}" in refused.json()["message"]) == (413, True)
    other = await posting.ask("POST", "/policy/v1/MailDomains", data={"Domain": "x" * 70_000})
    assert (other.status_code, other.json()["message"]) == (413, "The request is larger than 65536 bytes")


async def test_files_that_are_too_large_together_are_answered_413(posting: GatedDoor) -> None:
    path = "/policy/v1/Media?Name=part.bin"
    brought = [await posting.ask("POST", path, content=bytes([n]) * 100_000) for n in (1, 2, 3)]
    sids = [each.json()["sid"] for each in brought]
    two = await posting.ask("POST", EMAILS, data=PARTS | {"MediaSid": sids[:2]})
    assert (two.status_code, len(two.json()["media"])) == (201, 2)
    three = await posting.ask("POST", EMAILS, data=PARTS | {"MediaSid": sids})
    assert (three.status_code, "its files as they go by mail included" in three.json()["message"]) == (413, True)
    text = "It is ready. " * 3000  # with it two are too large: told once the mail is made
    both = await posting.ask("POST", EMAILS, data=PARTS | {"MediaSid": sids[:2], "Text": text})
    assert both.status_code == 413


@pytest.mark.parametrize(
    ("mail", "query", "status", "says"),
    [
        (b"", {}, 400, "The body is empty"),
        (b"Subject: x\r\n\r\nHello\r\n", {}, 400, "no From field"),
        (a_mail(), {"Subject": "x"}, 400, "it stands in the mail itself"),
        (a_mail(), {"Weather": "x"}, 400, "not supported here"),
        (a_mail(), {"To": ""}, 400, "A 'To' is required"),
        (a_mail(), {"To": "nobody"}, 400, "not an email address"),
        (a_mail(), {"Purpose": "fun"}, 400, "'Purpose' is one of"),
        (a_mail(sender="x@elsewhere.example"), {}, 400, "is not one of yours"),
    ],
)
async def test_what_is_no_mail_or_not_theirs_is_told_so(
    posting: GatedDoor, mail: bytes, query: dict[str, str], status: int, says: str
) -> None:
    refused = await whole(posting, mail, **query)
    assert (refused.status_code, says in refused.json()["message"]) == (status, True), refused.text
    assert await rows(posting, mail_letters) == []


async def test_another_type_is_told_which_there_are(posting: GatedDoor) -> None:
    plain = await posting.ask("POST", EMAILS, content=a_mail(), headers={"Content-Type": "text/plain"})
    assert (plain.status_code, "or message/rfc822" in plain.json()["message"]) == (415, True)
