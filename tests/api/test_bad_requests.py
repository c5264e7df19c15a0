"""Whatever comes through the HTTP door is answered in the dialect, never with a 500, and closes nothing for others."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event

from tests.api.house import Door

FORM = b"content-type: application/x-www-form-urlencoded\r\n"
JSON = b"content-type: application/json\r\n"


async def raw(door: Door, request: bytes) -> tuple[int, bytes]:
    """Status and body of whatever comes back; status 0: the connection was closed."""
    where = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(request)
            await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        length = next((int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0)
        return int(head.split(b" ")[1]), await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0, b""
    finally:
        writer.close()


def basic(door: Door) -> bytes:
    return b"authorization: Basic " + base64.b64encode(f"{door.sid}:{door.token}".encode()) + b"\r\n"


def a_request(
    door: Door,
    method: bytes = b"POST",
    target: bytes = b"",
    body: bytes = b"",
    more: bytes = FORM,
    *,
    version: bytes = b"1.1",
    host: bytes = b"127.0.0.1",
) -> bytes:
    where = target or f"{door.messages}.json".encode()
    head = method + b" " + where + b" HTTP/" + version + b"\r\nhost: " + host + b"\r\n" + basic(door) + more
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


async def still_open(door: Door) -> None:
    assert (await door.ask("GET", f"{door.messages}.json")).status_code == 200


def in_the_dialect(status: int, body: bytes) -> bool:
    said = json.loads(body)
    return bool(said["status"] == status and said["code"] and said["message"] and said["more_info"])


@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        (b"To=%zz&From=%", FORM, 400),
        (b"To=%ff%fe", FORM, 400),
        (b"To=\xff\xfe", FORM, 400),
        (b"To=%00", FORM, 400),
        (b"T\x00o=1", FORM, 400),
        (b"&".join(b"a%d=1" % n for n in range(7_000)), FORM, 400),
        (b"=" * 60_000, FORM, 400),
        (b"&" * 60_000, FORM, 400),
        (b";" * 60_000, FORM, 400),
        (b"%" * 60_000, FORM, 400),
        (b'{"To": "+1"}', JSON, 415),
        (b"[" * 60_000, JSON, 415),
        (b"To=1", b"", 415),
        (b"To=1", b"content-type: \xff\xfe\r\n", 415),
        (b"To=1", b"content-type: multipart/form-data; boundary=x\r\n", 415),
        (b"a" * 65_537, FORM, 413),
        (b"To=\xf0\x9f\x98\x80&From=%F0%9F%98%80&Body=%ED%A0%80", FORM, 400),
    ],
)
async def test_a_body_that_can_not_be_read_is_refused(door: Door, body: bytes, more: bytes, status: int) -> None:
    answered, said = await raw(door, a_request(door, body=body, more=more))
    assert (answered, in_the_dialect(answered, said)) == (status, True)
    await still_open(door)


@pytest.mark.parametrize(
    "header",
    [
        b"", b"authorization:\r\n", b"authorization: Basic\r\n", b"authorization: Basic ====\r\n",
        b"authorization: Basic \xff\xfe\r\n", b"authorization: Basic " + b"QUFB" * 1000 + b"\r\n",
        b"authorization: Basic //79/A==\r\n", b"authorization: Basic AAAA\r\n", b"authorization: Digest x\r\n",
        b"authorization: Basic " + base64.b64encode(b"AC" + b"\x00" * 32 + b":x") + b"\r\n",
        b"authorization: Basic " + base64.b64encode(b"AC" + b"f" * 32 + b":" + b"x" * 5000) + b"\r\n",
    ],
)  # fmt: skip
async def test_a_credential_that_can_not_be_read_is_not_let_in(door: Door, header: bytes) -> None:
    target = f"{door.messages}.json".encode()
    answered, said = await raw(door, b"GET " + target + b" HTTP/1.1\r\nhost: x\r\n" + header + b"\r\n")
    assert (answered, in_the_dialect(answered, said), json.loads(said)["code"]) == (401, True, 20003)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/2010-04-01/%zz", 404),
        (b"/2010-04-01/%ff%fe.json", 404),
        (b"/2010-04-01/Accounts/%00/Messages.json", 404),
        (b"/2010-04-01//////", 404),
        (b"/2010-04-01/" + b"a/" * 5_000, 404),
        (b"/2010-04-01/../../../etc/passwd", 404),
        (b"/messaging/v1/Services/%F0%9F%98%80", 404),
        (b"/messaging/v1/Services/" + b"x" * 10_000, 404),
        (b"/lookups/v2/PhoneNumbers/%00", 404),
        (b"/lookups/v2/PhoneNumbers/+" + b"9" * 5_000, 404),
        (b"/lookups/v2/PhoneNumbers/%2B1?Fields=%ff", 400),
        (b"/lookups/v2/PhoneNumbers/+12125550123?CountryCode=%00", 400),
        (b"/monitor/v1/Alerts?StartDate=9999-12-31T23:59:59-23:59", 400),
        (b"/monitor/v1/Alerts?EndDate=0001-01-01", 200),
        (b"/monitor/v1/Alerts?StartDate=0001-01-01T00:00:00%2B23:59", 400),
        (b"/monitor/v1/Alerts?PageToken=PT" + b"A" * 5_000, 400),
        (b"/messaging/v1/Services?PageToken=PTW2ZhbHNlLDEsWzFdXQ", 400),
        (b"/messaging/v1/Services?PageSize=99999999999999999999", 400),
        (b"/messaging/v1/Services?PageSize=%D9%A1", 400),
        (b"/policy/v1/Decisions?PageSize=1&Verdict=x", 400),
        (b"/policy/v1/OptOuts?PhoneNumber=%00", 400),
        (b"/policy/v1/OptOuts?PhoneNumber=%E2%80%AE", 400),
        (b"*", 404),
        (b"http://api.twilio.com/2010-04-01/Nothing", 404),
    ],
)
async def test_a_path_or_query_that_means_nothing_is_told_so(door: Door, target: bytes, status: int) -> None:
    answered, said = await raw(door, a_request(door, b"GET", target, more=b""))
    assert answered == status
    assert status == 200 or in_the_dialect(answered, said)
    await still_open(door)


async def test_a_version_or_host_that_is_unusual_is_served(door: Door) -> None:
    for host in (b"nobody.example", b"", b"\xff\xfe", b"a" * 300, b"[::1]:80", b"x y", b"api.twilio.com:99999"):
        answered, said = await raw(door, a_request(door, b"GET", more=b"", host=host))
        assert (answered, b'"messages":[]' in said) == (200, True), host
    answered, _ = await raw(door, a_request(door, b"GET", more=b"connection: close\r\n", version=b"1.0"))
    assert answered == 200


async def test_headers_have_an_end(door: Door) -> None:
    for more in (b"x: " + b"a" * 1_000_000 + b"\r\n", b"".join(b"x%d: y\r\n" % n for n in range(50_000))):
        answered, said = await raw(door, a_request(door, b"GET", more=more))
        assert answered in {0, 431}  # 0: it was still writing when it was turned away
        assert answered == 0 or in_the_dialect(answered, said)
        await still_open(door)
    key = b"idempotency-key: " + b"\xff" * 300 + b"\r\n"
    answered, said = await raw(
        door, a_request(door, body=b"To=%2B12125550123&From=%2B14155550100&Body=x", more=FORM + key)
    )
    assert (answered, json.loads(said)["details"]["field"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("length", [b"-1", b"abc", b"99999999999999999999", b"1_0", b"+5"])
async def test_a_length_that_is_none_closes_only_its_own_connection(door: Door, length: bytes) -> None:
    target = f"{door.messages}.json".encode()
    head = b"POST " + target + b" HTTP/1.1\r\nhost: x\r\n" + basic(door) + FORM
    answered, said = await raw(door, head + b"content-length: " + length + b"\r\n\r\nTo=1")
    assert answered in {400, 413}
    assert in_the_dialect(answered, said)
    await still_open(door)


async def test_chunks_over_the_limit_are_refused(door: Door) -> None:
    target = f"{door.messages}.json".encode()
    head = b"POST " + target + b" HTTP/1.1\r\nhost: x\r\n" + basic(door) + FORM + b"transfer-encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n" % 10_000 + b"a" * 10_000 + b"\r\n"
    answered, said = await raw(door, head + chunk * 10 + b"0\r\n\r\n")
    assert (answered, in_the_dialect(answered, said)) == (413, True)
    answered, _ = await raw(door, head + b"zz\r\nabc\r\n")
    assert answered in {0, 400}
    await still_open(door)


async def test_noise_is_never_a_fault_of_ours(door: Door) -> None:
    chance = random.Random(2)
    fields = ["To", "From", "Body", "SendAt", "ScheduleType", "MessagingServiceSid", "ValidityPeriod", "EndUser"]
    values = ["", "0", "-1", "+", "+1", "%00", "\u202e", "9" * 400, "+12125550123", "2026-02-30", "MG" + "0" * 32, "😀"]
    for _ in range(60):
        form = {chance.choice(fields): chance.choice(values) for _ in range(chance.randint(0, 6))}
        answer = await door.ask("POST", f"{door.messages}.json", data=form)
        assert answer.status_code in {201, 400, 404}, (form, answer.text)


ITEMS = ["", "{", "[]", "null", "1", "[" * 5_000, '{"contact_id": 1}', '{"contact_id": "+1"}', "{}" * 200]


@pytest.mark.parametrize("item", [*ITEMS, '{"contact_id": null, "correlation_id": {"a": []}}'])
async def test_items_of_bulk_requests_are_answered_each_or_refused_together(door: Door, item: str) -> None:
    for path, field in (
        ("Consents/Bulk", "Items"),
        ("Contacts/Bulk", "Items"),
        ("Messaging/GeoPermissions", "Permissions"),
    ):
        method = "PATCH" if field == "Permissions" else "POST"
        answer = await door.ask(method, f"/accounts/v1/{path}", data={field: item})
        assert answer.status_code in {200, 201, 400}, (path, answer.text)


@contextlib.contextmanager
def without_room(door: Door) -> Iterator[None]:
    """As on a disk that is full but for two pages; each connection of the pool is told."""

    def limit(connection: Any, *_: object) -> None:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        pages.append(used + 2)
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    def release(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1000000")

    pages: list[int] = []
    event.listen(door.database.engine, "checkout", limit)
    yield
    event.remove(door.database.engine, "checkout", limit)
    event.listen(door.database.engine, "checkout", release)


async def test_a_full_disk_is_told_so_and_the_next_message_is_taken_when_there_is_room(door: Door) -> None:
    form = {"To": "+12125550123", "From": "+14155550100", "Body": "x" * 1500}
    with without_room(door):
        for _ in range(50):
            answer = await door.ask("POST", f"{door.messages}.json", data=form)
            if answer.status_code != 201:
                break
        assert (answer.status_code, answer.json().get("code")) == (503, 20503)
        assert int(answer.headers["retry-after"]) > 0
        await still_open(door)
    assert (await door.ask("POST", f"{door.messages}.json", data=form)).status_code == 201
