"""The house at work: its doors opened, served until it is told to stop, and closed in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from masstransit import api, config, console, demo
from masstransit.app import Parts, budget_of, business_days, join, loaded_keys, prepared, reckoning, stepping_down
from masstransit.carriage import access_tokens, revising
from masstransit.carriage.feedback import Feedback
from masstransit.carriage.mailroom.sources import Sources
from masstransit.carriage.media.unlocking import Unlocking
from masstransit.carriage.ongoing import Ongoing
from masstransit.carriage.reviewing import Reviewer
from masstransit.carriage.voice.arriving import Arriving
from masstransit.certificates import certificate_of
from masstransit.channels.chat import frames as of_chat
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.channels.mm7 import door as mm7
from masstransit.channels.mm7.trunk import Mm7Trunk
from masstransit.channels.rest import door as upstream
from masstransit.channels.rest.trunk import RestTrunk
from masstransit.channels.video import frames as of_video
from masstransit.chores import background, mend_recordings
from masstransit.clock import Clock, SystemClock
from masstransit.console import chat as chat_page
from masstransit.console import phones as phones_page
from masstransit.console import recipient as recipient_page
from masstransit.console import rooms as rooms_page
from masstransit.console import unsubscribe as unsubscribe_page
from masstransit.console.door import Door as PagesDoor
from masstransit.console.errands import Errands
from masstransit.console.pages import PAGES
from masstransit.edition import edition_of
from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.garbage import collect_seldom
from masstransit.replay.editions import Change, editions
from masstransit.storage import agreements, decisions
from masstransit.storage.engine import Database

LARGEST_FRAME = max(of_chat.LARGEST, of_video.LARGEST)  #: octets of a frame over a socket
_HEALTH_WITHIN = 5.0  # seconds
_GRACE = 10.0  # seconds that requests under way get at the end
_A_TURN = (
    0.0005  # seconds after which the loop lets the database's thread go on, and not 0.005: a commit needs ten turns
)


class _Http(uvicorn.Server):
    """Uvicorn, whose signals are ours, and which says when it listens."""

    def __init__(self, settings: uvicorn.Config) -> None:
        super().__init__(settings)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: config.Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    database = await prepared(settings)
    keys = await loaded_keys(settings, database)
    parts = join(settings, database, keys, ())
    await _register_edition(parts)
    await _run(parts, (), lambda http, smpp, sip, smtp: None)


async def run_demo(settings: config.Settings) -> None:
    """Serve the demo until SIGTERM or SIGINT."""
    settings = msgspec.structs.replace(
        settings,
        webhooks=msgspec.structs.replace(settings.webhooks, allow_private=True),  # its customer's are on this machine
        desk=msgspec.structs.replace(settings.desk, second_factor=False),
    )
    database = await prepared(settings)
    keys = await loaded_keys(settings, database)
    phones = Phones(demo.PHONES)
    loopback = LoopbackTrunk(phones, SystemClock(), beside_others=bool(settings.trunk))
    accepted, now = edition_of(settings), SystemClock().now()
    edition = demo.Edition(accepted.digest, accepted.dated)
    operator = await database.write(lambda connection: demo.seed_operator(connection, keys, edition, now))
    if not settings.recipients.account:
        by = config.RecipientSettings(account=operator, sender=demo.OPERATOR_NUMBER)
        settings = msgspec.structs.replace(settings, recipients=by)
    handsets = Handsets(phones, SystemClock())
    folder = _folder(settings)
    drop = "" if any(isinstance(trunk, config.SmtpTrunkSettings) for trunk in settings.trunk) else str(folder / "mail")
    parts = join(settings, database, keys, (loopback,), dialler=handsets, maildrop=drop)
    if parts.voice is not None:
        handsets.connect(Arriving(parts.voice, database, parts.clock))
    await _register_edition(parts)
    earlier, realm = demo.earlier(folder), settings.sip_server.realm or settings.domain
    customer = await database.write(lambda connection: demo.seed(connection, keys, edition, now, earlier, realm))
    account = customer.account_sid
    await database.write(lambda connection: demo.seed_mail(connection, keys, account, now))
    people = await database.write(lambda connection: demo.seed_people(connection, keys, account, now, earlier))
    kit: list[phones_page.Kit] = []

    def publish(http: str, smpp: tuple[str, int], sip: str, smtp: str) -> None:
        demo.publish(folder, customer, people, http=http, smpp=smpp, sip=sip, smtp=smtp, drop=drop, realm=realm)
        kit.append(
            phones_page.Kit(
                base_url=http,
                account_sid=customer.account_sid,
                auth_token=customer.auth_token,
                numbers=demo.NUMBERS,
            )
        )

    stopping: list[bool] = []
    pages = phones_page.routes(
        phones,
        loopback,
        handsets=handsets,
        kit=lambda: kit[0] if kit else None,
        complain=parts.complaints.from_phone,
        recent=lambda: _recent(parts),
        stopping=lambda: bool(stopping),
    )
    conversation = chat_page.routes(
        demo.CHATTERS,
        lambda identity: _seat(parts, account, identity),
        lambda: frozenset({urlsplit(kit[0].base_url).hostname or ""}) if kit else frozenset(),
    )
    await _run(parts, [*conversation, *pages], publish, on_stop=lambda: stopping.append(True))


async def _seat(parts: Parts, account: str, identity: str) -> chat_page.Seat:
    """A seat of the demo's conversation for one of its people, as its customer's server would give it."""
    now = parts.clock.now()
    room, key = await parts.database.write(lambda c: demo.conversation(c, parts.keys, account, now))
    return chat_page.Seat(
        token=access_tokens.made(parts.keys, account, key, identity, now + timedelta(hours=1)), conversation=room
    )


@contextlib.asynccontextmanager
async def at_work(settings: config.Settings, trunks: Sequence[Any], clock: Clock) -> AsyncIterator[Parts]:
    """The whole house at work with its doors shut, on a clock of its own: for drills."""
    database = await prepared(settings)
    try:
        parts = join(settings, database, await loaded_keys(settings, database), trunks, clock=clock)
        await _register_edition(parts)
        async with background(parts):
            yield parts
            await parts.exchange.drained()
            await parts.calls.drained()
        await parts.counters.close()
    finally:
        await database.close()


def _health(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    """GET /healthz: 200 while messages can be accepted, 503 while the database can't be used. What is amiss with calls
    is said beside: the switch is started again by itself, and messages go on."""

    async def health(_: Request) -> Response:
        try:
            async with asyncio.timeout(_HEALTH_WITHIN):
                await parts.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except (StorageUnavailable, TimeoutError):
            return PlainTextResponse("the database can't be used\n", status_code=503)
        return PlainTextResponse("".join(f"{line}\n" for line in ("ok", *parts.sip.amiss())))

    return health


def _folder(settings: config.Settings) -> Path:
    folder = Path(settings.data)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def _register_edition(parts: Parts) -> None:
    edition, now = parts.edition, parts.clock.now()
    await parts.database.write(
        lambda connection: agreements.publish_edition(
            connection, digest=edition.digest, dated=edition.dated, source=edition.source, current_from=now
        )
    )
    await parts.database.write(lambda connection: revising.note(connection, parts.ledger, parts.gate, now))


async def _run(
    parts: Parts,
    pages: Sequence[BaseRoute],
    ready: Callable[[str, tuple[str, int], str, str], None],
    *,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Open the doors, say so, serve, and close in order: doors first, then what is under way, then the database."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    listener = _listen(parts.settings.http)
    http = f"http://{config.endpoint(parts.settings.http, 'http')[0]}:{listener.getsockname()[1]}"
    upstreams = [trunk for trunk in parts.trunks if isinstance(trunk, RestTrunk)]
    for trunk in upstreams:
        trunk.base_url = parts.settings.base_url or http
    parts.mail.base_url = parts.settings.base_url or http
    parts.mail_out.dispatch.base_url = (parts.settings.base_url or http).rstrip("/")
    parts.mms.shared.base_url = (parts.settings.base_url or http).rstrip("/")
    parts.deposits.base_url = (parts.settings.base_url or http).rstrip("/")
    house = console_house(parts, stop.is_set)
    desk = PagesDoor(house).routes(PAGES)
    also = (
        *pages,
        *desk,
        *_recipient_pages(parts),
        *unsubscribe_page.routes(parts.unsubscribes),
        *upstream.routes(upstreams),
        *mm7.routes([trunk for trunk in parts.trunks if isinstance(trunk, Mm7Trunk)]),
        parts.chat.sockets.route(),
        *_room_pages(parts),
        Route("/healthz", _health(parts)),
    )
    app = api.build(api_house(parts), also=also)
    server = _Http(
        uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=int(_GRACE),
            timeout_keep_alive=75, backlog=2048, http=api.Connection, ws="websockets-sansio",
            ws_max_size=LARGEST_FRAME, ws_per_message_deflate=False,
        )
    )  # fmt: skip
    await mend_recordings(parts)
    async with background(parts):
        smpp = await _open_smpp(parts)
        called = await parts.sip.open()
        if parts.video is not None:
            await parts.video.open()
        posted, exchange = await _open_smtp(parts), await _open_exchange(parts)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        gc.collect()
        collect_seldom()
        sys.setswitchinterval(_A_TURN)
        ready(parts.settings.base_url or http, smpp, called, posted)
        doors = {"http": http.removeprefix("http://"), "smpp": f"{smpp[0]}:{smpp[1]}", "sip": called, "smtp": posted}
        print(_ready(doors | ({"mx": exchange} if exchange else {})), flush=True)  # noqa: T201
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        on_stop()
        server.should_exit = True
        await _shut(parts)
        await asyncio.wait([serving], timeout=_GRACE)
        await house.errands.close()
        house.proving.stop()
        await house.proving.finished()
        await parts.possession.drained()
        await _end_calls(parts)
        await parts.faxing.reception.drained()
        await parts.faxing.trunk.drained()
        await parts.caller_ids.close()
        await parts.exchange.drained()
        await parts.calls.drained()
    await parts.counters.close()
    await parts.database.close()


async def _end_calls(parts: Parts) -> None:
    """Begin none of those that are due any more, and end those that go on."""
    if parts.scheduling is not None:
        await parts.scheduling.close()
    if parts.voice is not None:
        await parts.voice.close()


async def _open_smtp(parts: Parts) -> str:
    """Open the door for customers' mail: HOST:PORT; "" where none is taken."""
    if not parts.settings.smtp:
        return ""
    host, port = config.endpoint(parts.settings.smtp, "smtp")
    try:
        bound = await parts.mail_out.submission.listen(host, port)
    except OSError as taken:
        raise ConfigError(f"smtp = '{host}:{port}' can't be opened: {taken.strerror or taken}") from taken
    return f"{host}:{bound}"


def _ready(doors: Mapping[str, str | None]) -> str:
    """The line by which whoever started the house knows that its doors are open, and where."""
    return " ".join(("ready", *(f"{name}={where or '-'}" for name, where in doors.items())))


async def _shut(parts: Parts) -> None:
    """Close the doors beside HTTP's, and end what goes on behind them."""
    await parts.sip.close()
    if parts.video is not None:
        await parts.video.close()
    await parts.smpp.close()
    await parts.mail_out.submission.close()
    if parts.exchanger is not None:
        await parts.exchanger.close()


async def _open_smpp(parts: Parts) -> tuple[str, int]:
    host, port = config.endpoint(parts.settings.smpp, "smpp")
    bound = await _opened_door(parts, "smpp", host, port, None)
    context = smpp_tls(parts.settings)
    if context is not None:
        outside = config.endpoint(parts.settings.smpp_server.tls_listen, "smpp_server.tls_listen")
        await _opened_door(parts, "smpp_server.tls_listen", *outside, context)
    return host, bound


async def _opened_door(parts: Parts, name: str, host: str, port: int, tls: ssl.SSLContext | None) -> int:
    try:
        return await parts.smpp.listen(host, port, tls=tls)
    except OSError as taken:
        raise ConfigError(f"{name} = '{host}:{port}' can't be opened: {taken.strerror or taken}") from taken


def smpp_tls(settings: config.Settings) -> ssl.SSLContext | None:
    """The certificate that the TLS listener shows; None where there is no such listener. Raises `ConfigError`."""
    door = settings.smpp_server
    if not door.tls_listen:
        return None
    config.endpoint(door.tls_listen, "smpp_server.tls_listen")
    if not door.tls_certificate:
        raise ConfigError("[smpp_server] tls_listen is set without tls_certificate: name the PEM file")
    return certificate_of(door, "smpp_server")


async def _open_exchange(parts: Parts) -> str:
    """Open the door for other servers' mail: HOST:PORT; "" where none is taken."""
    if parts.exchanger is None:
        return ""
    host, port = config.endpoint(parts.settings.mail_in.listen, "[mail_in] listen")
    try:
        bound = await parts.exchanger.listen(host, port)
    except OSError as taken:
        raise ConfigError(f"[mail_in] listen = '{host}:{port}' can't be opened: {taken.strerror or taken}") from taken
    return f"{host}:{bound}"


def _listen(where: str) -> socket.socket:
    host, port = config.endpoint(where, "http")
    try:
        listener = socket.create_server((host, port), backlog=2048)
    except OSError as taken:
        raise ConfigError(f"http = '{where}' can't be opened: {taken.strerror or taken}") from taken
    listener.settimeout(0)
    return listener


def api_house(parts: Parts) -> api.House:
    settings = parts.settings
    return api.House(
        database=parts.database,
        keys=parts.keys,
        clock=parts.clock,
        exchange=parts.exchange,
        recordings=parts.recordings,
        archive=parts.archive,
        mailboxes=parts.mailboxes,
        deposits=parts.deposits,
        faxes=parts.faxing.faxes,
        no_fax=parts.faxing.trunk.amiss,
        post=post_of(parts),
        voice=parts.voice,
        scheduling=parts.scheduling,
        video=parts.video.rooms if parts.video is not None else None,
        mms=parts.mms,
        chat=parts.chat,
        feedback=Feedback(parts.database, parts.arrivals.outcome),
        caller_ids=parts.caller_ids,
        ledger=parts.ledger,
        edition=parts.edition,
        business_days=business_days(settings),
        in_force=parts.gate,
        settings=api.Settings(
            domain=settings.domain,
            base_url=settings.base_url,
            allow_private=settings.webhooks.allow_private,
            mail=bool(settings.mail.relay),
            largest_mail=settings.smtp_server.largest,
        ),
    )


def post_of(parts: Parts) -> api.Post:
    """What the API sends mail by."""
    return api.Post(
        outbox=parts.mail_out.outbox,
        domains=parts.mail_out.domains,
        files=parts.media,
        sources=Sources(parts.database, parts.media),
    )


def console_house(parts: Parts, stopping: Callable[[], bool]) -> console.House:
    """What the pages need."""
    settings, desk = parts.settings, parts.settings.desk
    return console.House(
        database=parts.database,
        keys=parts.keys,
        clock=parts.clock,
        ledger=parts.ledger,
        exchange=parts.exchange,
        in_force=parts.gate,
        caller_ids=parts.caller_ids,
        archive=parts.archive,
        domains=parts.mail_out.domains,
        sources=Sources(parts.database, parts.media),
        faxes=parts.faxing.faxes,
        unlocking=Unlocking(parts.media, parts.database, parts.ledger, parts.clock),
        no_fax=parts.faxing.trunk.amiss,
        deposits=parts.deposits,
        ongoing=Ongoing(parts.voice, parts.sip),
        scheduling=parts.scheduling,
        counters=parts.counters,
        reviewer=Reviewer(notices=parts.notices, second_share=desk.second_looks),
        edition=parts.edition,
        business_days=business_days(settings),
        budget=budget_of(settings, parts.gate.policy),
        stays=stepping_down(parts.gate.policy),
        reckon=reckoning(settings, parts.gate.policy),
        errands=Errands(parts.database, parts.clock, _handed_on(settings, parts.database), _without_settings()),
        consider=lambda changes: _considered(settings, changes),
        settings=console.Settings(
            base_url=settings.base_url,
            second_factor=desk.second_factor,
            capacity=desk.capacity,
            exposures=desk.exposures,
            mail=bool(settings.mail.relay),
        ),
        released=parts.delivery.nudge,
        stopping=stopping,
    )


def _handed_on(settings: config.Settings, database: Database) -> str:
    """The settings for a command of ours beside this process, as TOML: the policy and the record, and no secrets of
    carriers or of the mail relay."""
    url = database.url.set(drivername=database.dialect).render_as_string(hide_password=False)
    bare = msgspec.structs.replace(settings, database=url, trunk=(), mail=config.MailSettings(), http="127.0.0.1:0")
    return config.written(bare)


def _without_settings() -> dict[str, str]:
    """The environment without what sets anything: a command is told its settings."""
    return {name: value for name, value in os.environ.items() if name not in config.ENVIRONMENT}


def _considered(settings: config.Settings, changes: Sequence[Change]) -> None:
    """Raise `ConfigError` for figures that can't be tried."""
    editions(settings, changes)


def _recipient_pages(parts: Parts) -> Sequence[BaseRoute]:
    """The page on which people see who writes to them."""
    return recipient_page.routes(parts.possession, parts.recipients, keys=parts.keys, base_url=parts.settings.base_url)


def _room_pages(parts: Parts) -> Sequence[BaseRoute]:
    """Video rooms: the socket, and the page that joins from a browser."""
    return [] if parts.video is None else [parts.video.sockets.route(), *rooms_page.routes()]


async def _recent(parts: Parts) -> list[dict[str, Any]]:
    """The last decisions, for the demo's page."""
    return await parts.database.read(decisions.recent)
