"""Mailboxes on lines with sound: phones of the loopback carrier whose people also talk, over RTP."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from masstransit.carriage.archive import Archive
from masstransit.carriage.voice.arriving import Arriving
from masstransit.carriage.voice.asking import Boxed
from masstransit.carriage.voice.line import Line, Sound
from masstransit.carriage.voice.live import LiveCalls, Wish
from masstransit.carriage.voicemail.answering import Answering
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.keeping import Mailboxes, Setting
from masstransit.carriage.voicemail.mailbox import Lock
from masstransit.channels.loopback.calls import PhoneCall
from masstransit.channels.media import wav
from masstransit.channels.media.leg import open_leg
from masstransit.channels.media.phrases import MailboxPhrases
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.shelf import Shelf
from masstransit.model.communication import Direction
from masstransit.model.decision import Decision
from masstransit.model.sid import new_sid
from masstransit.storage import numbers, recordings, sip_logins, voicemails
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import notices
from masstransit.storage.tables import voicemails as left
from tests.carriage.voice.house import ANN, BEN, VoiceHouse
from tests.carriage.voice.sounding import CallStudio, SoundLine
from tests.makers import NOON, a_call
from tests.stories.announcement import short
from tests.stories.talker import Talker

BOX = BEN  #: the customer's number, at which a phone can ring
PITCH, RATE = 440, 8000


class Quick(MailboxPhrases):
    """The house's phrases, each of which takes a twentieth of a second: they are read, not heard."""

    def sound(self, name: str, language: str) -> Sound:
        return Sound(url="", pcm=bytes(800), text=super().sound(name, language).text)


class Caller(SoundLine):
    """A person's line. Whom they are joined with is on the phones alone."""

    async def bridge(self, other: Line) -> None:
        await self.phone.bridge(other)


class Sounds:
    """People's calls, with sound. Stands before `Arriving`."""

    def __init__(self, house: BoxHouse) -> None:
        self._house = house
        self.lines: list[SoundLine] = []

    async def receive(self, line: Line, sid: str, caller: str, called: str, *, channel: str) -> Decision | None:
        assert isinstance(line, PhoneCall)
        house = self._house
        return await house.arriving.receive(await self.of(line), sid, caller, called, channel=channel)

    async def of(self, phone: PhoneCall) -> Any:
        talker = await Talker.open(PITCH)
        leg = await open_leg(self._house.pulse)
        leg.hear(talker.description())
        talker.call(leg.description())
        studio = CallStudio(self._house.pulse, self._house.prompts, self._house.folder)
        self.lines.append(Caller(phone, talker, leg, studio))
        return self.lines[-1]

    def close(self) -> None:
        for line in self.lines:
            line.talker.hang_up()
            line.leg.close()


class BoxHouse(VoiceHouse):
    """The house with a mailbox at `BOX`."""

    def __init__(self, database: Database, keys: Keys, folder: Path) -> None:
        super().__init__(database, keys)
        self.folder, self.prompts, self.pulse = folder / "recordings", short(folder / "prompts"), Pulse()
        self.archive = Archive(database=database, ledger=self.ledger, clock=self.clock, shelf=Shelf(self.folder))
        self.deposits = Deposits(
            database=database, exchange=self.exchange, archive=self.archive, notices=self.notices,
            ledger=self.ledger, keys=keys, clock=self.clock,
        )  # fmt: skip
        self.lock = Lock(database, keys, self.clock)
        self.mailboxes = Mailboxes(
            database=database, exchange=self.exchange, ledger=self.ledger, lock=self.lock, clock=self.clock
        )
        boxes = Answering(
            database=database, legs=self.parts.legs, asking=self.parts.asking, deposits=self.deposits, lock=self.lock,
            phrases=Quick(), clock=self.clock,
        )  # fmt: skip
        self.live = LiveCalls(self.parts, boxes)
        self.arriving = Arriving(self.live, database, self.clock)
        self.sounds = Sounds(self)
        self.handsets.connect(self.sounds)
        self.box = ""

    async def close(self) -> None:
        await super().close()
        self.sounds.close()

    async def boxed(self, **told: Any) -> str:
        """The number has a mailbox; its SID."""
        row = {"number": BOX, "region": "US", "account": self.account, "sid": "PN1", "state": "in-use"}
        await self.database.write(lambda c: numbers.put(c, [row], NOON))
        made = await self.mailboxes.make(self.account, BOX, Setting(**told))
        self.box = str(made.sid)
        return self.box

    async def registered(self) -> None:
        """A phone is registered for the number."""
        contact = {"contact": "sip:b@h", "host": "127.0.0.1", "port": 9, "user": "b", "registered_at": NOON,
                   "expires_at": NOON + timedelta(hours=1)}  # fmt: skip
        kept = sip_logins.secret("ben", "r", "p")

        def keep(connection: Any) -> None:
            sip_logins.put(connection, self.keys, self.account, "ben", NOON, realm="r", kept=kept, number=BOX)
            sip_logins.register(connection, self.account, "ben", [contact])

        await self.database.write(keep)

    async def dials(self) -> tuple[PhoneCall, SoundLine]:
        """Ann calls the number."""
        call = await self.handsets.dial(ANN, BOX)
        return call, self.sounds.lines[-1]

    async def own(self) -> tuple[PhoneCall, SoundLine]:
        """The number's own phone calls it."""
        phone = self.handsets._ring(ANN, new_sid("CA"), BOX, BOX, "made")
        line = await self.sounds.of(phone)
        call = a_call(
            id=phone.shown.id, account=self.account, sender=BOX, recipient=BOX, direction=Direction.INBOUND,
            at=self.clock.now(),
        )  # fmt: skip
        await self.live.receive(call, line, Wish(source=Boxed(self.box, own=True)))
        return phone, line

    async def left(self, seconds: float = 2.0, *, state: str = "new", ended: bool = True, loud: int = 8000) -> str:
        """A message of that many seconds is in the mailbox; its SID."""
        message, recording, now = new_sid("VM"), new_sid("RE"), self.clock.now()
        samples = (loud * np.sin(2 * np.pi * PITCH * np.arange(int(seconds * RATE)) / RATE)).astype("<i2")
        (self.folder / recording).mkdir(parents=True)
        (self.folder / recording / "leg-1.wav").write_bytes(wav.header(len(samples)) + samples.tobytes())
        sound = {"account": self.account, "sid": recording, "call": "CA1", "act": "record", "source": "voicemail",
                 "state": "ended", "asked_at": now, "began_at": now, "seconds": seconds,
                 "ended_at": now if ended else None, "digests": {}}  # fmt: skip
        row = {"account": self.account, "sid": message, "mailbox": self.box, "call": "CA1", "recording": recording,
               "channel": "loopback", "sender": ANN, "recipient": BOX, "person": "p", "state": state,
               "seconds": seconds, "left_at": now}  # fmt: skip

        def keep(connection: Any) -> None:
            recordings.add(connection, sound)
            voicemails.add(connection, row)

        await self.database.write(keep)
        return message

    async def row_of(self, sid: str) -> Any:
        """A message as it is on record."""
        return await self.database.read(lambda c: voicemails.find(c, self.account, sid))

    async def messages(self) -> list[Any]:
        """All that were ever begun, the oldest first."""
        return list(await self.database.read(lambda c: c.execute(select(left).order_by(left.c.left_at)).all()))

    async def told(self) -> list[dict[str, str]]:
        """What waits to be told to the mailbox's URL."""
        rows = await self.database.read(lambda c: c.execute(select(notices)).all())
        return [row.body["params"] for row in rows if "VoicemailSid" in row.body.get("params", {})]

    def kept(self) -> set[str]:
        """The recordings whose sound is there."""
        return {file.parent.name for file in self.folder.glob("RE*/leg-*.wav")}
