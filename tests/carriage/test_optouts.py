"""STOP, START and HELP as people send them: on record, obeyed by the whole brand, answered once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from masstransit import policy
from masstransit.carriage.optouts import Heard, OptOuts
from masstransit.clock import HandClock
from masstransit.counters.memory import MemoryCounters
from masstransit.facts.consent import BlockList, ConsentBook, OptOut, Roots
from masstransit.facts.consent import OptOuts as OptOutLearner
from masstransit.facts.revocation import IntentKind, intent
from masstransit.gate import Gate
from masstransit.learning import learners
from masstransit.ledger import Ledger
from masstransit.model.communication import Direction, Exemption, Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from masstransit.policy.clause_08_unwanted_communications import UnwantedCommunications
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts, campaigns, ledger
from tests.makers import ACCOUNT, NOON, RECIPIENT, an_answer, an_sms

SUB = "AC" + "2" * 32


class House:
    """The machinery with what it stands on."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database = database
        self.keys = keys
        self.clock = HandClock(NOON)
        self.optouts = OptOuts(database=database, keys=keys, roots=Roots(), ledger=Ledger("test"), clock=self.clock)

    async def hears(self, text: str, **more: Any) -> Heard:
        self.clock.set(self.clock.now() + timedelta(minutes=1))
        return await self.optouts.hear(an_answer(text=text, at=self.clock.now(), **more))

    async def knows(self, **more: Any) -> OptOut:
        """What a process that has just started learns of the person."""
        (fact,) = await OptOutLearner(self.database, self.keys, Roots()).learn([an_sms(**more)])
        return fact


def an_account(sid: str, **more: Any) -> dict[str, Any]:
    return {
        "account": sid,
        "token_sealed": b"",
        "created_at": NOON,
        "updated_at": NOON,
        "attrs": {},
        "parent": None,
    } | more


@pytest.fixture
async def house(sqlite_database: Database, keys: Keys) -> House:
    rows = [an_account(ACCOUNT, brand="Acme Shoes"), an_account(SUB, parent=ACCOUNT, brand="")]
    await sqlite_database.write(lambda c: c.execute(insert(accounts), rows))
    return House(sqlite_database, keys)


async def test_a_stop_is_on_record_when_it_was_heard(house: House) -> None:
    heard = await house.hears("Stop!!")
    assert (heard.opt_out_type, heard.opted_out, heard.exemption) == ("STOP", True, Exemption.RECIPIENT_STOP)
    found = await house.knows()
    assert (found.on_file, found.scope, found.said, found.via) == (True, "all", "stop", "+14155550100")


async def test_a_stop_to_one_number_holds_for_every_number_and_subaccount(house: House) -> None:
    await house.hears("STOP", account=SUB, recipient="+14155550199")
    assert (await house.knows()).on_file
    assert (await house.knows(account=SUB)).on_file
    assert (await house.knows(sender="+18005550111")).on_file
    assert not (await house.knows(account="AC" + "9" * 32)).on_file


async def test_the_first_stop_is_confirmed_and_the_second_is_not(house: House) -> None:
    first, second = await house.hears("STOP"), await house.hears("STOP")
    (reply,) = first.replies
    assert reply.exemption is Exemption.OPT_OUT_CONFIRMATION
    assert (reply.direction, reply.sender.text, reply.recipient.text) == (
        Direction.OUTBOUND,
        "+14155550100",
        "+12125550123",
    )
    assert reply.text.startswith("Acme Shoes: you are unsubscribed")
    assert (second.replies, second.opt_out_type) == ((), "STOP")


@pytest.mark.parametrize(("said", "word"), [("no más", "baja"), ("arrêtez", "désabonné"), ("abmelden", "abgemeldet")])
async def test_the_confirmation_speaks_the_persons_language(house: House, said: str, word: str) -> None:
    (reply,) = (await house.hears(said)).replies
    assert word in reply.text


async def test_start_restores_and_a_new_stop_is_confirmed_again(house: House) -> None:
    await house.hears("STOP")
    started = await house.hears("start")
    assert started.opt_out_type == "START"
    assert "again" in started.replies[0].text
    assert not (await house.knows()).on_file
    assert len((await house.hears("STOP")).replies) == 1
    assert (await house.knows()).on_file


async def test_a_yes_from_one_who_never_stopped_is_an_ordinary_answer(house: House) -> None:
    heard = await house.hears("YES")
    assert (heard.opt_out_type, heard.replies) == (None, ())


async def test_a_yes_restores_who_had_stopped_everything(house: House) -> None:
    await house.hears("STOP")
    assert (await house.hears("Yes")).opt_out_type == "START"


async def test_a_yes_to_something_else_does_not_bring_advertising_back(house: House) -> None:
    await house.hears("no more ads please")
    assert (await house.hears("yes")).opt_out_type is None
    assert (await house.knows()).scope == "marketing"


async def test_help_is_answered_even_to_strangers_and_after_a_stop(house: House) -> None:
    await house.hears("STOP")
    heard = await house.hears("HELP")
    assert (heard.opt_out_type, heard.replies[0].exemption) == ("HELP", Exemption.HELP_REPLY)
    assert "Acme Shoes" in heard.replies[0].text
    assert (await house.knows()).on_file


async def test_a_campaigns_own_words_and_keywords_count(house: House) -> None:
    row = {
        "account": ACCOUNT,
        "sid": "QE1",
        "created_at": NOON,
        "updated_at": NOON,
        "attrs": {"help_message": "Acme {shoes}: call 800", "opt_out_keywords": ["ENOUGHSHOES"]},
    }
    await house.database.write(lambda c: c.execute(insert(campaigns), [row]))
    assert (await house.hears("help", campaign="QE1")).replies[0].text == "Acme {shoes}: call 800"
    assert (await house.hears("EnoughShoes", campaign="QE1")).opted_out


async def test_an_unclear_message_ends_advertising_and_nothing_else(house: House) -> None:
    heard = await house.hears("not interested")
    assert (heard.replies, heard.opt_out_type, heard.opted_out) == ((), None, False)
    found = await house.knows()
    assert (found.scope, found.said) == ("marketing", "unclear: may be an opt-out")
    (reply,) = (await house.hears("STOP")).replies
    assert "unsubscribed" in reply.text
    assert (await house.knows()).scope == "all"


async def test_leave_me_alone_blocks_the_person_too(house: House) -> None:
    await house.hears("leave me alone")
    (blocked,) = await BlockList(house.database, house.keys, Roots()).learn([an_sms(sender="+18005550111")])
    assert blocked.on_file
    await house.hears("START")
    (blocked,) = await BlockList(house.database, house.keys, Roots()).learn([an_sms()])
    assert not blocked.on_file


async def test_an_ordinary_message_allows_an_answer(house: House) -> None:
    heard = await house.hears("Stop by the shop at 5")
    assert (heard.intent.kind, heard.replies) == (IntentKind.NONE, ())
    assert not (await house.knows()).on_file
    (book,) = await ConsentBook(house.database, house.keys, Roots()).learn([an_sms()])
    assert book.by_purpose["conversation"].given_at == house.clock.now()


async def test_each_change_is_in_the_ledger(house: House) -> None:
    for text in ("STOP", "START", "leave me alone"):
        await house.hears(text)
    entries = await house.database.read(lambda c: list(c.execute(ledger.select())))
    assert [e.kind for e in entries] == ["opt-out", "opt-out", "opt-out", "block"]


async def test_our_own_answers_are_heard_as_nothing(house: House) -> None:
    """Two machines that answer each other must fall silent."""
    for text in ("STOP", "START", "HELP", "no más", "alta", "ayuda", "arrêtez", "oui", "aide", "no more ads", "sair"):
        for reply in (await house.hears(text)).replies:
            assert intent(reply.text).kind is IntentKind.NONE, reply.text


# --- through the gate ------------------------------------------------------------------------------------------------


@pytest.fixture
def gate(house: House, tmp_path: Path) -> Gate:
    """Clauses 7 and 8 as they stand, on the same records."""
    learned = learners(
        [room() for room in policy.AUP],
        database=house.database,
        keys=house.keys,
        clock=house.clock,
        counters=MemoryCounters(),
        roots=Roots(),
        lists=tmp_path / "lists",
    )
    return Gate((UnsolicitedMarketing(), UnwantedCommunications()), learned, house.clock)


async def test_a_stop_stops_the_next_message_and_start_lets_it_through(house: House, gate: Gate) -> None:
    given = {"account": ACCOUNT, "person": house.keys.person(RECIPIENT), "purpose": "marketing", "kind": "written"}
    await house.database.write(lambda c: consents.give(c, Ledger("test"), [given | {"given_at": NOON}], NOON))
    verdicts = []
    for said in ("hello", "no más", "START"):
        await house.hears(said, account=SUB, recipient="+14155550177")
        batch = [an_sms(id=f"SM{said}{n}", purpose=Purpose.MARKETING, at=house.clock.now()) for n in range(2)]
        decided = await gate.decide(batch)
        assert msgspec.json.encode(decided)  # everything found can be kept
        verdicts.append({decision.verdict for decision in decided})
        codes = {decision.deciding.code for decision in decided if decision.deciding}
        assert codes == ({21610} if said == "no más" else set())
    assert verdicts == [{Verdict.ALLOW}, {Verdict.REFUSE}, {Verdict.ALLOW}]
