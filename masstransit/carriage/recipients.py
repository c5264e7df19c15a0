"""What a person sees and does who proved that a number is theirs: who writes to them and on what grounds, stopping it,
taking that back, complaining, and what became of a complaint.

All of it is about one person, and nothing about another: senders are named by marks that mean nothing to anybody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.bundle import TakenOut
from masstransit.carriage.codes import TooOften
from masstransit.carriage.complaints import UNCONFIRMED, Complaints
from masstransit.carriage.optouts import OptOuts, Wish
from masstransit.carriage.possession import Session
from masstransit.carriage.proofs import Whose, prove
from masstransit.clock import Clock
from masstransit.errors import NotFound
from masstransit.facts.consent import Roots
from masstransit.facts.revocation import IntentKind
from masstransit.ledger import Ledger
from masstransit.model.address import parse
from masstransit.model.communication import Kind, Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import consents, recipients
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_BRANDS = 100  # shown at most, those who wrote last
_LINES = 400  # (sender, purpose, end user) in all
_AWAITED = (Purpose.OTP.value, Purpose.EMERGENCY.value)
_COMPLAINTS = 50
_MESSAGES = 10  # of a line, to choose from
_MARK = 24  # hex digits: 96 bits
_SHOWN_FOR = timedelta(days=400)  # thirteen months, default
_COMPLAINTS_A_DAY = 20  # by one person; default
_DAY = timedelta(days=1)
_STRICTEST = ("suspend", "block", "throttle", "warn")

#: What can be asked of a brand: the page's word, and what it is to the opt-out machinery.
WISHES: Mapping[str, IntentKind] = {
    "marketing": IntentKind.STOP_MARKETING,
    "all": IntentKind.STOP,
    "person": IntentKind.STOP_PERSON,
    "start": IntentKind.START,
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What came from one sender for one purpose."""

    mark: str
    account: str  #: that sent it; the page does not show it
    sender: str
    purpose: str  #: "": it was not stated
    end_user: str  #: on whose behalf; "": the brand's own
    number: int
    first: datetime
    last: datetime
    blocked: bool = False  #: the person asked to be left alone by this end user


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What the brand says that the person agreed to."""

    purpose: str
    kind: str  #: written | express | purchase | inquiry | conversation
    medium: str  #: how it was given: web-form | keyword | paper ...; "": not said
    given_at: datetime
    proven: bool  #: something is kept to show for it
    withdrawn_at: datetime | None


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """A brand: who writes, or says that they may."""

    mark: str
    account: str  #: its root account; the page does not show it
    name: str
    lines: tuple[Line, ...]
    grounds: tuple[Ground, ...]
    stopped: str  #: "" | marketing | all | everything
    stopped_at: datetime | None
    left_alone: bool  #: the person asked for that too

    @property
    def said(self) -> bool:
        """Whether anything is on record that the person agreed to or took back."""
        return bool(self.grounds or self.stopped or self.left_alone or any(line.blocked for line in self.lines))

    @property
    def only_awaited(self) -> bool:
        """Whether nothing but codes and emergencies came, for which nobody looks for consent (rule 7.1)."""
        return bool(self.lines) and all(line.purpose in _AWAITED for line in self.lines)


class Lodged(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint, and what became of it."""

    at: datetime
    name: str
    sender: str
    said: str
    confirmed: bool  #: it is sure that the message arrived, so that the complaint counts in full
    followed: str  #: "" | warn | throttle | block | suspend: what was done since about this sender


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All that is on record about a person, as they see it."""

    writers: tuple[Writer, ...]
    complaints: tuple[Lodged, ...]

    def writer(self, mark: str) -> Writer:
        """Raises `NotFound`."""
        for writer in self.writers:
            if writer.mark == mark:
                return writer
        raise NotFound("nobody who wrote to this number has this mark")

    def line(self, mark: str) -> tuple[Writer, Line]:
        """Raises `NotFound`."""
        for writer in self.writers:
            for line in writer.lines:
                if line.mark == mark:
                    return writer, line
        raise NotFound("nothing came to this number that has this mark")

    def meant(self, mark: str) -> tuple[Writer, Line | None]:
        """The brand that a mark stands for, and the line where it is a line's. Raises `NotFound`."""
        try:
            return self.writer(mark), None
        except NotFound:
            return self.line(mark)


class Hearing(Protocol):
    """Who brings an outcome before the gate."""

    async def outcome(self, outcome: Outcome) -> Any: ...


class Recipients:
    """What the page shows and does for a session."""

    def __init__(
        self,
        *,
        database: Database,
        keys: Keys,
        clock: Clock,
        ledger: Ledger,
        roots: Roots,
        optouts: OptOuts,
        complaints: Complaints,
        arrivals: Hearing,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._ledger = ledger
        self._roots = roots
        self._optouts = optouts
        self._complaints = complaints
        self._arrivals = arrivals

    async def overview(self, session: Session) -> Overview:
        """Everything about the person. Raises `StorageUnavailable`."""
        return await self._database.survey(lambda c: self._overview(c, session.person))

    async def wish(self, session: Session, mark: str, wish: str) -> Writer:
        """Stop a brand's marketing, all of it, or be left alone by it; `start` takes that back. `mark` is a brand's, or
        a line's where its end user alone is meant ("person"). In force when this returns. Raises `NotFound`."""
        kind = WISHES.get(wish)
        if kind is None:
            raise NotFound("there is no such wish")
        overview = await self.overview(session)
        writer, line = overview.meant(mark)
        end_user = line.end_user if line is not None and wish == "person" else ""
        last = line or (writer.lines[0] if writer.lines else None)
        done = await self._optouts.wish(
            Wish(
                account=writer.account,
                person=session.person,
                masked=session.masked,
                kind=kind,
                end_user=end_user,
                via=last.sender if last else "",
            )
        )
        if done and last is not None and kind is not IntentKind.START:
            await self._turned_away(session, last)
        return writer

    async def _turned_away(self, session: Session, line: Line) -> None:
        """The gate hears of it as of a STOP: about the last message of this line."""
        messages = await self._messages(session, line, 1)
        for last in messages:
            outcome = Outcome(
                id=new_sid("OU"),
                account=last.account,
                kind=Kind[last.kind],
                what=OutcomeKind.OPT_OUT,
                at=self._clock.now(),
                sender=parse(last.sender),
                recipient=parse(last.recipient),
                campaign=last.campaign,
                end_user=last.end_user,
                communication=last.sid,
            )
            await self._arrivals.outcome(outcome)

    # --- complaints -----------------------------------------------------------------------------------------------

    async def received(self, session: Session, mark: str) -> tuple[Writer, Line, Sequence[tuple[str, datetime]]]:
        """What came last from a line, as (SID, when) each, so that one of them can be complained of. What it said is
        not shown: the number may have been somebody else's. Raises `NotFound`."""
        writer, line = (await self.overview(session)).line(mark)
        messages = await self._messages(session, line, _MESSAGES)
        return writer, line, [(row.sid, row.sent_at) for row in messages]

    async def complain(self, session: Session, message: str, said: str) -> bool:
        """Complain of a message. False: they did so before. Raises `NotFound` for what never came to them, and
        `TooOften`."""
        day = self._clock.now() - _DAY
        brought = await self._database.read(lambda c: recipients.complained_since(c, session.person, day))
        if brought >= _COMPLAINTS_A_DAY:
            raise TooOften("so many complaints came from this number today")
        return await self._complaints.from_person(session.person, message, said=said)

    async def proof(self, session: Session, mark: str) -> bytes:
        """A signed file of what they agreed to and took back toward a brand, for whoever they show it to: it proves
        itself. Nothing in it is from before the number changed hands. Raises `NotFound`, and where nothing is said."""
        writer = (await self.overview(session)).writer(mark)
        taken = TakenOut(by="the person", because="asked for on the recipients' page", at=self._clock.now())

        def take(connection: Connection) -> bytes:
            whose = Whose(
                account=writer.account,
                person=session.person,
                masked=session.masked,
                since=recipients.held_since(connection, session.person),
            )
            return prove(connection, self._ledger, self._keys, whose, taken)[1]

        return await self._database.write(take)

    async def _messages(self, session: Session, line: Line, at_most: int) -> Sequence[Row[Any]]:
        key = (line.account, line.sender, line.purpose, line.end_user)
        return await self._database.read(
            lambda c: recipients.messages(c, session.person, key, self._since(c, session.person), at_most=at_most)
        )

    # --- what is on record ----------------------------------------------------------------------------------------

    def _since(self, connection: Connection, person: str) -> datetime:
        """From when on it is shown: never from before a carrier shut the number down, whose holder was another."""
        earliest = self._clock.now() - _SHOWN_FOR
        return max(earliest, recipients.held_since(connection, person) or earliest)

    def _overview(self, connection: Connection, person: str) -> Overview:
        now = self._clock.now()
        since = self._since(connection, person)
        sent, others = recipients.writers(connection, person, since, lines=_LINES, also=_BRANDS)
        lodged = recipients.complaints_by(connection, person, since, at_most=_COMPLAINTS)
        self._roots.learn(connection, {row.account for row in (*sent, *lodged)} | set(others))
        by_root: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in sent:
            by_root[self._roots.of(row.account)].append(row)
        for account in others:
            by_root[self._roots.of(account)] += ()
        roots = list(by_root)[:_BRANDS]
        about = _About(connection, person, roots, {self._roots.of(row.account) for row in lodged})
        writers = [self._writer(person, root, by_root[root], about) for root in roots]
        return Overview(
            writers=tuple(sorted(writers, key=lambda writer: writer.only_awaited)),  # our own codes come last
            complaints=tuple(self._lodged(connection, row, about, now) for row in lodged),
        )

    def _writer(self, person: str, root: str, rows: Sequence[Row[Any]], about: _About) -> Writer:
        opted_out, blocked = about.opt_outs.get(root), about.blocks.get(root, frozenset())
        return Writer(
            mark=self._keys.mark("writer", person, root)[:_MARK],
            account=root,
            name=about.name(root),
            lines=tuple(self._line(person, row, blocked) for row in rows),
            grounds=tuple(_ground(row) for row in about.consents.get(root, ())),
            stopped=opted_out.scope if opted_out else "",
            stopped_at=opted_out.since if opted_out else None,
            left_alone="" in blocked,
        )

    def _line(self, person: str, row: Row[Any], blocked: frozenset[str]) -> Line:
        end_user, purpose = row.end_user or "", row.purpose or ""
        return Line(
            mark=self._keys.mark("line", person, row.account, row.sender, purpose, end_user)[:_MARK],
            account=row.account,
            sender=row.sender,
            purpose=purpose,
            end_user=end_user,
            number=row.number,
            first=row.first,
            last=row.last,
            blocked=bool(end_user) and end_user in blocked,
        )

    def _lodged(self, connection: Connection, row: Row[Any], about: _About, now: datetime) -> Lodged:
        root = self._roots.of(row.account)
        steps = recipients.steps_since(connection, row, root, now)
        return Lodged(
            at=row.at,
            name=about.name(root),
            sender=row.sender,
            said=row.attrs.get("said", ""),
            confirmed=row.attrs.get("receipt") != UNCONFIRMED,
            followed=next((step for step in _STRICTEST if step in steps), ""),
        )


class _About:
    """What is on record of a person and some brands."""

    def __init__(self, connection: Connection, person: str, roots: Sequence[str], named: Collection[str]) -> None:
        self._names = recipients.names(connection, {*roots, *named})
        self.opt_outs = {row.account: row for row in consents.opt_outs_of(connection, roots, [person])}
        self.consents: dict[str, list[Row[Any]]] = defaultdict(list)
        held = recipients.held_since(connection, person)
        for row in consents.consents_of(connection, roots, [person]):
            if held is None or row.given_at >= held:  # what another agreed to, whose the number was, is not shown
                self.consents[row.account].append(row)
        blocked: dict[str, set[str]] = defaultdict(set)
        for row in consents.blocks_of(connection, roots, [person]):
            blocked[row.account].add(row.end_user)
        self.blocks = {root: frozenset(end_users) for root, end_users in blocked.items()}

    def name(self, root: str) -> str:
        """By which people know a brand; "" where it has none."""
        return self._names.get(root, "")


def _ground(row: Row[Any]) -> Ground:
    return Ground(
        purpose=row.purpose,
        kind=row.kind,
        medium=row.medium,
        given_at=row.given_at,
        proven=bool(row.proof),
        withdrawn_at=row.withdrawn_at,
    )
