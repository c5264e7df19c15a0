"""Webhooks, to real servers on loopback, checked with the SDK's own validator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator, get_signature_algorithm

from masstransit.carriage.outside import check_url, is_public
from masstransit.carriage.rounds import waits
from masstransit.carriage.twiml import Redirect, Reply, read
from masstransit.carriage.webcalls import Unreachable, WebCalls
from masstransit.carriage.webhooks import Webhooks
from masstransit.clock import HandClock
from masstransit.errors import BadInput
from masstransit.storage import accounts, notices, queue, webhook_attempts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from masstransit.storage.tables import alerts
from masstransit.storage.tables import notices as notices_table
from tests.makers import NOON, RECIPIENT, SENDER


class Server:
    """A customer's server: keeps what it was asked, answers as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                request, *lines = head.strip().split("\r\n")
                method, target, _ = request.split(" ")
                headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.asked.append((method, target, headers, body))
                status, kind, answer = self.answers.get(target.partition("?")[0], (204, "", b""))
                location = f"location: {self.url}/elsewhere\r\n" if status == 302 else ""
                writer.write(
                    f"HTTP/1.1 {status} x\r\n{location}content-type: {kind}\r\n"
                    f"content-length: {len(answer)}\r\n\r\n".encode()
                    + answer
                )
                await writer.drain()
        writer.close()

    def params(self, index: int = -1) -> dict[str, str]:
        return dict(parse_qsl(self.asked[index][3].decode(), keep_blank_values=True))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    running = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    yield made
    running.close()
    await running.wait_closed()


class Bench:
    """A sender of webhooks on a database, and an account with its token."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database, self.keys, self.clock = database, keys, HandClock(NOON)
        self.replies: list[Reply] = []
        self.account = self.token = ""

    async def open(self, **attrs: Any) -> None:
        def make(connection: Any) -> tuple[str, str]:
            row = accounts.create(connection, self.keys, friendly_name="T", now=NOON)
            accounts.change(connection, row.account, NOON, {"attrs": attrs})
            queue.alive(connection, "me", NOON)
            return row.account, self.keys.unseal(row.token_sealed).decode()

        self.account, self.token = await self.database.write(make)

    async def note(self, url: str, **body: Any) -> None:
        told = {"kind": "status", "sid": "SM1", "status": "delivered", "from": SENDER, "to": RECIPIENT} | body
        row = {
            "account": self.account,
            "id": f"NT{body.get('n', 0)}",
            "way": "webhook",
            "target": url,
            "body": told,
            "about": told["sid"],
            "attempts": 0,
            "ready_at": NOON,
            "expires_at": NOON + timedelta(hours=72),
            "claimed_by": None,
        }
        await self.database.write(lambda c: notices.add(c, [row]))

    async def reply(self, _: Any, replies: Sequence[Reply]) -> None:
        self.replies += replies

    async def run(self, *, give_up_after: float = 60.0, allow_private: bool = True, process: str = "me") -> None:
        """Bring what is ready now, and stop."""
        sender = Webhooks(
            database=self.database,
            keys=self.keys,
            clock=self.clock,
            process=process,
            calls=WebCalls(allow_private=allow_private, timeout=2.0),
            on_reply=self.reply,
            give_up_after=give_up_after,
        )
        task = asyncio.create_task(sender.run())
        async with asyncio.timeout(10):
            while await self.ready(process) or sender.busy:
                await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def ready(self, process: str) -> int:
        """What is to be brought now, with what the process has claimed and not brought yet."""
        now = self.clock.now()
        rows = await self.rows()
        return sum(1 for row in rows if row.claimed_by in (None, process) and row.ready_at <= now)

    async def rows(self) -> list[Any]:
        return list(await self.database.read(lambda c: c.execute(select(notices_table)).all()))

    async def alerts(self) -> list[Any]:
        return list(await self.database.read(lambda c: c.execute(select(alerts).order_by(alerts.c.at)).all()))


@pytest.fixture
async def bench(sqlite_database: Database, keys: Keys) -> Bench:
    made = Bench(sqlite_database, keys)
    await made.open()
    return made


async def test_a_status_callback_is_signed_as_the_sdk_validates_it(bench: Bench, server: Server) -> None:
    await bench.note(f"{server.url}/status?a=1&b=x%20y", error_code=30003)
    await bench.run()
    ((method, target, headers, _),) = server.asked
    params = server.params()
    assert method == "POST"
    assert (params["MessageSid"], params["MessageStatus"], params["ErrorCode"]) == ("SM1", "delivered", "30003")
    validator = RequestValidator(bench.token)
    assert validator.validate(server.url + target, params, headers["x-twilio-signature"])
    assert not validator.validate(server.url + target, params | {"To": "x"}, headers["x-twilio-signature"])
    assert await bench.rows() == []


@pytest.mark.parametrize("place", ["", "?a=1", "/status#top", "/a//b/%7Ec?x=%2F&y="])
async def test_what_is_signed_is_the_url_as_the_server_sees_it(bench: Bench, server: Server, place: str) -> None:
    await bench.note(f"{server.url.replace('//', '//user:secret@')}{place}")
    await bench.run()
    ((_, target, headers, _),) = server.asked
    assert RequestValidator(bench.token).validate(server.url + target, server.params(), headers["x-twilio-signature"])


async def test_the_sha256_mode_says_its_algorithm(bench: Bench, server: Server) -> None:
    await bench.open(webhook_algorithm="HMAC_SHA256")
    await bench.note(f"{server.url}/status")
    await bench.run()
    _, target, headers, _ = server.asked[0]
    algorithm = get_signature_algorithm(headers["x-twilio-webhooks-signature-settings"])
    assert algorithm == "HMAC_SHA256"
    signature = headers["x-twilio-signature"]
    assert RequestValidator(bench.token).validate(server.url + target, server.params(), signature, algorithm)


async def test_json_is_signed_by_its_hash_and_get_by_its_query(bench: Bench, server: Server) -> None:
    await bench.note(f"{server.url}/event?x=1", event={"opted_out": True}, n=1)
    await bench.note(f"{server.url}/get", method="GET", n=2)
    await bench.run()
    for method, target, headers, body in server.asked:
        given = body.decode() if method == "POST" else {}
        assert RequestValidator(bench.token).validate(server.url + target, given, headers["x-twilio-signature"])


async def test_a_message_is_answered_in_twiml_through_a_redirect(bench: Bench, server: Server) -> None:
    server.answers["/in"] = (
        200,
        "text/xml",
        b"<Response><Message statusCallback='/s'><Body>Thanks</Body></Message><Redirect>next</Redirect></Response>",
    )
    server.answers["/next"] = (200, "text/plain", b"More soon")
    await bench.note(f"{server.url}/in", kind="message", body="hello", opt_out_type="STOP")
    await bench.run()
    assert [reply.text for reply in bench.replies] == ["Thanks", "More soon"]
    assert bench.replies[0].status_callback == f"{server.url}/s"
    params = server.params(0)
    assert (params["Body"], params["NumSegments"], params["OptOutType"]) == ("hello", "1", "STOP")


async def test_a_failure_is_alerted_retried_and_given_up(bench: Bench, server: Server) -> None:
    server.answers["/status"] = (500, "", b"")
    await bench.note(f"{server.url}/status")
    for _ in range(10):
        await bench.run(give_up_after=30.0)
        bench.clock.set(bench.clock.now() + timedelta(minutes=5))
        if not await bench.rows():
            break
    assert len(server.asked) == len(waits(30.0)) + 1
    told = await bench.alerts()
    assert [alert.error_code for alert in told] == [11200, 11200]
    assert "not tried again" in told[-1].text


async def test_the_fallback_is_asked_and_told_why(bench: Bench, server: Server) -> None:
    server.answers["/in"] = (302, "", b"")
    server.answers["/fallback"] = (200, "text/xml", b"<Response><Message>Later</Message></Response>")
    await bench.note(f"{server.url}/in", kind="message", body="hi", fallback=f"{server.url}/fallback")
    await bench.run()
    assert server.params()["ErrorCode"] == "11200"
    assert [reply.text for reply in bench.replies] == ["Later"]
    assert [target for _, target, _, _ in server.asked] == ["/in", "/fallback"]
    assert await bench.rows() == []


async def test_no_private_address_is_called(bench: Bench, server: Server) -> None:
    await bench.note(f"{server.url}/status")
    await bench.run(allow_private=False)
    assert server.asked == []
    (alert,) = await bench.alerts()
    assert "private" in alert.text


class Names:
    """A DNS that lies."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)

    async def addresses(self, _: str) -> list[str]:
        return self._addresses


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_resolves_to_a_private_address_is_not_called(server: Server, address: str) -> None:
    calls = WebCalls(resolver=Names("93.184.216.34", address))
    with pytest.raises(Unreachable, match="private"):
        await calls.call("GET", server.url.replace("127.0.0.1", "example.com"), {})
    await calls.close()
    assert server.asked == []


async def test_the_connection_goes_to_the_address_that_was_checked(server: Server) -> None:
    calls = WebCalls(resolver=Names("127.0.0.1"), allow_private=True)
    heard = await calls.call("GET", server.url.replace("127.0.0.1", "example.com") + "/x", {})
    await calls.close()
    assert heard.status == 204
    assert server.asked[0][2]["host"].startswith("example.com:")


async def test_an_answer_without_end_is_cut_and_a_silent_server_is_left(server: Server) -> None:
    server.answers["/"] = (200, "text/xml", b"x" * 200_000)
    calls = WebCalls(allow_private=True)
    assert len((await calls.call("GET", f"{server.url}/", {})).body) == 65_537
    await calls.close()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    deaf = await asyncio.start_server(silent, "127.0.0.1", 0)
    calls = WebCalls(allow_private=True, timeout=0.1)
    with pytest.raises(Unreachable, match="within"):
        await calls.call("GET", f"http://127.0.0.1:{deaf.sockets[0].getsockname()[1]}/", {})
    await calls.close()
    deaf.close()
    await deaf.wait_closed()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
        ("nonsense", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "//example.com", "http://", "http://[::1]/", "http://2130706433/", "http://0x7f.1/",
        "http://127.1/", "http://intranet/", "http://a.local/", "http://example.com:0/", "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/", "http://example.com:99999/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_urls_that_point_inside_are_not_kept(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_url(url, field="StatusCallback", allow_private=False)
    assert refused.value.code == 21609


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"<Response>", "text/xml", 12100),
        (b"<Other/>", "text/xml", 12100),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Response/>", "text/xml", 12100),
        (b"<Response><Say>x</Say></Response>", "text/xml", 12200),
        (b"{}", "application/json", 12300),
        (b"x" * 65_537, "text/xml", 11750),
    ],
)
def test_twiml_that_cannot_be_used_is_named(body: bytes, kind: str, code: int) -> None:
    assert [complaint.code for complaint in read(body, kind).complaints] == [code]


def test_twiml_is_read_in_order() -> None:
    document = read(
        b"<Response><Message to='+12125550123'>Hi</Message><Redirect method='GET'>/n</Redirect><Message>no</Message>"
        b"</Response>",
        "application/xml",
    )
    assert document.verbs == (Reply(text="Hi", to="+12125550123"), Redirect("/n", "GET"))
    assert read(b"", "text/xml").verbs == ()


async def test_two_processes_bring_each_notice_once(database: Database, keys: Keys, server: Server) -> None:
    bench = Bench(database, keys)
    await bench.open()
    await database.write(lambda c: queue.alive(c, "other", NOON))
    for n in range(40):
        await bench.note(f"{server.url}/status", n=n, sid=f"SM{n}")
    await asyncio.gather(bench.run(), bench.run(process="other"))
    async with asyncio.timeout(10):
        while await bench.rows():
            bench.clock.set(bench.clock.now() + timedelta(seconds=2))
            await asyncio.gather(bench.run(), bench.run(process="other"))
    assert sorted(server.params(i)["MessageSid"] for i in range(len(server.asked))) == sorted(
        f"SM{n}" for n in range(40)
    )


async def test_what_a_silent_process_took_is_brought_by_another(bench: Bench, server: Server) -> None:
    await bench.note(f"{server.url}/status")
    await bench.database.write(lambda c: notices.claim(c, "webhook", "gone", NOON, 10))
    sender_rows = await bench.rows()
    assert sender_rows[0].claimed_by == "gone"
    taken = await bench.database.write(lambda c: notices.claim(c, "webhook", "me", NOON, 10))
    assert [row.claimed_by for row in taken] == ["me"]


async def test_each_call_is_kept_without_what_was_said(bench: Bench, server: Server) -> None:
    server.answers["/broken"] = (500, "", b"")
    await bench.note(f"{server.url.replace('//', '//user:secret@')}/broken?mine=1", n=1, method="GET")
    await bench.note(f"{server.url}/status", n=2)
    await bench.run(give_up_after=1.0)
    kept = await bench.database.read(lambda c: webhook_attempts.listed(c, bench.account, Slice(size=10)).rows)
    told = {row.notice: (row.method, row.url, row.status, row.error) for row in kept}
    assert told == {
        "NT1": ("GET", f"{server.url}/broken?mine=1", 500, "HTTP status 500"),
        "NT2": ("POST", f"{server.url}/status", 204, ""),
    }
    failed = await bench.database.read(
        lambda c: webhook_attempts.listed(c, bench.account, Slice(size=10), failed=True).rows
    )
    assert [row.notice for row in failed] == ["NT1"]
    about = await bench.database.read(lambda c: webhook_attempts.about(c, bench.account, "SM1", 1))
    assert len(about) == 1


async def test_a_call_that_no_server_answered_is_kept_with_the_reason(bench: Bench) -> None:
    await bench.note("http://127.0.0.1:1/closed")
    await bench.run(give_up_after=1.0)
    (kept,) = await bench.database.read(lambda c: webhook_attempts.about(c, bench.account, "SM1", 9))
    assert kept.status is None
    assert kept.error
    assert RECIPIENT not in kept.url + kept.error
