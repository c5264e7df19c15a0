"""Whoever is met sending what harms, and again: from the refusals on record to the step, and back; on both engines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update

from masstransit.carriage import appeals, lifting
from masstransit.carriage.appeals import Filed
from masstransit.carriage.exchange import Offered
from masstransit.carriage.media.harmful_senders import HarmfulSenders
from masstransit.carriage.overturning import Word
from masstransit.facts.fact import Fact
from masstransit.facts.harm_sent import HarmRecords, HarmSent
from masstransit.facts.media import Attached, Attachments
from masstransit.facts.snoozes import Snoozed
from masstransit.gate import Gate, Learner
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Verdict
from masstransit.model.media import Attachment, Look, Medium, Scan
from masstransit.model.subject import Subject
from masstransit.policy.clause_05_malicious_programs import MaliciousPrograms
from masstransit.storage import files, media, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, changed

OTHER = "AC" + "9" * 32


class Silent:
    """Says that there is nothing."""

    def __init__(self, fact: type[Fact]) -> None:
        self._nothing = fact()

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        return [self._nothing] * len(batch)


class Bringing:
    """Says that a message brings a file that harms, by the name that its text tells; nothing by an empty one."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        return [_files(s.text) if isinstance(s, Communication) else Attachments() for s in batch]


def _files(name: str) -> Attachments:
    if not name:
        return Attachments()
    digest = hashlib.sha256(name.encode()).hexdigest()
    scan = Scan(state="found", names=(name.partition("#")[0],))
    return Attachments(files=(Attached(sid="ME1", content_type="application/zip", size=1, digest=digest, scan=scan),))


class Culprits:
    """A house under clause 5 alone."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.house, self.database = House(database, keys), database
        clause, clock = MaliciousPrograms(), self.house.clock
        learners: dict[type, Learner] = {need: Silent(need) for rule in clause.rules() for need in rule.needs}
        learners |= {Attachments: Bringing(), HarmSent: HarmRecords(database, clock), Snoozed: Silent(Snoozed)}
        self.house.exchange.gate = Gate((clause,), learners, clock)
        self.senders = HarmfulSenders(
            database, self.house.ledger, clock, self.house.arrivals.outcome, finds=clause.finds
        )
        self._sent = 0

    async def sends(self, *names: str, account: str = ACCOUNT, **more: Any) -> list[Offered]:
        """Messages that are refused, a minute apart, and what follows."""
        offered = []
        for name in names:
            self._sent += 1
            offered.append(await self.house.offer(self._sent, kind=Kind.MMS, text=name, account=account, **more))
            assert offered[-1].decision.verdict is Verdict.REFUSE
            await self.house.clock.move(timedelta(minutes=1))
        await self.senders.follow()
        return offered

    async def steps(self, account: str = ACCOUNT) -> list[tuple[str, str, str]]:
        """Those that stand."""
        s = tables.standing.c
        stand = select(s.step, s.scope, s.target).where(s.account == account, s.undone_at.is_(None))
        return [tuple(row) for row in await self.database.read(lambda c: c.execute(stand.order_by(s.since)).all())]

    async def step(self) -> Row[Any]:
        """The last step."""
        last = select(tables.standing).order_by(tables.standing.c.since.desc()).limit(1)
        return await self.database.read(lambda c: c.execute(last).one())

    async def granted(self, decision: str) -> None:
        """An appeal against a refusal is granted."""
        now, ledger = self.house.clock.now(), self.house.ledger
        filed = Filed(account=ACCOUNT, about=decision, text="It is our own tool.", by=ACCOUNT, at=now)
        appeal = await self.database.write(lambda c: appeals.file(c, ledger, filed, now + timedelta(days=5)))
        word = Word(by="Ada", because="it is", at=now)
        await self.database.write(lambda c: appeals.decide(c, ledger, appeal["sid"], word, overturn=True))


@pytest.fixture
def culprits(database: Database, keys: Keys) -> Culprits:
    return Culprits(database, keys)


async def test_one_file_that_harms_brings_no_step_to_however_many_people_it_goes(culprits: Culprits) -> None:
    await culprits.sends("Dropper", "Dropper", "Dropper")
    assert await culprits.steps() == []


async def test_the_second_file_suspends_at_once(culprits: Culprits) -> None:
    await culprits.sends("Dropper")
    await culprits.sends("Stealer")
    assert await culprits.steps() == [("suspend", "account", ACCOUNT)]
    step = await culprits.step()
    assert (step.clause, step.rule, step.acts_from) == ("5", "5.8", step.since)
    await culprits.sends("Worm")  # while it stands there is nothing to add
    assert len(await culprits.steps()) == 1


async def test_the_smallest_unit_is_suspended(culprits: Culprits) -> None:
    await culprits.sends("Dropper", "Stealer", end_user="shop-7", campaign="CM1")
    assert await culprits.steps() == [("suspend", "end_user", "shop-7")]
    await culprits.sends("Dropper", "Stealer", campaign="CM2", account=OTHER)
    assert await culprits.steps(OTHER) == [("suspend", "campaign", "CM2")]


async def test_what_others_sent_is_not_counted(culprits: Culprits) -> None:
    await culprits.sends("Dropper", end_user="shop-7")
    await culprits.sends("Stealer", end_user="shop-8")
    await culprits.sends("Worm")
    await culprits.sends("Miner", account=OTHER)
    assert await culprits.steps() == await culprits.steps(OTHER) == []


async def test_a_find_that_an_appeal_overturned_does_not_count(culprits: Culprits) -> None:
    first, second = await culprits.sends("Tool", "Tool")
    await culprits.granted(second.decision.id)
    await culprits.sends("Stealer")
    assert await culprits.steps() == []  # the tool is the same in both messages
    await culprits.sends("Worm")
    assert await culprits.steps() == [("suspend", "account", ACCOUNT)]
    assert first.decision.id != second.decision.id


async def test_a_suspension_comes_down_with_a_find_that_is_overturned_and_the_other_still_counts(
    culprits: Culprits,
) -> None:
    (tool,) = await culprits.sends("Tool")
    await culprits.sends("Stealer")
    assert len(await culprits.steps()) == 1
    await culprits.granted(tool.decision.id)
    await culprits.senders.follow()
    assert await culprits.steps() == []
    assert (await culprits.step()).undone_by == "the house"
    await culprits.sends("Worm")
    assert len(await culprits.steps()) == 1


async def test_whoever_is_let_back_after_cleaning_up_begins_anew(culprits: Culprits) -> None:
    await culprits.sends("Dropper", "Stealer")
    step = await culprits.step()
    word = Word(by="Ada", because="cleaned up", at=culprits.house.clock.now())
    await culprits.database.write(lambda c: lifting.lift(c, culprits.house.ledger, step.step_id, word))
    await culprits.senders.follow()
    await culprits.house.clock.move(timedelta(minutes=1))
    culprits.senders = HarmfulSenders(  # a process begins, and looks back a day
        culprits.database, culprits.house.ledger, culprits.house.clock, culprits.house.arrivals.outcome, finds=2
    )
    await culprits.sends("Worm")
    assert await culprits.steps() == []
    await culprits.sends("Miner")
    assert len(await culprits.steps()) == 1


async def test_finds_of_long_ago_and_eicars_test_file_do_not_count(culprits: Culprits) -> None:
    await culprits.sends("EICAR_test_file#1", "Win.Test.EICAR_HDB-1#2", "EICAR_test_file#3")
    assert await culprits.steps() == []
    await culprits.sends("Dropper")
    await culprits.house.clock.move(timedelta(days=90))
    await culprits.sends("Stealer")
    assert await culprits.steps() == []


async def test_what_is_found_after_it_went_out_counts_too(culprits: Culprits) -> None:
    await culprits.sends("Dropper")
    sent = (await culprits.house.offer(99, kind=Kind.MMS, text="")).communication
    file = Attachment(sid="ME" + "7" * 32, content_type="application/zip", size=1, digest="7" * 64)
    found = Medium(attachment=file, look=Look(scan=Scan(state="found", names=("Stealer",))))
    row = files.row(ACCOUNT, found, source=file.digest, as_is=True, at=NOON)
    goes_with = media.rows([changed(sent, attachments=(file,))])
    went = update(tables.communications).where(tables.communications.c.sid == sent.id).values(sent_at=NOON)

    def keep(connection: Connection) -> None:
        files.add(connection, row)
        media.add(connection, goes_with)
        connection.execute(went)

    await culprits.database.write(keep)
    await culprits.senders.met([(ACCOUNT, sent.id)])
    assert await culprits.steps() == [("suspend", "account", ACCOUNT)]
