"""Calls as one thing to open and close: the door, the switch behind it, and who keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from masstransit.carriage.identity.service import Identity
from masstransit.carriage.ongoing import Going
from masstransit.carriage.recording import Recordings
from masstransit.carriage.voice.line import Spoken
from masstransit.channels.sip import ways
from masstransit.channels.sip.admission import Admission, Admits
from masstransit.channels.sip.carried import Carried
from masstransit.channels.sip.carried import Sound as Between
from masstransit.channels.sip.digest import Challenges
from masstransit.channels.sip.door import Door
from masstransit.channels.sip.handing_on import HandingOn
from masstransit.channels.sip.kamailio import Routes
from masstransit.channels.sip.keeper import Keeper
from masstransit.channels.sip.lines import Lines, Sound
from masstransit.channels.sip.places import Limits, Places
from masstransit.channels.sip.placing import Calls, Placing
from masstransit.channels.sip.redirect import RedirectServer, RedirectSettings
from masstransit.channels.sip.settings import Link, SwitchSettings
from masstransit.channels.sip.talk import HangUp
from masstransit.channels.sip.ways import Ways
from masstransit.clock import Clock
from masstransit.errors import ConfigError
from masstransit.model.call import HELP
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

__all__ = ["Limits", "Service", "Settings", "Trunk", "served"]

log = logging.getLogger("masstransit.sip")


class Trunk(Link, frozen=True, kw_only=True):
    """A carrier's trunk, whole."""

    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What calls go by."""

    listen: tuple[str, int] | None  #: None: calls are not served
    shown: str = ""
    realm: str
    domain: str
    digests: tuple[str, ...] = ("MD5", "SHA-256")
    limits: Limits = Limits()
    ring_for: float = 180.0
    relay: bool = True  #: the sound of calls that are carried goes through the house
    socket: Path
    journal: Path
    mark: str
    trunks: tuple[Trunk, ...] = ()
    redirect: tuple[str, int] | None = None  #: where Kamailio asks; None: there is none in front
    kamailio: tuple[str, ...] = ()  #: its IP addresses


class Service:
    """Serves calls, where the settings say so."""

    def __init__(self, settings: Settings, door: Door, lines: Lines, handing: HandingOn, clock: Clock) -> None:
        self.lines = lines  #: calls that the house leads
        self.handing = handing  #: calls that are handed on
        self._settings = settings
        self._door = door
        self._clock = clock
        self._redirect: RedirectServer | None = None
        self._keeper: Keeper | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def switch(self) -> int | None:
        """The process that serves calls now."""
        return self._keeper.pid if self._keeper is not None else None

    async def open(self) -> str:
        """Start serving; HOST:PORT, "" where calls are not served. Raises `ConfigError`."""
        await self._open_redirect()
        if self._settings.listen is None:
            return ""
        await self._door.listen(self._settings.socket)
        self._keeper = Keeper(_for_switch(self._settings, self._settings.listen), self._door.here)
        try:
            await self._keeper.open()
        except BaseException:
            await self._door.close()
            raise
        address = self._door.address or self._settings.listen
        self._watching = asyncio.create_task(self._keeper.watch(address))
        return f"{address[0]}:{address[1]}"

    async def _open_redirect(self) -> None:
        if self._settings.redirect is None:
            return
        host, port = self._settings.redirect
        self._redirect = RedirectServer(_for_redirect(self._settings), self._door, self._clock)
        try:
            port = await self._redirect.listen(host, port)
        except OSError as taken:
            raise ConfigError(f"[sip_server] redirect = '{host}:{port}' can't be opened: {taken.strerror}") from taken
        log.info("Kamailio is answered at %s:%d", host, port)

    async def close(self) -> None:
        """Hang up, keep the records, end the switch."""
        if self._redirect is not None:
            await self._redirect.close()
        if self._keeper is None:
            return
        await self._keeper.close()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._door.close()
        await self.handing.close()

    def going(self, sid: str) -> Going | None:
        """How far a call has come that goes through."""
        stands = self._door.standing.get(sid)
        if stands is None:
            return None
        return Going(trunk=stands.trunk, ringing_at=stands.ringing_at, answered_at=stands.answered_at)

    def hang_up(self, sid: str) -> bool:
        """End a call that goes through. False: it is none of these."""
        return sid in self._door.standing and self._door.tell(HangUp(sid))

    def amiss(self) -> list[str]:
        """What an operator should know, a line each; nothing where all is well."""
        if self._keeper is None:
            return []
        lines = [] if self._door.here.is_set() else ["calls: the switch does not serve; it is being started again"]
        down = self._door.links_down
        return lines + ([f"calls: trunks that do not answer: {', '.join(down)}"] if down else [])


def served(
    settings: Settings,
    *,
    exchange: Admits,
    calls: Calls,
    database: Database,
    keys: Keys,
    clock: Clock,
    identity: Identity,
    speak: Callable[[Spoken], Awaitable[bytes]],
    recordings: Recordings,
    sounds: Callable[[], Awaitable[Sound]],
    between: Callable[[], Awaitable[Between]],
) -> Service:
    """Join the parts that calls need. `speak` makes words heard; `sounds` gives a call that the house leads its sound,
    `between` one that it carries."""
    places = Places()
    admission = Admission(
        exchange=exchange,
        database=database,
        keys=keys,
        clock=clock,
        challenges=Challenges(keys, settings.realm, settings.digests),
        limits=settings.limits,
    )
    found = Ways(
        database=database,
        clock=clock,
        domain=settings.domain,
        trunks=[ways.Trunk(name=t.name, prefixes=t.prefixes, emergency=t.emergency) for t in settings.trunks],
        identity=identity,
    )
    lines = Lines(ways=found, clock=clock, speak=speak, sounds=sounds, places=places, limits=settings.limits)
    carried = Carried(sounds=between, recordings=recordings, clock=clock)
    placed = Placing(
        calls=calls,
        admission=admission,
        database=database,
        clock=clock,
        places=places,
        domain=settings.domain,
        ways=found,
        voice=lines,
        carried=carried if settings.relay else None,
        identity=identity,
    )
    handing = HandingOn(
        talks=carried.talk,
        recordings=recordings,
        admission=admission,
        places=places,
        ways=found,
        lines=lines,
        clock=clock,
        domain=settings.domain,
    )
    door = Door(
        placing=placed, admission=admission, calls=calls, places=places, led=lines, carried=carried, handing=handing
    )
    lines.reach(door.tell)
    carried.reach(door.tell)
    handing.reach(door.tell)
    return Service(settings, door, lines, handing, clock)


def _for_redirect(settings: Settings) -> RedirectSettings:
    return RedirectSettings(
        kamailio=frozenset(settings.kamailio),
        routes=Routes(links={each.name: each for each in settings.trunks}, domain=settings.domain, mark=settings.mark),
        sources={source: each.name for each in settings.trunks for source in each.sources},
        emergency=HELP,
    )


def _for_switch(settings: Settings, listen: tuple[str, int]) -> SwitchSettings:
    links: Sequence[Link] = [
        Link(
            name=each.name,
            host=each.host,
            port=each.port,
            username=each.username,
            password=each.password,
            sources=each.sources,
            emergency=each.emergency,
        )
        for each in settings.trunks
    ]
    return SwitchSettings(
        host=listen[0],
        port=listen[1],
        shown=settings.shown,
        socket=str(settings.socket),
        journal=str(settings.journal),
        mark=settings.mark,
        links=tuple(links),
        emergency=tuple(sorted(HELP)),
        ring_for=settings.ring_for,
    )
