"""Clause 9: numbers in order, bait, look-ups, secrets; and schools, surveys, safety check-ins."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.accounts import Account
from masstransit.facts.asking import Asked
from masstransit.facts.brands import Brands
from masstransit.facts.calls.call_day import CallDay, Ends
from masstransit.facts.calls.days import DayOfCalls, UnitDay
from masstransit.facts.chat import Room
from masstransit.facts.consent import Consents, Given
from masstransit.facts.content import Content
from masstransit.facts.reachability import DeadNumbers
from masstransit.facts.strangers import Lookups, Openers, Walking
from masstransit.facts.traffic import PairHistory
from masstransit.model.communication import Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.policy.clause_09_harvesting import Harvesting
from tests.makers import NOON, a_call, a_call_ended, a_chat, a_knock, an_answer, an_sms, rulings, says

CLAUSE = Harvesting()
NOBODY = Consents()
AGREED = Consents(by_purpose={"marketing": Given(kind="written", given_at=NOON)})
BOUGHT = Consents(by_purpose={"marketing": Given(kind="purchase", given_at=NOON)})
STRANGER = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)
ANSWERED = PairHistory(alternations_60s=1, unanswered_24h=0, answered=True)
ALIVE = DeadNumbers()
BANK = Brands(names=("Northwind Bank",))


def said(rule: str, *facts: Any, **sms: Any) -> list[Verdict]:
    return [r.verdict for r in rulings(CLAUSE, rule, an_sms(**sms), *facts)]


def test_most_numbers_of_a_thousand_are_no_customers() -> None:
    for near, expected in ((CLAUSE.sequence - 1, []), (CLAUSE.sequence, [Verdict.HOLD])):
        assert said("9.1", Walking(neighbours_24h=near), NOBODY, STRANGER, ALIVE) == expected
    for near, expected in ((CLAUSE.hundred - 1, []), (CLAUSE.hundred, [Verdict.HOLD])):
        assert said("9.1", Walking(hundred_24h=near), NOBODY, STRANGER, ALIVE) == expected


def test_a_row_of_numbers_of_which_many_are_nobodys_did_not_agree() -> None:
    row = Walking(neighbours_24h=60, hundred_24h=CLAUSE.hundred)
    for dead, expected in ((CLAUSE.nobodys - 1, []), (CLAUSE.nobodys, [Verdict.HOLD])):
        assert said("9.1", row, AGREED, STRANGER, DeadNumbers(account_24h=dead)) == expected
    many = DeadNumbers(account_24h=500)
    assert said("9.1", Walking(neighbours_24h=199, hundred_24h=49), AGREED, STRANGER, many) == []
    assert said("9.1", row, AGREED, ANSWERED, many) == []
    assert said("9.1", row, AGREED, STRANGER, many, purpose=Purpose.EMERGENCY) == []


def test_a_firm_that_writes_to_its_own_row_of_numbers_is_let_through() -> None:
    assert said("9.1", Walking(neighbours_24h=100, hundred_24h=100), AGREED, STRANGER, ALIVE) == []


def test_a_town_that_agreed_an_answer_and_an_emergency_are_let_through() -> None:
    walk = Walking(neighbours_24h=900, hundred_24h=100)
    assert said("9.1", walk, AGREED, STRANGER, ALIVE) == []
    assert said("9.1", walk, NOBODY, ANSWERED, ALIVE) == []
    assert said("9.1", walk, NOBODY, STRANGER, ALIVE, purpose=Purpose.EMERGENCY) == []
    assert said("9.1", walk, NOBODY, STRANGER, ALIVE, purpose=Purpose.OTP) == []


def test_the_same_question_to_many_strangers_is_bait() -> None:
    for people, expected in ((CLAUSE.same_opener - 1, []), (CLAUSE.same_opener, [Verdict.HOLD])):
        assert said("9.2", Openers(opener=True, people_24h=people), NOBODY, STRANGER) == expected


def test_a_survey_among_customers_and_a_safety_check_in_are_let_through() -> None:
    many = Openers(opener=True, people_24h=5000)
    assert said("9.2", many, AGREED, STRANGER, text="How was your visit?") == []
    assert said("9.2", many, NOBODY, ANSWERED, text="Did that solve it?") == []
    assert said("9.2", many, NOBODY, STRANGER, text="Are you safe?", purpose=Purpose.EMERGENCY) == []


def test_while_the_counts_are_unknown_messages_flow() -> None:
    assert rulings(CLAUSE, "9.1", an_sms(), NOBODY, STRANGER, ALIVE, unknown=(Walking,)) == []
    assert rulings(CLAUSE, "9.2", an_sms(), NOBODY, STRANGER, unknown=(Openers,)) == []


def test_what_people_send_is_not_judged() -> None:
    assert rulings(CLAUSE, "9.2", an_answer(text="Who is this?"), Openers(opener=True, people_24h=999)) == []


def test_look_ups_in_order_are_slowed_down() -> None:
    for near, expected in ((CLAUSE.sequence - 1, []), (CLAUSE.sequence, [Verdict.DELAY])):
        looked = Lookups(looked_24h=near, neighbours_24h=near)
        found = rulings(CLAUSE, "9.1.1", a_knock(wants="lookup"), looked)
        assert [r.verdict for r in found] == expected
    assert rulings(CLAUSE, "9.1.1", a_knock(wants="login"), Lookups(looked_24h=999, neighbours_24h=999)) == []
    assert rulings(CLAUSE, "9.1.1", a_knock(wants="lookup"), unknown=(Lookups,)) == []


def test_look_ups_have_a_bound_and_a_wider_one_with_a_purpose() -> None:
    named, unnamed = Account(lookup_purpose="fraud checks"), Account()
    for account, looked, expected in (
        (unnamed, CLAUSE.lookups_undeclared, []),
        (unnamed, CLAUSE.lookups_undeclared + 1, [Verdict.DELAY]),
        (named, CLAUSE.lookups, []),
        (named, CLAUSE.lookups + 1, [Verdict.DELAY]),
    ):
        found = rulings(CLAUSE, "9.3", a_knock(wants="lookup"), Lookups(looked_24h=looked), account)
        assert [r.verdict for r in found] == expected
    (slowed,) = rulings(CLAUSE, "9.3", a_knock(wants="lookup"), Lookups(looked_24h=10**6), unnamed)
    assert slowed.until is not None
    assert (slowed.until - NOON).total_seconds() == 60 * CLAUSE.lookup_pause_minutes
    assert rulings(CLAUSE, "9.3", a_knock(), Lookups(looked_24h=10**6), unnamed) == []
    assert rulings(CLAUSE, "9.3", a_knock(wants="lookup"), unnamed, unknown=(Lookups,)) == []


SSN, LAST_FOUR = Asked(secrets=("national id",)), Asked(secrets=("national id",), part_only=True)


def test_a_survey_that_asks_for_secrets_waits() -> None:
    assert said("9.5", SSN, says(), NOBODY, BANK, STRANGER) == [Verdict.HOLD]
    assert said("9.5", SSN, says(), BOUGHT, BANK, STRANGER) == [Verdict.HOLD]  # a purchase is no express consent
    assert said("9.5", Asked(), says(), NOBODY, BANK, STRANGER) == []


def test_a_known_sender_that_asks_a_part_of_people_who_agreed_is_looked_at_afterwards() -> None:
    assert said("9.5", LAST_FOUR, says(), AGREED, BANK, STRANGER) == [Verdict.FLAG]
    assert said("9.5", LAST_FOUR, says(), AGREED, Brands(), STRANGER) == [Verdict.HOLD]
    assert said("9.5", SSN, says(), AGREED, BANK, STRANGER) == [Verdict.HOLD]


def test_friends_who_ask_and_account_numbers_are_looked_at_afterwards() -> None:
    assert said("9.5", SSN, says(looks_like="conversation"), NOBODY, BANK, STRANGER) == [Verdict.FLAG]
    assert said("9.5", Asked(secrets=("account",)), says(), NOBODY, BANK, STRANGER) == [Verdict.FLAG]
    assert said("9.5", Asked(secrets=("account", "pin")), says(), NOBODY, BANK, STRANGER) == [Verdict.HOLD]


def test_who_teaches_about_fraud_and_two_who_know_each_other_are_let_through() -> None:
    assert said("9.5", SSN, says(educates=True), NOBODY, BANK, STRANGER) == []
    assert said("9.5", SSN, says(), NOBODY, BANK, ANSWERED, purpose=Purpose.CONVERSATION) == []
    assert said("9.5", SSN, says(), NOBODY, BANK, STRANGER, purpose=Purpose.CONVERSATION) == [Verdict.HOLD]


def test_secrets_of_a_text_that_could_not_be_read_are_looked_at_afterwards() -> None:
    found = rulings(CLAUSE, "9.5", an_sms(), SSN, NOBODY, BANK, STRANGER, unknown=(Content,))
    assert [r.verdict for r in found] == [Verdict.FLAG]


# --- 9.6: nobody rings to see who is there ------------------------------------------------------------------------


def pinged(day: CallDay, **more: Any) -> list[Ruling]:
    unit = UnitDay(scope="number", target="+14155550100", day=day, **more)
    return rulings(Harvesting(), "9.6", a_call_ended(), DayOfCalls(units=(unit,)))


def test_who_hangs_up_as_soon_as_somebody_answers_is_stopped_until_a_person_has_looked() -> None:
    assert (CLAUSE.pings, CLAUSE.pings_share, CLAUSE.ping_seconds, CLAUSE.ring_seconds) == (50, 0.5, 2, 3)
    (ruling,) = pinged(CallDay(attempts=90, answered=80, ends=Ends(caller={3: 60})))
    assert ruling.verdict is Verdict.HOLD
    assert ruling.evidence["hung_up"] == 60


def test_who_lets_it_ring_once_is_stopped_too() -> None:
    assert len(pinged(CallDay(attempts=100, ends=Ends(given_up={5: 60})))) == 1


@pytest.mark.parametrize(
    "day",
    [
        CallDay(attempts=60, answered=60, ends=Ends(caller={3: 49})),  # few
        CallDay(attempts=103, answered=103, ends=Ends(caller={3: 51})),  # fewer than half
        CallDay(attempts=60, answered=60, ends=Ends(caller={4: 60})),  # exactly two seconds: a word was said
        CallDay(attempts=60, answered=60, ends=Ends(callee={3: 60})),  # the person hung up
        CallDay(attempts=60, answered=60, ends=Ends(machine={3: 60})),  # a mailbox took it
        CallDay(attempts=60, ends=Ends(given_up={6: 60})),  # it rang longer than once
        CallDay(attempts=60, ends=Ends(given_up={5: 49})),
    ],
)
def test_what_is_no_ping_is_let_be(day: CallDay) -> None:
    assert pinged(day) == []


def test_one_pinging_number_is_met_alone() -> None:
    bad = CallDay(attempts=60, answered=60, ends=Ends(caller={3: 60}))
    assert pinged(CallDay(attempts=100, answered=100, ends=Ends(caller={3: 61})), largest=bad) == []


def test_unknown_counts_of_calls_are_followed_by_nothing_and_messages_are_not_its_kind() -> None:
    assert rulings(Harvesting(), "9.6", a_call_ended(), unknown=(DayOfCalls,)) == []
    assert rulings(Harvesting(), "9.6", an_sms(), DayOfCalls()) == []


def test_calls_walk_through_numbers_as_texts_do() -> None:
    def walked(near: int, hundred: int, consents: Consents | None = None, **more: Any) -> list[Verdict]:
        facts = (
            Walking(neighbours_24h=near, hundred_24h=hundred),
            consents or Consents(),
            PairHistory(),
            DeadNumbers(),
        )
        return [r.verdict for r in rulings(CLAUSE, "9.1", a_call(**more), *facts)]

    assert walked(CLAUSE.sequence - 1, CLAUSE.hundred - 1) == []
    assert walked(CLAUSE.sequence, 20) == [Verdict.HOLD]
    assert walked(CLAUSE.hundred, CLAUSE.hundred) == [Verdict.HOLD]
    assert walked(999, 99, purpose=Purpose.EMERGENCY) == []
    agreed = Consents(by_purpose={"transactional": Given(kind="express", given_at=NOON)})
    assert walked(999, 99, agreed) == []


def baited_in_chat(people: int, room: Room | None = None, **more: Any) -> list[Verdict]:
    said = a_chat(text="how old are you? are you home alone?", **more)
    facts = (Openers(opener=True, people_24h=people), room or Room(on_record=True, others=1))
    return [r.verdict for r in rulings(CLAUSE, "9.2.1", said, *facts)]


def test_the_same_opener_in_many_conversations_is_looked_at() -> None:
    most = CLAUSE.same_opener
    assert baited_in_chat(most - 1) == []
    assert baited_in_chat(most) == [Verdict.HOLD]


def test_who_is_answered_and_a_customers_own_question_are_no_bait_in_chat() -> None:
    assert baited_in_chat(500, Room(on_record=True, others=1, answered=True)) == []
    assert baited_in_chat(500, end_user=None) == []
    assert rulings(CLAUSE, "9.2.1", a_chat(), unknown=(Openers, Room)) == []
