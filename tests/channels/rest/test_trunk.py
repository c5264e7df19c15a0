"""The REST trunk against a server that answers as an upstream does, and its callbacks at our door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette

from masstransit.carriage import signing
from masstransit.carriage.channel import NotSent, Sent
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.rest import door
from masstransit.channels.rest.trunk import MESSAGES, STATUS, RestTrunk, TrunkSettings
from masstransit.clock import HandClock
from masstransit.errors import TrunkDown
from masstransit.model.communication import Kind
from masstransit.model.media import Attachment
from masstransit.storage.keys import Keys
from tests.channels.smpp.test_trunk import cleared
from tests.channels.test_loopback import Heard
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER
from tests.stories.gallery import gallery

SID = "AC" + "f" * 32
TOKEN = "t" * 32
HTTP_LINE_END = b"\r\n\r\n"


class Upstream:
    """A server on loopback that answers each request with the next of some answers."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Upstream:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(HTTP_LINE_END)).decode()
        length = next(int(x.split(":")[1]) for x in head.splitlines() if x.lower().startswith("content-length"))
        form = parse_qs((await reader.readexactly(length)).decode(), keep_blank_values=True)
        self.asked.append((head, {name: values[0] for name, values in form.items()}))
        status, body = self.answers.pop(0)
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as running:
        yield running


def made(upstream: Upstream, **more: Any) -> RestTrunk:
    settings = TrunkSettings(name="up", url=upstream.url, account_sid=SID, auth_token=TOKEN, **more)
    trunk = RestTrunk(settings, HandClock(NOON), WebCalls(allow_private=True, timeout=5.0))
    trunk.base_url = "https://ours.example"
    return trunk


async def carried(trunk: RestTrunk, upstream: Upstream, status: int, body: Any = b"") -> Any:
    upstream.answers.append((status, body if isinstance(body, bytes) else json.dumps(body).encode()))
    message = cleared(text="Grüße")
    answer = await trunk.deliver(message)
    trunk.settled(message)
    return answer


async def test_a_message_is_posted_as_the_sdks_post_it(upstream: Upstream) -> None:
    trunk = made(upstream)
    assert await carried(trunk, upstream, 201, {"sid": "SM77", "status": "queued"}) == Sent(("SM77",))
    (head, form), *_ = upstream.asked
    assert head.startswith(f"POST /2010-04-01/Accounts/{SID}/Messages.json ")
    assert form == {
        "From": SENDER, "To": RECIPIENT, "Body": "Grüße", "StatusCallback": "https://ours.example/trunks/up/status",
    }  # fmt: skip
    assert "I-Twilio-Idempotency-Token: SM" + "0" * 32 in head
    assert httpx.BasicAuth(SID, TOKEN)._auth_header in head
    assert trunk.room == 50


async def test_a_refusal_is_final_and_has_the_upstreams_code(upstream: Upstream) -> None:
    told = await carried(made(upstream), upstream, 400, {"code": 21610, "message": "unsubscribed"})
    assert told == NotSent(reason="unsubscribed", permanent=True, code=21610)
    told = await carried(made(upstream), upstream, 404, b"<html>")
    assert told == NotSent(reason="HTTP 404", permanent=True, code=30008)


@pytest.mark.parametrize("status", [401, 403, 408, 409, 429, 500, 503])
async def test_an_upstream_that_can_not_now_is_left_alone_longer_each_time(upstream: Upstream, status: int) -> None:
    trunk = made(upstream)
    first, second = [await carried(trunk, upstream, status) for _ in range(2)]
    assert not first.permanent
    assert (first.retry_after, second.retry_after) == (0.5, 1.0)
    assert trunk.room == 0
    assert await carried(trunk, upstream, 201, {"sid": "SM1"}) == Sent(("SM1",))
    assert (await carried(trunk, upstream, status)).retry_after == 0.5


async def test_without_an_answer_nobody_knows_and_it_is_sent_again(upstream: Upstream) -> None:
    trunk = made(upstream)
    with pytest.raises(TrunkDown, match="can't be read"):
        await carried(trunk, upstream, 201, b"<html>")
    gone = made(upstream)
    await upstream.__aexit__()
    with pytest.raises(TrunkDown):
        await gone.deliver(cleared())
    assert gone.room == 0


async def test_binary_messages_have_no_place_there(upstream: Upstream) -> None:
    told = await made(upstream).deliver(cleared(binary=b"\x01", text=""))
    assert isinstance(told, NotSent)
    assert told.permanent
    assert upstream.asked == []


async def test_mms_is_posted_with_signed_links_that_it_fetches(upstream: Upstream, keys: Keys) -> None:
    assert made(upstream).kinds is Kind.SMS
    trunk = made(upstream, mms=True)
    trunk.shared = Shared(keys, HandClock(NOON), "https://ours.example")
    file = Attachment(sid="ME" + "1" * 32, content_type="image/png", size=1, digest="d")
    upstream.answers.append((201, b'{"sid": "MM1"}'))
    assert trunk.kinds is Kind.TEXT
    await trunk.deliver(cleared(kind=Kind.MMS, text="Look", attachments=(file,)))
    ((_, form),) = upstream.asked
    assert (form["Body"], form["SendAsMms"]) == ("Look", "true")
    assert trunk.shared.own(form["MediaUrl"]) == (ACCOUNT, file.sid)


async def test_its_window_is_what_is_under_way(upstream: Upstream) -> None:
    trunk = made(upstream, window=2)
    upstream.answers += [(201, b'{"sid": "SM1"}'), (201, b'{"sid": "SM2"}')]
    messages = [cleared(n) for n in range(2)]
    await asyncio.gather(*(trunk.deliver(message) for message in messages))
    assert trunk.room == 0
    trunk.settled(messages[0])
    assert trunk.room == 1


# --- callbacks --------------------------------------------------------------------------------------------------------

Call = Callable[[str, dict[str, str]], Awaitable[httpx.Response]]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def call(upstream: Upstream, heard: Heard) -> AsyncIterator[Call]:
    trunk = made(upstream)
    trunk.connect(heard)
    app = Starlette(routes=door.routes([trunk]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:

        async def signed(what: str, form: dict[str, str]) -> httpx.Response:
            signature = signing.signature(TOKEN, trunk.callback(what), form)
            return await client.post(f"/trunks/up/{what}", data=form, headers={"X-Twilio-Signature": signature})

        yield signed


@pytest.mark.parametrize(
    ("status", "code", "state", "error"),
    [
        ("delivered", "", "delivered", None),
        ("undelivered", "30003", "failed", 30003),
        ("failed", "", "failed", 30008),
        ("sent", "", "accepted", None),
    ],
)
async def test_a_status_is_a_report(
    call: Call, heard: Heard, status: str, code: str, state: str, error: int | None
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": status} | ({"ErrorCode": code} if code else {})
    assert (await call(STATUS, form)).status_code == 200
    (report,) = heard.reports
    assert (report.trunk, report.carrier_id, report.state, report.error) == ("up", "SM1", state, error)


async def test_what_is_on_its_way_is_no_report(call: Call, heard: Heard) -> None:
    assert (await call(STATUS, {"MessageSid": "SM1", "MessageStatus": "queued"})).status_code == 200
    assert heard.reports == []


async def test_a_message_of_a_person_is_brought_once_signed(call: Call, heard: Heard) -> None:
    answer = await call(MESSAGES, {"MessageSid": "SM9", "From": RECIPIENT, "To": SENDER, "Body": "ja bitte é"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    (message,) = heard.inbound
    assert (message.sender.text, message.recipient.text, message.text) == (RECIPIENT, SENDER, "ja bitte é")
    assert (message.carrier_id, message.answered) == ("SM9", True)


async def test_a_persons_files_are_fetched_and_one_that_can_not_be_had_stays_a_link(call: Call, heard: Heard) -> None:
    with gallery() as web:
        form = {"MessageSid": "MM9", "From": RECIPIENT, "To": SENDER, "Body": "Look", "NumMedia": "3"}
        form |= {"MediaUrl0": f"{web}/moved/cat.jpg", "MediaUrl1": f"{web}/gone", "MediaUrl2": "ftp://x"}
        assert (await call(MESSAGES, form)).status_code == 200
        (message,) = heard.inbound
        assert [(file.name, file.content_type) for file in message.files] == [("cat.jpg", "image/jpeg")]
        assert message.text == f"Look\n{web}/gone\nftp://x"
    for odd in ("x", "-1", ""):
        assert (await call(MESSAGES, form | {"NumMedia": odd})).status_code == 200
        assert heard.inbound[-1].files == ()


async def test_a_callback_that_lacks_something_is_told_what(call: Call) -> None:
    assert "MessageSid" in (await call(MESSAGES, {"From": RECIPIENT, "To": SENDER, "Body": ""})).text
    answer = await call(MESSAGES, {"MessageSid": "SM1", "From": "x" * 30, "To": SENDER, "Body": ""})
    assert answer.status_code == 400


async def test_while_nothing_can_be_kept_it_is_asked_to_come_again(call: Call, heard: Heard) -> None:
    heard.lost = 1
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    answer = await call(STATUS, form)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await call(STATUS, form)).status_code == 200


async def test_what_is_not_signed_or_too_large_is_not_taken(upstream: Upstream, heard: Heard) -> None:
    trunk = made(upstream)
    trunk.connect(heard)
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = signing.signature(TOKEN, trunk.callback(STATUS), form)
    large = form | {"Body": "x" * 70_000}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=door.routes([trunk]))), base_url="http://inside"
    ) as client:
        for sent, signature, path in (
            (form, "", "up/status"),
            (form | {"MessageStatus": "failed"}, right, "up/status"),
            (form, right, "up/messages"),
            (large, signing.signature(TOKEN, trunk.callback(STATUS), large), "up/status"),
        ):
            answer = await client.post(f"/trunks/{path}", data=sent, headers={"X-Twilio-Signature": signature})
            assert answer.status_code == 403
        assert (await client.post("/trunks/other/status", data=form)).status_code == 404
    assert heard.reports == []
