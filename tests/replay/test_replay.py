"""Decisions made again: the same under the same policy, and what would change is counted with what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, update

from masstransit import policy
from masstransit.carriage.overturning import Word, overturn
from masstransit.carriage.snoozing import snooze
from masstransit.clause import Case, Clause, Rulings, rule
from masstransit.errors import Unknown
from masstransit.facts.fact import Fact
from masstransit.model.communication import Exemption, Moment
from masstransit.model.decision import Mode, Verdict, delay, flag, hold, refuse
from masstransit.model.subject import Subject
from masstransit.replay import replay as running
from masstransit.replay.editions import Editions
from masstransit.replay.replay import Asked, Replay
from masstransit.replay.tally import Tally
from masstransit.storage import decisions, redaction, reports, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import House, Wish
from tests.makers import ACCOUNT, NOON, RECIPIENT, a_knock

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Otherwise(Clause):
    """What the test wants, with some words taken for others."""

    number = "1"
    title = "Wishes"

    turns: Mapping[str, str] = field(default_factory=dict)

    @rule("1.1", "as told", needs=(Wish,), when_unknown=Verdict.HOLD, moments=Moment.OFFER | Moment.OUTCOME)
    def as_told(self, case: Case) -> Rulings:
        word, at = case[Wish].word, case.subject.at
        match self.turns.get(word, word):
            case "refuse":
                yield refuse("they asked you not to write")
            case "hold":
                yield hold("somebody should look at it")
            case "delay":
                yield delay("it is night there", until=at + HOUR)
            case "flag":
                yield flag("have a look")


class Moon(Fact, frozen=True):
    """A fact that nobody learned then."""

    full: bool


@dataclass(frozen=True, kw_only=True)
class Moonlight(Clause):
    """Nobody sends by a full moon."""

    number = "2"
    title = "Moonlight"

    @rule("2.1", "not by a full moon", needs=(Moon,), when_unknown=Verdict.REFUSE)
    def dark(self, case: Case) -> Rulings:
        if case[Moon].full:
            yield refuse("the moon is full")

    @rule("2.2", "nothing of the moon is said", when_unknown=Verdict.ALLOW)
    def silent(self, case: Case) -> Rulings:
        if "moon" in case.communication.text:
            yield hold("this speaks of the moon")


class Verse(Fact, frozen=True):
    """A fact of words that nobody learned then."""

    of_words = True

    rhymes: bool = False


@dataclass(frozen=True, kw_only=True)
class Poetry(Clause):
    """Nobody rhymes."""

    number = "3"
    title = "Poetry"

    @rule("3.1", "no rhymes", needs=(Verse,), about=Verse, when_unknown=Verdict.REFUSE)
    def prose(self, case: Case) -> Rulings:
        yield refuse("it rhymes")


class Reading:
    """Learns `Wish` from the text alone."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        return [Wish(getattr(subject, "text", "")) for subject in batch]


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    made = House(database, keys)
    await made.owns()
    return made


async def offered(house: House, *words: str | Unknown, first: int = 0, **more: Any) -> list[str]:
    """A message a word, each a second after the other; the ids of the decisions."""
    made = []
    for n, word in enumerate(words, first):
        house.wishes.all = word
        made.append((await house.offer(n, **more)).decision.id)
        house.clock.set(house.clock.now() + timedelta(seconds=1))
    return made


async def replayed(house: House, *clauses: Clause, standing: Sequence[Clause] = (), **more: Any) -> Tally:
    """What comes of another policy for all that is on record."""
    fresh = more.pop("fresh", None)
    asked = Asked(**{"since": NOON - HOUR, "until": NOON + timedelta(days=3), **more})
    return await Replay(
        house.database,
        asked,
        standing=Editions(house=tuple(standing) or (Otherwise(),)),
        tried=Editions(house=clauses or (Otherwise(),)),
        fresh=fresh,
    ).run()


def verdicts(tally: Tally) -> dict[str, int]:
    return {f"{then.name} -> {now.name}": count for (then, now), count in sorted(tally.verdicts.items())}


# --- the same policy ------------------------------------------------------------------------------------------------


async def test_under_the_same_policy_every_decision_is_the_same(house: House) -> None:
    words = ("carry", "flag", "delay", "hold", "refuse", Unknown("silent"))
    await offered(house, *words)
    await offered(house, "refuse", first=10, exemption=Exemption.HELP_REPLY)
    tally = await replayed(house)
    assert (tally.read, tally.replayed, tally.changed, tally.left_out, tally.stands) == (7, 7, 0, {}, {})
    assert verdicts(tally) == {
        "ALLOW -> ALLOW": 2, "FLAG -> FLAG": 1, "DELAY -> DELAY": 1, "HOLD -> HOLD": 2, "REFUSE -> REFUSE": 1,
    }  # fmt: skip
    assert tally.revisions == {house.gate.revision: 7}


async def test_what_was_snoozed_then_binds_nothing_when_it_is_replayed(house: House) -> None:
    unit = {"account": ACCOUNT, "rule": "1.1", "scope": "account", "target": ACCOUNT}
    word = Word(by="Ada", because="a rehearsal", at=NOON)
    until = NOON + timedelta(seconds=2)
    await house.database.write(lambda c: snooze(c, house.ledger, unit, word, until=until, binds=""))
    await offered(house, "refuse", "carry", "refuse")
    same = await replayed(house)
    assert (same.replayed, same.changed) == (3, 0)
    assert verdicts(same) == {"ALLOW -> ALLOW": 2, "REFUSE -> REFUSE": 1}
    assert (await replayed(house, Otherwise(turns={"carry": "refuse"}))).changed == 0


async def test_what_is_exempt_is_carried_under_any_policy(house: House) -> None:
    await offered(house, "carry", exemption=Exemption.HELP_REPLY)
    assert (await replayed(house, Otherwise(turns={"carry": "refuse"}))).changed == 0


async def test_pages_are_read_to_the_end_and_nothing_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAGE", 3)
    for n in range(10):  # several at one instant
        await house.offer(n)
        if n % 4 == 3:
            house.clock.set(house.clock.now() + timedelta(seconds=1))
    counted: list[int] = []
    asked = Asked(since=NOON, until=NOON + HOUR)
    same = Editions(house=(Otherwise(),))
    tally = await Replay(house.database, asked, standing=same, tried=same, progress=counted.append).run()
    assert (tally.replayed, counted) == (10, [3, 6, 9, 10])


async def test_a_time_an_account_and_the_moment_bound_what_is_replayed(house: House) -> None:
    await offered(house, "carry", "carry", "carry")
    assert (await replayed(house, since=NOON + timedelta(seconds=1), until=NOON + timedelta(seconds=2))).replayed == 1
    assert (await replayed(house, account=ACCOUNT)).replayed == 3
    assert (await replayed(house, account="AC" + "9" * 32)).replayed == 0


async def test_decisions_about_who_knocked_are_counted_and_left_out(house: House) -> None:
    (decision,) = await house.gate.decide([a_knock()])
    refused = msgspec.structs.replace(decision, verdict=Verdict.REFUSE)
    await house.exchange.keep_decisions([refused], lambda _: None)
    tally = await replayed(house)
    assert (tally.read, tally.elsewhere) == (0, 1)


# --- another policy -------------------------------------------------------------------------------------------------


async def test_what_would_be_newly_stopped_is_joined_to_what_people_said_afterwards(house: House) -> None:
    made = await offered(house, "carry", "carry", "flag", "refuse")
    person, at = house.keys.person(RECIPIENT), house.clock.now()
    complaint: dict[str, Any] = {
        "account": ACCOUNT,
        "complaint": "CO1",
        "kind": "spam-report",
        "sender": "",
        "person": person,
    }
    complaint |= {"communication": f"SM{0:032x}", "at": at}
    await house.database.write(lambda c: reports.record_complaint(c, complaint))
    tally = await replayed(house, Otherwise(turns={"carry": "hold", "flag": "delay"}))
    assert verdicts(tally) == {"ALLOW -> HOLD": 2, "FLAG -> DELAY": 1, "REFUSE -> REFUSE": 1}
    told = tally.rules["1.1"]
    assert (told.then, told.now, told.newly_stopped, told.newly_let_go) == (1, 4, 3, 0)
    assert (told.complained, told.opted_out) == (3, 0)  # one person got them all, and complained within the week
    assert told.examples == {"newly stopped": made[:3]}
    assert tally.senders == {ACCOUNT: 3}


@pytest.mark.parametrize(("days", "counted"), [(-1, 0), (0, 1), (6.9, 1), (7.1, 0)])
async def test_who_left_within_a_week_afterwards_counts(house: House, days: float, counted: int) -> None:
    await offered(house, "carry")
    row = {"account": ACCOUNT, "person": house.keys.person(RECIPIENT), "since": NOON + timedelta(days=days, seconds=1)}
    row |= {"scope": "all", "said": "STOP", "via": "", "channel": "sms", "masked": ""}
    await house.database.write(lambda c: c.execute(insert(tables.opt_outs), row))
    assert (await replayed(house, Otherwise(turns={"carry": "hold"}))).rules["1.1"].opted_out == counted


async def test_what_would_be_let_go_is_joined_to_what_people_overturned(house: House) -> None:
    made = await offered(house, "hold", "refuse", "refuse")
    await house.exchange.release(ACCOUNT, f"SM{0:032x}", "dana")
    kept = {d.id: d for d in await house.database.read(decisions.every)}
    word = Word(by="noor", at=house.clock.now())
    await house.database.write(lambda c: overturn(c, house.ledger, kept[made[1]], word))
    told = (await replayed(house, Otherwise(turns={"hold": "carry", "refuse": "carry"}))).rules["1.1"]
    assert (told.then, told.now, told.newly_let_go, told.overturned, told.still_overturned) == (3, 0, 3, 2, 0)
    told = (await replayed(house)).rules["1.1"]
    assert (told.then, told.now, told.newly_let_go, told.overturned, told.still_overturned) == (3, 3, 0, 0, 2)


async def test_a_milder_or_stricter_stop_is_neither_newly_stopped_nor_let_go(house: House) -> None:
    await offered(house, "hold", "carry")
    tally = await replayed(house, Otherwise(turns={"hold": "refuse", "carry": "flag"}))
    told = tally.rules["1.1"]
    assert (tally.changed, told.otherwise, told.newly_stopped, told.newly_let_go) == (2, 2, 0, 0)


async def test_what_a_person_let_go_is_not_stopped_again_by_the_same_rule(house: House) -> None:
    async with house.delivering():
        await offered(house, "hold")
        await house.exchange.release(ACCOUNT, f"SM{0:032x}", "dana")
        await house.becomes(0, "sent")
    tally = await replayed(house)
    assert (tally.replayed, tally.changed) == (2, 0)


async def test_what_a_person_let_go_while_the_rule_was_in_shadow_is_not_newly_stopped(house: House) -> None:
    async with house.delivering():
        await offered(house, "hold")
        house.gate.put_in_shadow(frozenset({"1.1"}))
        await house.exchange.release(ACCOUNT, f"SM{0:032x}", "dana")
        await house.becomes(0, "sent")
    tally = await replayed(house)
    assert verdicts(tally) == {"ALLOW -> FLAG": 1, "HOLD -> HOLD": 1}
    assert tally.rules["1.1"].newly_stopped == 0


async def test_what_rules_find_in_shadow_stands_beside_what_binds(house: House) -> None:
    await offered(house, "hold", "carry")
    tally = await replayed(house, Otherwise(mode=Mode.SHADOW))
    told = tally.rules["1.1"]
    assert (told.then, told.now, told.newly_let_go, told.shadow_then, told.shadow_now) == (1, 0, 1, 0, 1)


async def test_what_differs_without_the_change_too_is_told_apart(house: House) -> None:
    await offered(house, "carry", "flag")
    milder = Otherwise(turns={"carry": "hold"})
    tally = await replayed(house, Otherwise(turns={"carry": "hold", "flag": "hold"}), standing=(milder,))
    assert (tally.changed, tally.already) == (2, 1)


async def test_an_account_is_heard_under_its_own_terms(house: House) -> None:
    await offered(house, "carry")
    own = Editions(house=(Otherwise(),), own={ACCOUNT: (Otherwise(turns={"carry": "hold"}),)})
    asked = Asked(since=NOON, until=NOON + HOUR)
    tally = await Replay(house.database, asked, standing=own, tried=own).run()
    assert verdicts(tally) == {"ALLOW -> HOLD": 1}


async def test_only_the_clauses_that_are_asked_about_are_heard_anew(house: House) -> None:
    await offered(house, "hold", text="the moon is up")
    stricter = (Otherwise(turns={"hold": "refuse"}), Moonlight())
    tally = await replayed(house, *stricter, only=frozenset({"2"}))
    assert (verdicts(tally), tally.stands) == ({"HOLD -> HOLD": 1}, {("2.1", "Moon not on record"): 1})
    tally = await replayed(house, *stricter, only=frozenset({"1"}))
    assert (verdicts(tally), tally.stands) == ({"HOLD -> REFUSE": 1}, {})


# --- what the record has no more --------------------------------------------------------------------------------------


async def test_a_rule_whose_fact_is_redacted_stands_as_it_was_in_the_mode_that_it_has_now(house: House) -> None:
    async with house.delivering():
        await offered(house, "flag", text="I flag this")
        await house.becomes(0, "sent")
    sid = f"SM{0:032x}"
    await house.database.write(lambda c: redaction.redact_body(c, house.ledger, ACCOUNT, sid, NOON, "test"))
    tally = await replayed(house, Otherwise(turns={"flag": "refuse"}))
    assert (tally.changed, tally.stands) == (0, {("1.1", "Wish redacted"): 1})
    tally = await replayed(house, Otherwise(mode=Mode.SHADOW))
    assert verdicts(tally) == {"FLAG -> ALLOW": 1}


async def test_a_rule_that_reads_the_text_itself_stands_as_it_was_where_that_is_gone(house: House) -> None:
    await offered(house, "carry", "carry", text="the moon is up")
    c = tables.communications
    await house.database.write(lambda k: k.execute(update(c).where(c.c.sid == f"SM{0:032x}").values(body=None)))
    tally = await replayed(house, Otherwise(), Moonlight(shadow=frozenset({"2.1"})))
    assert verdicts(tally) == {"ALLOW -> ALLOW": 1, "ALLOW -> HOLD": 1}
    assert tally.stands == {("2.1", "Moon not on record"): 2, ("2.2", "text not on record"): 1}


async def test_what_had_words_that_are_gone_is_not_taken_for_wordless(house: House) -> None:
    await offered(house, "carry", text="a rose is a rose")
    await offered(house, "carry", first=1, text="")
    c = tables.communications
    await house.database.write(lambda k: k.execute(update(c).where(c.c.sid == f"SM{0:032x}").values(body=None)))
    tally = await replayed(house, Otherwise(), Poetry())
    assert tally.stands == {("3.1", "Verse not on record"): 1}


async def test_a_fact_of_another_shape_is_not_read(house: House) -> None:
    await offered(house, "carry")
    d = tables.decisions
    shape = '{"subject":"","verdict":"ALLOW","revision":"","findings":[],"facts":{"Wish":{"word":7}}}'
    await house.database.write(lambda k: k.execute(update(d).values(record=shape)))
    tally = await replayed(house)
    assert (tally.replayed, tally.stands) == (1, {("1.1", "Wish not readable"): 1})
    await house.database.write(lambda k: k.execute(update(d).values(record="{")))
    assert (await replayed(house)).left_out == {"a record that can't be read": 1}


async def test_a_decision_whose_message_is_not_on_record_is_left_out(house: House) -> None:
    await offered(house, "overload", "carry", "carry")  # the first was not accepted: its sender was too fast
    c = tables.communications
    await house.database.write(lambda k: k.execute(delete(c).where(c.c.sid == f"SM{1:032x}")))
    tally = await replayed(house)
    assert (tally.read, tally.replayed, tally.left_out) == (3, 1, {"its message is not on record": 2})


async def test_a_text_is_read_again_by_the_reader_of_today_where_it_is_kept(house: House) -> None:
    await offered(house, "carry", "carry", text="hold")
    c = tables.communications
    await house.database.write(lambda k: k.execute(update(c).where(c.c.sid == f"SM{0:032x}").values(body=None)))
    tally = await replayed(house, fresh={Wish: Reading()})
    assert verdicts(tally) == {"ALLOW -> ALLOW": 1, "ALLOW -> HOLD": 1}
    assert (tally.changed, tally.already) == (1, 0)


async def test_what_could_not_be_learned_then_is_learned_anew_from_a_text(house: House) -> None:
    await offered(house, Unknown("the reader broke"), text="carry")
    assert verdicts(await replayed(house)) == {"HOLD -> HOLD": 1}
    assert verdicts(await replayed(house, fresh={Wish: Reading()})) == {"HOLD -> ALLOW": 1}


# --- facts ----------------------------------------------------------------------------------------------------------


def test_facts_are_told_apart_by_their_names_and_none_looks_like_a_silent_one() -> None:
    facts = {fact for clause in policy.AUP for made in clause.rules() for fact in made.needs}
    assert len({fact.__name__ for fact in facts}) == len(facts)
    assert [fact for fact in facts if "unknown" in {f.name for f in msgspec.structs.fields(fact)}] == []


def test_rules_that_read_the_text_themselves_are_known() -> None:
    reading = {made for clause in policy.AUP for made in policy.rules_that_read(clause, {"text", "on_air"})}
    assert {"6.5.3", "8.2", "10.3.1"} <= reading
    assert "10.1" not in reading
