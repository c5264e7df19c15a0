"""Appeals on each engine: who may appeal against what, who may decide it, and that what is granted is undone once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from masstransit.carriage import appeals, lifting
from masstransit.carriage.overturning import Word
from masstransit.carriage.standing import put
from masstransit.carriage.statements import APPEAL_WITHIN, KINDS, SILENT
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger, verify
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage import alerts, communications, decisions, queue, statements, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, an_sms

OTHER, CHILD = "AC" + "2" * 32, "AC" + "3" * 32
DAY = timedelta(days=1)
DUE = NOON + 7 * DAY
LEDGER = Ledger("test")
SM, DE = "SM" + "1" * 32, "DE" + "1" * 32


class Desk:
    """A record with what a test needs, and the words of customers and people on it."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database, self.keys, self.at = database, keys, NOON

    async def does(self, work: Any) -> Any:
        return await self.database.write(work)

    async def stands(self, name: str = "ST1", **more: Any) -> str:
        row = {
            "account": ACCOUNT, "step_id": name, "scope": "campaign", "target": "QE1", "step": "suspend", "clause": "6",
            "rule": "6.8", "reason": "a carrier complained about this traffic", "remedy": "ask people first",
            "silent": "", "decision": "DE9", "since": self.at, "acts_from": self.at, "confirmed_by": None,
            "expires_at": self.at + 30 * DAY,
        }  # fmt: skip
        await self.does(lambda c: put(c, LEDGER, row | more))
        return name

    async def decided(self, verdict: Verdict = Verdict.REFUSE, **evidence: Any) -> str:
        """A message with what was decided of it; one that is held waits."""
        message = an_sms(id=SM, at=self.at)
        rule = "B6" if evidence else "8.3"
        found = Finding(clause=rule[:1], rule=rule, verdict=verdict, reason="so it was", evidence=evidence)
        decision = Decision(
            id=DE, subject=SM, account=ACCOUNT, moment=Moment.OFFER, attempt=0, at=self.at, verdict=verdict,
            findings=(found,) if verdict else (), facts={}, revision="then",
        )  # fmt: skip

        def keep(connection: Any) -> None:
            kept = decisions.record(decision)
            salts = LEDGER.append(connection, [(ACCOUNT, "decision", DE, kept)], self.at)
            decisions.add(connection, [(decision, kept, salts[0])])
            row = communications.row(message, person="p", segments=1, status="accepted", decision=DE)
            communications.add(connection, [row])
            if verdict is Verdict.HOLD:
                held = {"account": ACCOUNT, "sid": SM, "since": self.at, "until": self.at + DAY, "clause": "8"}
                queue.hold(connection, [held | {"rule": "8.3", "reason": "so it was"}])

        await self.does(keep)
        return DE

    async def files(self, about: str, account: str = ACCOUNT, text: str = "They asked for it.") -> Mapping[str, Any]:
        filed = appeals.Filed(account=account, about=about, text=text, by=account, at=self.at)
        made: Mapping[str, Any] = await self.does(lambda c: appeals.file(c, LEDGER, filed, DUE))
        return made

    async def decides(self, sid: str, by: str = "Cleo", *, overturn: bool = True) -> int:
        word = Word(by=by, because="they showed how people opted in", at=self.at + DAY)
        freed: int = await self.does(lambda c: appeals.decide(c, LEDGER, sid, word, overturn=overturn))
        return freed

    async def rows(self, table: Any) -> list[Any]:
        return list(await self.database.read(lambda c: c.execute(select(table)).all()))

    async def told(self) -> list[str]:
        """What was stated, in order."""
        return [row.what for row in sorted(await self.rows(tables.statements), key=lambda r: (r.at, r.sid))]

    async def verified(self) -> bool:
        return (await self.database.survey(lambda c: verify(c, self.keys.public))).whole


@pytest.fixture
async def desk(database: Database, keys: Keys) -> Desk:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    family = ((ACCOUNT, None), (CHILD, ACCOUNT), (OTHER, None))
    rows = [row | {"account": account, "parent": parent} for account, parent in family]
    await database.write(lambda c: c.execute(insert(tables.accounts), rows))
    return Desk(database, keys)


async def test_an_appeal_that_is_granted_lifts_the_step_once_and_its_customer_is_told_each_time(desk: Desk) -> None:
    filed = await desk.files(await desk.stands())
    assert (filed["about"], filed["outcome"], filed["due_at"]) == ("ST1", None, DUE)
    assert await desk.decides(filed["sid"]) == 0
    (step,), (row,) = await desk.rows(tables.standing), await desk.rows(tables.appeals)
    assert (step.undone_by, step.undone_at) == ("Cleo", NOON + DAY)
    assert (row.outcome, row.decided_by, row.because) == ("overturned", "Cleo", "they showed how people opted in")
    assert sorted(await desk.told()) == sorted(["suspend", "appeal-received", "lifted", "appeal-overturned"])
    for overturn in (True, False):
        with pytest.raises(Conflict, match="overturned before, by Cleo: nothing is changed"):
            await desk.decides(filed["sid"], "Dora", overturn=overturn)
    assert len(await desk.told()) == 4
    assert await desk.verified()


async def test_an_appeal_that_is_not_granted_leaves_the_step_as_it_was(desk: Desk) -> None:
    filed = await desk.files(await desk.stands())
    assert await desk.decides(filed["sid"], overturn=False) == 0
    (step,) = await desk.rows(tables.standing)
    assert (step.undone_at, step.acts_from) == (None, NOON)
    assert (await desk.told())[-1] == "appeal-upheld"
    (_, _, last) = sorted(await desk.rows(tables.statements), key=lambda r: (r.at, r.sid))
    assert last.said["because"] == "they showed how people opted in"
    assert last.said["text"].startswith(f"Your appeal {filed['sid']} against ST1 is not granted: it stands. ")


async def test_who_put_confirmed_or_decided_of_it_before_decides_no_appeal_against_it(desk: Desk) -> None:
    first = await desk.files(await desk.stands(confirmed_by="Ada, Bob"))
    for name in ("Ada", " bob "):
        with pytest.raises(Conflict, match="had a part in ST1: somebody else"):
            await desk.decides(first["sid"], name)
    await desk.decides(first["sid"], "Cleo", overturn=False)
    second = await desk.files("ST1")
    with pytest.raises(Conflict, match="Cleo had a part in ST1"):
        await desk.decides(second["sid"], "Cleo")
    assert await desk.decides(second["sid"], "Dora") == 0


async def test_one_appeal_against_a_step_is_open_at_a_time(desk: Desk) -> None:
    filed = await desk.files(await desk.stands())
    with pytest.raises(Conflict, match=f"{filed['sid']} against ST1 is open: it is decided by "):
        await desk.files("ST1")
    assert len(await desk.rows(tables.appeals)) == 1
    await desk.files(await desk.stands("ST2"))


async def test_of_people_who_decide_it_at_once_one_is_heard(desk: Desk) -> None:
    filed = await desk.files(await desk.stands())
    words = [desk.decides(filed["sid"], name, overturn=n % 2 == 0) for n, name in enumerate(("Bob", "Cleo", "Dora"))]
    heard = await asyncio.gather(*words, return_exceptions=True)
    assert sorted(type(each).__name__ for each in heard) == ["Conflict", "Conflict", "int"]
    said = [row.kind for row in await desk.rows(tables.records)]
    assert said.count("appeal-decided") == 1
    assert said.count("standing-lifted") <= 1
    assert await desk.verified()


async def test_what_was_lifted_meanwhile_is_not_lifted_again(desk: Desk) -> None:
    filed = await desk.files(await desk.stands())
    word = Word(by="Ada", because="a mistake", at=NOON)
    await desk.does(lambda c: lifting.lift(c, LEDGER, "ST1", word))
    await desk.decides(filed["sid"])
    (step,) = await desk.rows(tables.standing)
    assert step.undone_by == "Ada"
    assert (await desk.told()).count("lifted") == 1
    with pytest.raises(Conflict, match="undone already"):
        await desk.files("ST1")


async def test_a_proposed_step_is_appealed_against_before_it_acts(desk: Desk) -> None:
    filed = await desk.files(await desk.stands(acts_from=None))
    assert (await desk.told())[0] == "proposed"
    await desk.decides(filed["sid"])
    with pytest.raises(Conflict, match="was lifted by Cleo"):
        await desk.does(lambda c: lifting.confirm(c, LEDGER, "ST1", Word(by="Ada", at=NOON + 2 * DAY)))


async def test_six_months_after_it_was_told_a_step_is_not_appealed_against_any_more(desk: Desk) -> None:
    await desk.stands()
    await desk.stands("ST2")
    desk.at = NOON + APPEAL_WITHIN
    await desk.files("ST1")
    desk.at += timedelta(seconds=1)
    with pytest.raises(Conflict, match="ST2 is older than 184 days"):
        await desk.files("ST2")


async def test_a_step_of_another_account_is_not_there(desk: Desk) -> None:
    await desk.stands()
    for account in (OTHER, CHILD):
        with pytest.raises(NotFound, match="neither a step nor a decision ST1"):
            await desk.files("ST1", account)


# --- decisions --------------------------------------------------------------------------------------------------------


async def test_a_refusal_that_is_overturned_is_measured_and_not_sent_by_that(desk: Desk) -> None:
    filed = await desk.files(await desk.decided())
    assert await desk.decides(filed["sid"]) == 0
    (row,) = await desk.rows(tables.overturns)
    assert (row.decision, row.rule, row.way, row.by) == (DE, "8.3", "overturned", "Cleo")
    assert await desk.rows(tables.queue) == []
    with pytest.raises(Conflict, match="undone already"):
        await desk.files(DE)
    assert await desk.verified()


async def test_a_held_message_whose_hold_is_overturned_goes_out_once(desk: Desk) -> None:
    filed = await desk.files(await desk.decided(Verdict.HOLD))
    assert await desk.decides(filed["sid"]) == 1
    assert [row.sid for row in await desk.rows(tables.queue)] == [SM]
    (hold,) = await desk.rows(tables.holds)
    assert (hold.outcome, hold.decided_by) == ("released", "Cleo")
    assert [row.way for row in await desk.rows(tables.overturns)] == ["released"]


async def test_who_ended_a_hold_decides_no_appeal_against_it(desk: Desk) -> None:
    await desk.decided(Verdict.HOLD)
    await desk.does(lambda c: queue.end_hold(c, ACCOUNT, SM, "refused", "Ada"))
    filed = await desk.files(DE)
    with pytest.raises(Conflict, match="Ada had a part"):
        await desk.decides(filed["sid"], "Ada")
    assert await desk.decides(filed["sid"]) == 0


async def test_nobody_had_a_part_in_a_hold_that_ended_by_itself(desk: Desk) -> None:
    await desk.decided(Verdict.HOLD)
    await desk.does(lambda c: queue.end_hold(c, ACCOUNT, SM, "expired", "deadline"))
    await desk.files(DE)
    (row,) = await desk.rows(tables.appeals)
    assert await desk.does(lambda c: appeals.involved(c, row)) == []


async def test_a_decision_that_rests_on_a_step_is_appealed_against_at_the_step(desk: Desk) -> None:
    await desk.stands()
    filed = await desk.files(await desk.decided(step="ST1"))
    assert filed["about"] == "ST1"
    await desk.decides(filed["sid"])
    assert [row.undone_by for row in await desk.rows(tables.standing)] == ["Cleo"]
    assert await desk.rows(tables.overturns) == []


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.FLAG, Verdict.DELAY])
async def test_what_stopped_nothing_is_not_appealed_against(desk: Desk, verdict: Verdict) -> None:
    await desk.decided(verdict)
    with pytest.raises(BadInput, match="neither held nor refused"):
        await desk.files(DE)


async def test_what_is_not_there_is_said(desk: Desk) -> None:
    for about in ("ST9", "DE9", "SM9"):
        with pytest.raises(NotFound, match=f"neither a step nor a decision {about}"):
            await desk.files(about)
    with pytest.raises(NotFound, match="no appeal AL9"):
        await desk.decides("AL9")


# --- what may not be told ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", sorted(SILENT))
async def test_a_step_that_may_not_be_told_is_kept_with_the_reason_and_nobody_hears_of_it(
    desk: Desk, silent: str
) -> None:
    attrs = {"attrs": {"notice_url": "https://example.com/"}}
    await desk.does(lambda c: c.execute(update(tables.accounts).values(attrs)))
    await desk.stands(silent=silent, acts_from=None)
    await desk.does(lambda c: lifting.confirm(c, LEDGER, "ST1", Word(by="Ada", at=NOON)))
    with pytest.raises(NotFound):
        await desk.files("ST1")
    await desk.does(lambda c: lifting.lift(c, LEDGER, "ST1", Word(by="Ada", because="it ended", at=NOON)))
    kept = await desk.rows(tables.statements)
    assert sorted((row.what, row.silent) for row in kept) == [(w, silent) for w in ("lifted", "proposed", "suspend")]
    said = [row.record for row in await desk.rows(tables.records) if row.kind == "notice"]
    assert all(SILENT[silent].partition(" (")[0] in text for text in said)
    assert await desk.rows(tables.alerts) == await desk.rows(tables.notices) == []
    assert await desk.verified()


async def test_a_decision_that_rests_on_a_step_nobody_may_be_told_of_is_appealed_against_as_a_decision(
    desk: Desk,
) -> None:
    await desk.stands(silent="gag")
    filed = await desk.files(await desk.decided(step="ST1"))
    assert filed["about"] == DE
    (told,) = [row for row in await desk.rows(tables.statements) if not row.silent]
    assert "ST1" not in str(told.said)


@pytest.mark.parametrize(("gag", "clause", "silent"), [(True, "14", "gag"), (False, "14", ""), (True, "6", "")])
async def test_a_step_under_a_sealed_order_is_told_to_nobody_by_itself(
    desk: Desk, gag: bool, clause: str, silent: str
) -> None:
    order = {
        "account": ACCOUNT, "order": "OR1", "scope": "account", "target": "", "authority": "Bureau",
        "reference": "7", "verified": True, "gag": gag, "since": NOON - DAY, "until": None,
    }  # fmt: skip
    await desk.does(lambda c: c.execute(insert(tables.authority_orders), order))
    unit = {"account": CHILD, "scope": "account", "target": CHILD, "step": "suspend"}
    word = Word(by="Ada", because="as the order says", at=NOON)
    await desk.does(lambda c: lifting.place(c, LEDGER, clause, unit, word))
    assert [row.silent for row in await desk.rows(tables.standing)] == [silent]
    assert len(await desk.rows(tables.alerts)) == (0 if silent else 1)


async def test_the_operator_is_alerted_once_of_each_appeal_that_is_overdue_and_not_a_moment_before(desk: Desk) -> None:
    first = (await desk.files(await desk.stands()))["sid"]
    await desk.files(await desk.stands("ST2", target="QE2"))
    assert await desk.does(lambda c: appeals.remind(c, DUE - timedelta(microseconds=1))) == 0
    await desk.decides(first)
    assert await desk.does(lambda c: appeals.remind(c, DUE)) == 1
    assert await desk.does(lambda c: appeals.remind(c, DUE + 30 * DAY)) == 0
    (told,) = await desk.database.read(lambda c: alerts.for_operator(c, NOON))
    assert "was to be decided by" in told.text
    assert first not in told.text


async def test_every_kind_of_statement_and_every_reason_for_silence_can_be_kept(desk: Desk) -> None:
    for n, (what, silent) in enumerate(product(KINDS, ("", *SILENT))):
        row = {"account": ACCOUNT, "sid": f"NT{n}", "at": NOON, "what": what, "silent": silent, "said": {}}
        await desk.does(lambda c, row=row: statements.add(c, row))
    kept = {(row.what, row.silent) for row in await desk.rows(tables.statements)}
    assert kept == set(product(KINDS, ("", *SILENT)))
