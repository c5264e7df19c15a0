"""One side of a call: a UDP socket, what comes in by it and what goes out.

What comes in is heard by its ears (a recorder, a mixer) and passed on to another leg as it is: sequence numbers and
timestamps are shifted and keep their gaps, so that the listener's phone sees what was lost and in which order it came.
Where the two sides speak different laws the sound is translated; keys are passed on under the other side's payload
type. What is played to a leg goes before what others say. A leg to which nobody sends for a tenth of a second is sent
silence, because phones hang up on a line that is dead.

Packets count only from the address that was negotiated: the first one settles the port (a phone behind a router sends
from another than it says), and from then on no other is heard. Where a leg has a home, nothing is sent elsewhere
whatever its description says, or anybody could have us flood a host of their choice: another address in it, such as a
private one behind a router, counts for nothing. Its port is tried, as many routers keep it, until the first packet from
home says which it is; an announcement that may not arrive is none.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from typing import Any, cast

from msgspec import structs

from masstransit.channels.media import g711, rtp, sdp
from masstransit.channels.media.events import Pressed, payloads
from masstransit.channels.media.g711 import Law
from masstransit.channels.media.pulse import FRAME, SECONDS, Pulse

Ear = Callable[[rtp.Packet, float], None]  #: hears a packet of sound, and when it came by the loop's clock
_QUIET_BEATS = 5
_LAWS = frozenset(law.value for law in Law)


class _Playing:
    """Sound that is being played to a leg."""

    def __init__(self, sound: bytes) -> None:
        self.sound = sound
        self.at = 0
        self.over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def frame(self) -> bytes:
        self.at += FRAME
        return self.sound[self.at - FRAME : self.at]

    @property
    def done(self) -> bool:
        return self.at >= len(self.sound)


class Leg(asyncio.DatagramProtocol):
    """See above. Made by `open_leg`."""

    def __init__(self, pulse: Pulse, host: str) -> None:
        self.host = host
        self.port = 0
        self.law = Law.PCMU  #: by which it sends and is sent to
        self.ears: list[Ear] = []
        self.to: Leg | None = None  #: who hears it directly
        self.asks = False  #: its keys are answers to us, and are passed on to nobody
        self.keeps = False  #: its keys are kept for us, and passed on too
        self.fills = True  #: silence is sent to it where nobody says anything
        self.heard = self.sent = 0  #: packets
        self._pulse = pulse
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._pressed = Pressed()
        self._answer: int | None = None  # the timestamp of a key that was for us, up to the last of its packets
        self._transport: asyncio.DatagramTransport | None = None
        self._theirs: sdp.Description | None = None
        self._version = 0
        self._home: tuple[str, Callable[[str], bool]] | None = None
        self._target: tuple[str, int] | None = None
        self._guessed = False  # it may hear at another port
        self._settled = False
        self._playing: _Playing | None = None
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._source = secrets.randbits(32)
        self._shift: tuple[int, int, int] | None = None  # source passed on, by how much its two counters are shifted
        self._idle = 0

    # --- signalling -----------------------------------------------------------------------------------------------

    def stay_at(self, home: str, also: Callable[[str], bool] = lambda _: False) -> None:
        """It hears and speaks at this address only, or at one that `also` takes."""
        self._home = (home, also)

    def hear(self, description: str) -> None:
        """The other side's session description, at first or changed. Raises `BadInput`."""
        theirs = sdp.read(description)
        moved = self._theirs is None or (theirs.host, theirs.port) != (self._theirs.host, self._theirs.port)
        if moved and theirs.port and theirs.host != sdp.NOWHERE:
            (self._target, self._guessed), self._settled = self._place(theirs), False
        self._theirs, self.law = theirs, theirs.laws[0]
        self._version += 1

    def _place(self, theirs: sdp.Description) -> tuple[tuple[str, int], bool]:
        """Where it hears, and whether that is a guess."""
        if self._home is None or theirs.host == self._home[0] or self._home[1](theirs.host):
            return (theirs.host, theirs.port), False
        return (self._home[0], theirs.port), True

    def description(self) -> str:
        """Our own: an offer while nothing was heard of the other side, else the answer."""
        if self._theirs is None:
            return self.offer()
        return sdp.write(sdp.answer(self._theirs, self.host, self.port, version=self._version))

    def offer(self, like: Leg | None = None) -> str:
        """An offer of both laws; with the law of another leg first and its number for keys, so that what is passed on
        between the two stays as it is."""
        law = self.law if like is None else like.law
        one = sdp.Description(
            host=self.host,
            port=self.port,
            laws=(law, *(other for other in Law if other is not law)),
            events=self.events if like is None else like.events,
            version=self._version + 1,
        )
        return sdp.write(one)

    @property
    def events(self) -> int | None:
        """The payload type of keys towards the other side; our own proposal while nothing was heard of it."""
        return sdp.EVENTS if self._theirs is None else self._theirs.events

    @property
    def hears(self) -> bool:
        """Whether what is sent to it can reach a person now."""
        return self._transport is not None and self._theirs is not None and not self._theirs.on_hold

    # --- what comes in --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]
        self._pulse.join(self, self._beat)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens at the other side's port, for now."""

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self._target is None or self._theirs is None or addr[0] != self._target[0]:
            return
        packet = rtp.read(data)
        if packet is None:
            return
        if addr[1] != self._target[1]:
            if self._settled:
                return
            self._target = (addr[0], addr[1])
        self._settled, self._guessed = True, False
        self.heard += 1
        if packet.kind == self._theirs.events:
            self._hear_key(packet)
        elif packet.kind in _LAWS:
            packet = self._under_own_law(packet)
            self._take(self._pressed.over())
            now = asyncio.get_running_loop().time()
            for ear in self.ears:
                ear(packet, now)
            if self.to is not None:
                self.to.pass_on(packet, self.law)

    def _under_own_law(self, packet: rtp.Packet) -> rtp.Packet:
        """Who was offered both laws may speak either, and change between them."""
        if packet.kind == self.law.value:
            return packet
        payload = g711.across(packet.payload, Law(packet.kind), self.law)
        return structs.replace(packet, kind=self.law.value, payload=payload)

    def _hear_key(self, packet: rtp.Packet) -> None:
        self._take(self._pressed.hear(packet.timestamp, packet.payload))
        if self.asks:
            self._answer = packet.timestamp
        if self.to is not None and packet.timestamp != self._answer:
            self.to.pass_on(packet, None)

    def _take(self, keys: str) -> None:
        for key in keys if self.asks or self.keeps else "":
            self._keys.put_nowait(key)

    def ask(self) -> None:
        """Its keys are answers from now on; those pressed before are none."""
        self.asks = True
        self.forget_keys()

    def forget_keys(self) -> None:
        """Those pressed before count no more."""
        while not self._keys.empty():
            self._keys.get_nowait()

    async def key(self, within: float | None = None) -> str | None:
        """The next key pressed while it `asks` or `keeps` them; None: none within so many seconds, if that is
        bounded."""
        try:
            async with asyncio.timeout(within):
                return await self._keys.get()
        except TimeoutError:
            return None

    # --- what goes out --------------------------------------------------------------------------------------------

    def pass_on(self, packet: rtp.Packet, law: Law | None) -> None:
        """Send another leg's packet: sound under its `law`, or a key (None)."""
        if self._playing is not None or not self.hears or self._theirs is None:
            return
        kind = self.law.value if law is not None else self._theirs.events
        if kind is None:
            return
        fresh = self._shift is None or self._shift[0] != packet.source
        if self._shift is None or fresh:
            ahead = FRAME * self._idle if self._idle else 0
            self._shift = (
                packet.source,
                self._sequence - packet.sequence,
                self._timestamp + ahead - packet.timestamp,
            )
        _, by, later = self._shift
        payload = packet.payload if law is None else g711.across(packet.payload, law, self.law)
        sequence, timestamp = packet.sequence + by, packet.timestamp + later
        self._send(kind, sequence, timestamp, payload, marker=fresh or packet.marker)
        if rtp.ahead(sequence + 1, self._sequence, 16) > 0:
            self._sequence = sequence + 1
        length = len(payload) if law is not None else 0
        if rtp.ahead(timestamp + length, self._timestamp) > 0:
            self._timestamp = timestamp + length

    def say(self, frame: bytes) -> None:
        """Send a frame of our own, under its law: of an announcement, a mix, of silence."""
        marker, self._shift = self._shift is not None, None
        self._send(self.law.value, self._sequence, self._timestamp, frame, marker=marker)
        self._sequence += 1
        self._timestamp += len(frame)

    def _send(self, kind: int, sequence: int, timestamp: int, payload: bytes, *, marker: bool) -> None:
        if self._transport is None or self._target is None:
            return
        self._transport.sendto(rtp.write(kind, sequence, timestamp, self._source, payload, marker=marker), self._target)
        self.sent += 1
        self._idle = 0

    async def press(self, key: str) -> bool:
        """Press a key towards the other side, for a tenth of a second. False: it takes none but as tones."""
        self.stop()
        if not self.hears or self._theirs is None or self._theirs.events is None:
            return False
        self._timestamp += FRAME * self._idle
        at, marker, self._shift = self._timestamp, True, None
        for payload in payloads(key):
            self._send(self._theirs.events, self._sequence, at, payload, marker=marker)
            self._sequence += 1
            self._timestamp += FRAME
            marker = False
            await asyncio.sleep(SECONDS)
        return True

    async def play(self, sound: bytes, law: Law = Law.PCMU) -> bool:
        """Play some sound to its end. False: it was cut off, or could not be heard: put on hold, hung up, or not known
        to hear where it is sent."""
        self.stop()
        if not self.hears or self._guessed:
            return False
        sound += g711.silence(law, -len(sound) % FRAME)
        playing = self._playing = _Playing(g711.across(sound, law, self.law))
        try:
            ended = await playing.over
            if ended:
                await asyncio.sleep(SECONDS)  # the last frame is being heard
            return ended
        finally:
            if self._playing is playing:
                self._playing = None

    def stop(self) -> None:
        """Cut off what is being played."""
        playing, self._playing = self._playing, None
        if playing is not None and not playing.over.done():
            playing.over.set_result(False)

    @property
    def is_playing(self) -> bool:
        """Whether something is being played to it, which goes before what others say."""
        return self._playing is not None

    def _beat(self) -> None:
        playing = self._playing
        self._idle += 1
        if playing is not None and not playing.over.done():
            if not self.hears:
                self.stop()
                return
            self.say(playing.frame())
            if playing.done:
                playing.over.set_result(True)
        elif self._idle > _QUIET_BEATS and self.fills and self.hears:
            self._timestamp += FRAME * (self._idle - 1)
            self.say(g711.silence(self.law, FRAME))

    def close(self) -> None:
        """Hang up."""
        self.stop()
        self._pulse.leave(self)
        if self._transport is not None:
            self._transport.close()
            self._transport = None


async def open_leg(pulse: Pulse, host: str = "127.0.0.1", ports: Sequence[int] = (0,)) -> Leg:
    """A leg at a free port of `ports`; 0 is any. Raises `OSError` where none is free."""
    loop = asyncio.get_running_loop()
    for port in random.sample(ports, len(ports)):
        try:
            _, leg = await loop.create_datagram_endpoint(lambda: Leg(pulse, host), local_addr=(host, port))
        except OSError:
            continue
        return leg
    raise OSError(f"none of the {len(ports)} ports for sound is free: open more of them")
