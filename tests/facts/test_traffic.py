"""What is learned about traffic: batch by batch, counted once, given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.counters import Counters, MemoryCounters, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.consent import Roots
from masstransit.facts.identity import Campaigns
from masstransit.facts.traffic import (
    Allowances,
    CampaignCounts,
    DayRates,
    FanOut,
    FanOuts,
    Frequencies,
    Frequency,
    PairHistories,
    PairHistory,
    QueueDepth,
    QueueDepths,
    Rates,
    RepeatCounts,
    Repeats,
    Tally,
    TenantRates,
    TermCounts,
    cluster_of,
)
from masstransit.model.call import AnsweredBy
from masstransit.model.communication import Communication, Purpose, Voice
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts, campaigns, queue
from tests.makers import ACCOUNT, NOON, a_call, a_call_ended, an_answer, an_outcome, an_sms, changed

CHILD = "AC" + "2" * 32


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def counters() -> Counters:
    return MemoryCounters()


@pytest.fixture
def allowed(sqlite_database: Database, clock: HandClock) -> Allowances:
    return Allowances(sqlite_database, clock)


def people(count: int, **more: Any) -> list[Communication]:
    """One message each to many people."""
    return [an_sms(id=f"SM{i}", recipient=f"+121255{i:05}", **more) for i in range(count)]


def again(batch: Sequence[Communication], prefix: str = "again") -> list[Communication]:
    """The same messages as new offers."""
    return [changed(c, id=f"{prefix}{c.id}") for c in batch]


async def account(database: Database, sid: str, **more: Any) -> None:
    row = {"account": sid, "token_sealed": b"", "created_at": NOON, "updated_at": NOON, **more}
    await database.write(lambda c: c.execute(insert(accounts), row))


# --- TenantRate ---------------------------------------------------------------------------------------------------


async def test_a_batch_is_let_through_in_order_until_the_rate_is_used_up(
    counters: Counters, clock: HandClock, allowed: Allowances
) -> None:
    rates = TenantRates(counters, clock, allowed, rate=2, burst_seconds=2)
    learned = await rates.learn(people(6))
    assert [fact.allowed for fact in learned] == [True] * 4 + [False] * 2
    assert learned[-1].retry_after == 0.5


async def test_an_account_of_its_own_rate_has_that_rate(
    counters: Counters, clock: HandClock, allowed: Allowances, sqlite_database: Database
) -> None:
    await account(sqlite_database, ACCOUNT, rate=50.0)
    rates = TenantRates(counters, clock, allowed, rate=1, burst_seconds=1)
    learned = await rates.learn(people(51))
    assert [fact.allowed for fact in learned].count(True) == 50
    assert learned[0].rate == 50


async def test_accounts_do_not_use_up_each_others_rate(
    counters: Counters, clock: HandClock, allowed: Allowances
) -> None:
    rates = TenantRates(counters, clock, allowed, rate=1, burst_seconds=2)
    mixed = [changed(c, account=(ACCOUNT, CHILD)[i % 2]) for i, c in enumerate(people(6))]
    assert [fact.allowed for fact in await rates.learn(mixed)] == [True] * 4 + [False] * 2


async def test_who_is_asked_about_again_takes_no_second_place(
    counters: Counters, clock: HandClock, allowed: Allowances
) -> None:
    rates = TenantRates(counters, clock, allowed, rate=1, burst_seconds=1)
    await rates.learn(people(1))
    (learned,) = await rates.learn([an_sms(id="SM0", attempt=1)])
    assert learned.allowed


async def test_places_of_the_refused_are_given_back(counters: Counters, clock: HandClock, allowed: Allowances) -> None:
    rates = TenantRates(counters, clock, allowed, rate=1, burst_seconds=3)
    batch = people(3)
    await rates.learn(batch)
    await rates.release(batch[:2])
    assert [fact.allowed for fact in await rates.learn(again(batch))] == [True, True, False]


# --- QueueDepth ---------------------------------------------------------------------------------------------------


async def test_the_queue_is_counted_at_most_once_a_second(
    clock: HandClock, allowed: Allowances, sqlite_database: Database
) -> None:
    await account(sqlite_database, ACCOUNT, queue_quota=7)
    depths = QueueDepths(sqlite_database, clock, allowed)
    row = {"account": ACCOUNT, "ready_at": NOON, "decided_at": NOON}
    await sqlite_database.write(lambda c: c.execute(insert(queue), [{**row, "sid": f"SM{i}"} for i in range(3)]))
    assert await depths.learn([an_sms()]) == [QueueDepth(waiting=3, quota=7)]
    await sqlite_database.write(lambda c: c.execute(insert(queue), {**row, "sid": "SM9"}))
    assert await depths.learn([an_sms()]) == [QueueDepth(waiting=3, quota=7)]
    await clock.move(timedelta(seconds=1))
    assert await depths.learn([an_sms()]) == [QueueDepth(waiting=4, quota=7)]


# --- PairHistory --------------------------------------------------------------------------------------------------


async def test_turns_of_a_pair_are_counted_in_both_directions(counters: Counters, clock: HandClock, keys: Keys) -> None:
    pairs = PairHistories(counters, clock, keys.person)
    for i in range(5):
        await pairs.learn([an_answer(id=f"in{i}", text="hi")])
        (learned,) = await pairs.learn([an_sms(id=f"out{i}")])
        await clock.move(timedelta(seconds=5))
    assert learned == PairHistory(alternations_60s=9, unanswered_24h=0, answered=True)


async def test_a_stranger_who_never_answers_is_seen(counters: Counters, clock: HandClock, keys: Keys) -> None:
    pairs = PairHistories(counters, clock, keys.person)
    batch = [an_sms(id=f"SM{i}") for i in range(4)]
    learned = await pairs.learn(batch)
    assert [fact.unanswered_24h for fact in learned] == [0, 1, 2, 3]
    assert not learned[-1].answered
    await pairs.release(batch[2:])
    (later,) = await pairs.learn([an_sms(id="SM1", attempt=1)])
    assert later.unanswered_24h == 1


# --- Repeats ------------------------------------------------------------------------------------------------------


async def test_a_list_sent_twice_is_all_repeats(counters: Counters, clock: HandClock, keys: Keys) -> None:
    repeats = RepeatCounts(counters, clock, keys.person)
    batch = people(20)
    first = await repeats.learn(batch)
    assert first[-1] == Repeats(same_1h=0, account_repeats_10m=0, account_messages_10m=20)
    await clock.move(timedelta(hours=1))
    second = await repeats.learn(again(batch))
    assert second[-1] == Repeats(same_1h=1, account_repeats_10m=20, account_messages_10m=20)


async def test_another_code_is_another_text(counters: Counters, clock: HandClock, keys: Keys) -> None:
    repeats = RepeatCounts(counters, clock, keys.person)
    learned = await repeats.learn([an_sms(id=f"SM{i}", text=f"Your code is {i}000") for i in range(3)])
    assert [fact.same_1h for fact in learned] == [0, 0, 0]


async def test_to_send_again_what_failed_is_no_repeat(counters: Counters, clock: HandClock, keys: Keys) -> None:
    repeats = RepeatCounts(counters, clock, keys.person)
    sent = an_sms()
    await repeats.learn([sent])
    await repeats.learn([an_outcome(OutcomeKind.UNDELIVERED, recipient=sent.recipient)])
    (learned,) = await repeats.learn([an_sms(id="SM2")])
    assert learned.same_1h == 0


async def test_a_refused_offer_is_no_first_time(counters: Counters, clock: HandClock, keys: Keys) -> None:
    repeats = RepeatCounts(counters, clock, keys.person)
    sent = an_sms()
    await repeats.learn([sent])
    await repeats.release([sent])
    assert await repeats.learn([an_sms(id="SM2")]) == [
        Repeats(same_1h=0, account_repeats_10m=0, account_messages_10m=1)
    ]


async def test_a_second_look_does_not_make_a_message_its_own_repeat(
    counters: Counters, clock: HandClock, keys: Keys
) -> None:
    repeats = RepeatCounts(counters, clock, keys.person)
    (first,) = await repeats.learn([an_sms()])
    (second,) = await repeats.learn([an_sms(attempt=1)])
    assert second == first


# --- Frequency ----------------------------------------------------------------------------------------------------


async def test_marketing_is_counted_apart_and_before_the_message(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    frequencies = Frequencies(counters, clock, keys.person, allowed)
    purposes = [Purpose.MARKETING, Purpose.OTP, Purpose.MARKETING, None]
    learned = await frequencies.learn([an_sms(id=f"SM{i}", purpose=p) for i, p in enumerate(purposes)])
    assert [(fact.marketing_24h, fact.all_24h) for fact in learned] == [(0, 0), (1, 1), (1, 2), (2, 3)]


async def test_all_accounts_of_a_brand_count_together(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances, sqlite_database: Database
) -> None:
    await account(sqlite_database, ACCOUNT)
    await account(sqlite_database, CHILD, parent=ACCOUNT)
    frequencies = Frequencies(counters, clock, keys.person, allowed)
    await frequencies.learn([an_sms(purpose=Purpose.MARKETING)])
    (learned,) = await frequencies.learn([an_sms(id="SM2", account=CHILD, purpose=Purpose.MARKETING)])
    assert learned == Frequency(marketing_24h=1, all_24h=1)


async def test_a_second_look_and_a_refusal_leave_no_count(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    frequencies = Frequencies(counters, clock, keys.person, allowed)
    sent = an_sms(purpose=Purpose.MARKETING)
    await frequencies.learn([sent])
    assert await frequencies.learn([changed(sent, attempt=1)]) == [Frequency(marketing_24h=0, all_24h=0)]
    await frequencies.release([sent])
    assert await frequencies.learn([changed(sent, id="SM2")]) == [Frequency(marketing_24h=0, all_24h=0)]


# --- Rates --------------------------------------------------------------------------------------------------------


async def test_a_day_counts_people_and_what_became_of_messages(
    counters: Counters, clock: HandClock, keys: Keys
) -> None:
    rates = DayRates(counters, clock, keys.person)
    batch = people(10, campaign="QE1")
    await rates.learn([*batch, *again(batch)])
    spoiled = batch[0].recipient
    outcomes = [
        *[an_outcome(OutcomeKind.DELIVERED, recipient=c.recipient, campaign="QE1") for c in batch[:8]],
        *[an_outcome(OutcomeKind.UNDELIVERED, recipient=c.recipient) for c in batch[8:]],
        *[an_outcome(OutcomeKind.OPT_OUT, recipient=spoiled, campaign="QE1") for _ in range(2)],
        an_outcome(OutcomeKind.SPAM_REPORT, recipient=spoiled, campaign="QE1"),
    ]
    learned = await rates.learn([changed(o, id=f"OU{i}") for i, o in enumerate(outcomes)])
    campaign = Tally(recipients_24h=10, opt_outs_24h=1, spam_reports_24h=1, delivered_24h=8)
    assert learned[0] == Rates(
        recipients_24h=10, opt_outs_24h=1, spam_reports_24h=1, delivered_24h=8, failed_24h=2, campaign=campaign
    )
    assert learned[8].campaign is None


async def test_a_day_is_counted_apart_for_each_end_user(counters: Counters, clock: HandClock, keys: Keys) -> None:
    rates = DayRates(counters, clock, keys.person)
    first = people(3, campaign="QE1", end_user="u1")
    other = [changed(c, id=f"o{c.id}", end_user="u2") for c in people(2, campaign="QE1")]
    left = an_outcome(OutcomeKind.OPT_OUT, recipient=first[0].recipient, campaign="QE1", end_user="u1")
    not_meant = an_outcome(OutcomeKind.WRONG_NUMBER, id="OU2", recipient=first[1].recipient, end_user="u1")
    await rates.learn([*first, *other, left, not_meant])
    own, theirs, nobodys = await rates.learn(
        [an_sms(id="SMa", end_user="u1", attempt=1), an_sms(id="SMb", end_user="u2", attempt=1), an_sms(attempt=1)]
    )
    assert own.end_user == Tally(recipients_24h=3, opt_outs_24h=1, wrong_numbers_24h=1)
    assert theirs.end_user == Tally(recipients_24h=2)
    assert nobodys.end_user is None
    assert (nobodys.recipients_24h, nobodys.opt_outs_24h, nobodys.wrong_numbers_24h) == (3, 1, 1)


async def test_one_end_user_counts_for_a_part_of_the_day_that_all_share_and_in_full_for_its_own(
    counters: Counters, clock: HandClock, keys: Keys
) -> None:
    rates = DayRates(counters, clock, keys.person)
    bad = people(60, campaign="QE1", end_user="bad")
    told = [
        changed(an_outcome(what, recipient=c.recipient, campaign="QE1", end_user="bad"), id=f"OU{what.name}{place}")
        for what in (OutcomeKind.OPT_OUT, OutcomeKind.WRONG_NUMBER, OutcomeKind.SPAM_REPORT)
        for place, c in enumerate(bad)
    ]
    await rates.learn([*bad, *told])
    own, other = await rates.learn(
        [
            an_sms(id="SMa", campaign="QE1", end_user="bad", attempt=1),
            an_sms(id="SMb", campaign="QE1", end_user="ok", attempt=1),
        ]
    )
    assert (own.end_user.opt_outs_24h, own.end_user.wrong_numbers_24h, own.end_user.spam_reports_24h) == (60, 60, 60)
    for day in (other, other.campaign):
        assert (day.recipients_24h, day.opt_outs_24h, day.wrong_numbers_24h, day.spam_reports_24h) == (60, 6, 6, 1)
    assert other.end_user == Tally()


async def test_what_several_end_users_bring_adds_up(counters: Counters, clock: HandClock, keys: Keys) -> None:
    rates = DayRates(counters, clock, keys.person)
    told = [changed(an_outcome(OutcomeKind.SPAM_REPORT, end_user=f"u{n}"), id=f"OU{n}") for n in range(5)] + [
        changed(an_outcome(OutcomeKind.SPAM_REPORT), id="OUx")
    ]  # of nobody's
    learned = await rates.learn(told)
    assert learned[-1].spam_reports_24h == 6


async def test_refused_messages_do_not_make_an_audience(counters: Counters, clock: HandClock, keys: Keys) -> None:
    rates = DayRates(counters, clock, keys.person)
    batch = people(10)
    await rates.learn(batch)
    await rates.release(again(batch[:1], "") + batch[5:])
    (learned,) = await rates.learn([changed(batch[0], attempt=1)])
    assert learned.recipients_24h == 4


# --- FanOut -------------------------------------------------------------------------------------------------------


async def test_one_text_over_many_senders_is_seen(counters: Counters, clock: HandClock) -> None:
    fans = FanOuts(counters, clock)
    batch = [
        an_sms(id=f"SM{i}", sender=f"+141555{i % 5:05}", text=f"Win {i} at http://w.example/{i}") for i in range(9)
    ]
    learned = await fans.learn(batch)
    assert learned[-1] == FanOut(senders_1h=5, messages_1h=9, domain_senders_1h=5, domain_messages_1h=9)


async def test_many_wordings_that_lead_to_one_place_are_seen(counters: Counters, clock: HandClock) -> None:
    fans = FanOuts(counters, clock)
    words = ("Win", "Come in", "Last day", "New here")
    texts = [f"{words[i % 4]} at https://w.example/{i} or bit.ly/{i}" for i in range(8)]
    offers = [an_sms(id=f"SM{i}", sender=f"+141555{i:05}", text=text) for i, text in enumerate(texts)]
    learned = await fans.learn(offers)
    assert learned[-1] == FanOut(senders_1h=2, messages_1h=2, domain_senders_1h=8, domain_messages_1h=8)
    assert (await fans.learn([an_sms(id="SM9", text="see bit.ly/x")]))[0].domain_senders_1h == 0


def test_texts_are_the_same_in_disguise_and_not_when_they_say_something_else() -> None:
    plain = cluster_of("Win 100 now at https://w.example/abc")
    assert cluster_of("WIN  250 now at w.example/xyz?q=1") == plain
    assert cluster_of("W\u200bin １００ now at https://w.example/") == plain
    assert cluster_of("Your table is ready at https://w.example/abc") != plain


# --- counters that are gone ---------------------------------------------------------------------------------------


class OneNodeGone(MemoryCounters):
    """Memory in which one account's counters can't be reached."""

    async def ask(self, operations: Sequence[Operation], now: Any) -> list[Any]:
        if any(operation.tag == CHILD for operation in operations):
            raise CountersUnavailable("gone")
        return await super().ask(operations, now)


async def test_only_the_accounts_whose_counters_are_gone_are_unknown(clock: HandClock, keys: Keys) -> None:
    pairs = PairHistories(OneNodeGone(), clock, keys.person)
    here, gone = await pairs.learn([an_sms(), an_sms(id="SM2", account=CHILD)])
    assert isinstance(here, PairHistory)
    assert isinstance(gone, Unknown)


async def test_outcomes_ask_for_nothing_that_only_offers_have(counters: Counters, clock: HandClock, keys: Keys) -> None:
    outcome: Outcome = an_outcome()
    assert await RepeatCounts(counters, clock, keys.person).learn([outcome]) == [
        Repeats(same_1h=0, account_repeats_10m=0, account_messages_10m=0)
    ]


# --- CampaignCounts -----------------------------------------------------------------------------------------------


async def test_codes_are_counted_apart(counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances) -> None:
    learner = Frequencies(counters, clock, keys.person, allowed)
    await learner.learn([an_sms(id="SM1"), an_sms(id="SM2", purpose=Purpose.OTP)])
    code, other = await learner.learn([an_sms(id="SM3", purpose=Purpose.OTP), an_sms(id="SM4")])
    assert code == Frequency(marketing_24h=0, all_24h=2, codes_24h=1)
    assert other == Frequency(marketing_24h=0, all_24h=3)


@pytest.fixture
async def terms(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances, sqlite_database: Database
) -> TermCounts:
    """Of three campaigns: one of a debt collector, one with a brand's day, and one without such terms."""
    rows = [
        {"account": ACCOUNT, "sid": sid, "use_case": "MIXED", "created_at": NOON, "updated_at": NOON, "attrs": attrs}
        for sid, attrs in (("QE1", {"debt_collection": True}), ("QE2", {"segments_a_day": 2000}), ("QE3", {}))
    ]
    await sqlite_database.write(lambda c: c.execute(insert(campaigns), rows))
    return TermCounts(counters, clock, keys.person, allowed, Campaigns(sqlite_database, clock, Roots()), talked=12.0)


async def test_a_week_is_counted_for_campaigns_whose_terms_need_it(terms: TermCounts, clock: HandClock) -> None:
    await terms.learn([an_sms(id="SM1", campaign="QE1"), an_sms(id="SM2", campaign="QE3"), an_sms(id="SM3")])
    await clock.move(timedelta(days=4))
    debt, plain = await terms.learn([an_sms(id="SM4", campaign="QE1"), an_sms(id="SM5", campaign="QE3")])
    assert (debt.person_3d, debt.person_7d) == (0, 1)
    assert plain == CampaignCounts()


async def test_a_brands_segments_are_counted_and_given_back(terms: TermCounts) -> None:
    long = an_sms(id="SM1", campaign="QE2", text="x" * 200)
    (first,) = await terms.learn([long])
    assert (first.segments_24h, first.segments) == (0, 2)
    (second,) = await terms.learn([an_sms(id="SM2", campaign="QE2")])
    assert second.segments_24h == 2
    await terms.release([long])
    (third,) = await terms.learn([an_sms(id="SM3", campaign="QE2")])
    assert third.segments_24h == 1


async def test_a_second_look_leaves_a_message_out_of_its_own_week(terms: TermCounts) -> None:
    await terms.learn([an_sms(id="SM1", campaign="QE1")])
    (seen,) = await terms.learn([an_sms(id="SM1", campaign="QE1", attempt=1)])
    assert seen.person_7d == 0


async def test_calls_about_debts_count_apart_from_texts_and_only_those_that_rang(terms: TermCounts) -> None:
    await terms.learn([a_call(id="CA1", campaign="QE1"), an_sms(id="SM1", campaign="QE1")])
    await terms.learn([a_call_ended(id="CA1", campaign="QE1", talked=None)])
    await terms.learn([a_call(id="CA2", campaign="QE1")])
    await terms.learn([a_call_ended(id="CA2", campaign="QE1", talked=None, ringing_at=None, status=404)])
    call, text = await terms.learn([a_call(id="CA3", campaign="QE1"), an_sms(id="SM2", campaign="QE1")])
    assert (call.calls_7d, call.talked_7d, call.person_7d) == (1, 0, 1)
    assert (text.person_7d, text.calls_7d) == (1, 0)


async def test_who_talked_about_a_debt_is_known_for_a_week(terms: TermCounts, clock: HandClock) -> None:
    short, mailbox = {"talked": 11.0}, {"talked": 40.0, "answered_by": AnsweredBy.MACHINE}
    ends: tuple[dict[str, Any], ...] = (short, mailbox)
    for place, end in enumerate(ends):
        await terms.learn([a_call_ended(id=f"CA{place}", campaign="QE1", **end)])
    assert (await terms.learn([a_call(id="CA7", campaign="QE1")]))[0].talked_7d == 0
    await terms.learn([a_call_ended(id="CA8", campaign="QE1", talked=12.0)])
    assert (await terms.learn([a_call(id="CA9", campaign="QE1")]))[0].talked_7d == 1
    await clock.move(timedelta(days=8))
    assert (await terms.learn([a_call(id="CA10", campaign="QE1")]))[0].talked_7d == 0


async def test_collectors_who_are_end_users_of_one_customer_count_each_for_itself(terms: TermCounts) -> None:
    for place in range(3):
        await terms.learn([a_call(id=f"CA{place}", campaign="QE1", end_user="Ada's")])
    await terms.learn([a_call_ended(id="CA2", campaign="QE1", end_user="Ada's", talked=60.0)])
    calls = [a_call(id="CB1", campaign="QE1", end_user="Ada's"), a_call(id="CB2", campaign="QE1", end_user="Ben's")]
    assert [(each.calls_7d, each.talked_7d) for each in await terms.learn(calls)] == [(3, 1), (0, 0)]


async def test_a_call_that_did_not_go_out_is_given_back(terms: TermCounts) -> None:
    call = a_call(id="CA1", campaign="QE1")
    await terms.learn([call])
    await terms.release([call])
    assert (await terms.learn([a_call(id="CA2", campaign="QE1")]))[0].calls_7d == 0


async def test_calls_in_which_a_person_speaks_are_no_messages_of_the_day(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = Frequencies(counters, clock, keys.person, allowed)
    await learner.learn([a_call(id="CA1", voice=Voice.LIVE), a_call(id="CA2", purpose=Purpose.MARKETING)])
    await learner.learn([a_call(id="CA3", voice=Voice.PRERECORDED)])
    (text,) = await learner.learn([an_sms(id="SM1")])
    assert (text.all_24h, text.marketing_24h) == (1, 1)
