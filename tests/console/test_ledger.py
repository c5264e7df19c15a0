"""The ledger's page: proving it, finding entries, evidence that holds wherever it is checked."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from sqlalchemy import select, update

from masstransit.bundle import check
from masstransit.ledger import checkpoint
from masstransit.model.user import Role
from masstransit.storage.engine import Database
from masstransit.storage.tables import acts, decisions, records
from tests.console.house import FRAUD, Pages, text_of

SID = f"SM{1:032x}"


async def test_the_chains_are_listed_with_what_no_checkpoint_has_signed_yet(pages: Pages) -> None:
    anna = await pages.signed_in(Role.AUDITOR)
    await pages.offer(FRAUD)
    assert "None yet: one is signed every minute" in text_of(await anna.get("/desk/ledger"))
    await pages.database.write(lambda c: checkpoint(c, pages.keys, pages.clock.now()))
    await pages.offer(FRAUD, 2)
    told = text_of(await anna.get("/desk/ledger"))
    assert "Number 1, signed" in told
    assert pages.keys.public.hex() in told
    assert (await anna.get("/desk/ledger/key")).text == f"{pages.keys.public.hex()}\n"
    entries, *_, unsigned = told.split(f"{pages.parts.ledger.chain} ")[-1].split()
    assert int(entries) > int(unsigned) > 0


async def test_the_ledger_is_proven_while_the_house_serves_and_a_changed_record_is_found(pages: Pages) -> None:
    anna = await pages.signed_in(Role.AUDITOR)
    await pages.offer(FRAUD)
    assert (await anna.post("/desk/ledger/prove")).status_code == 303
    await pages.house.proving.finished()
    told = text_of(await anna.get("/desk/ledger"))
    assert " whole For Auditor" in told
    await pages.database.write(lambda c: c.execute(update(decisions).values(verdict="ALLOW")))
    await anna.post("/desk/ledger/prove")
    await pages.house.proving.finished()
    assert "broken in 1 places" in text_of(await anna.get("/desk/ledger"))


class Slow:
    """A database that answers when it may."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.may = asyncio.Event()

    async def survey(self, look: Any) -> Any:
        await self.may.wait()
        return await self._database.survey(look)


async def test_one_proof_runs_at_a_time_and_can_be_stopped(pages: Pages) -> None:
    anna, olga = await pages.signed_in(Role.AUDITOR), await pages.signed_in(Role.OFFICER)
    await pages.offer(FRAUD)
    proving = pages.house.proving
    slow: Any = Slow(pages.database)
    proving.begin(slow, pages.keys.public, "Auditor", pages.clock.now)
    assert (await olga.post("/desk/ledger/prove")).status_code == 409
    proving.stop()
    slow.may.set()
    await proving.finished()
    assert "it was stopped before its end" in text_of(await anna.get("/desk/ledger"))


async def test_the_entries_of_a_message_are_found_by_its_id_alone(pages: Pages) -> None:
    offered = await pages.offer(FRAUD)
    anna = await pages.signed_in(Role.AUDITOR)
    told = text_of(await anna.get(f"/desk/ledger?ref={offered.decision.id}"))
    assert "decision" in told.split("Signed")[1]
    assert "not yet" in told
    await pages.database.write(lambda c: checkpoint(c, pages.keys, pages.clock.now()))
    assert " yes " in text_of(await anna.get(f"/desk/ledger?ref={offered.decision.id}"))
    assert "The ledger has nothing about" in text_of(await anna.get("/desk/ledger?ref=DE404"))


async def test_evidence_of_a_message_holds_for_who_has_the_key_and_its_taking_out_is_on_record(pages: Pages) -> None:
    await pages.offer(FRAUD)
    olga, anna = await pages.signed_in(Role.OFFICER), await pages.signed_in(Role.AUDITOR)
    assert (await anna.post("/desk/ledger/evidence", id=SID, because="court")).status_code == 403
    assert (await olga.post("/desk/ledger/evidence", id=SID)).status_code == 400
    assert (await olga.post("/desk/ledger/evidence", id=f"SM{404:032x}", because="court")).status_code == 404
    answer = await olga.post("/desk/ledger/evidence", id=SID, because="court order 17")
    assert f'filename="evidence-{SID}.jsonl"' in answer.headers["content-disposition"]
    check(answer.content, known=pages.keys.public)
    kept = await pages.database.read(lambda c: c.execute(select(acts)).one())
    assert (kept.what, kept.about) == ("evidence", SID)
    said = await pages.database.read(lambda c: c.execute(select(records).where(records.c.kind == "disclosure")).one())
    told = msgspec.json.decode(said.record)
    assert (said.account, told["by"], told["because"]) == (pages.account, "Officer", "court order 17")


async def test_evidence_of_a_person_needs_the_account_that_is_meant(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    answer = await olga.post("/desk/ledger/evidence", person="+15005550006", because="asked for")
    assert (answer.status_code, "Say the account" in text_of(answer)) == (404, True)
    assert (await olga.post("/desk/ledger/evidence", because="asked for")).status_code == 400


async def test_customers_see_nothing_of_the_ledger(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    assert (await owner.get("/desk/ledger")).status_code == 403
    assert (await owner.post("/desk/ledger/prove")).status_code == 403
