"""What is learned about calls that are offered: counted once, given back, apart from texts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import Counters, MemoryCounters
from masstransit.facts.calls.calling import (
    CalledLine,
    CalledLines,
    CalledPerson,
    CalledPersons,
    Dear,
    DearCalls,
    DroppedRings,
    RangAndDropped,
    RecordedVoiceCounts,
    RecordedVoices,
)
from masstransit.facts.traffic import Allowances
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.communication import Direction, Kind, Voice
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, RECIPIENT, SENDER, a_call, a_call_ended, an_sms


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def counters() -> Counters:
    return MemoryCounters()


@pytest.fixture
def allowed(sqlite_database: Database, clock: HandClock) -> Allowances:
    return Allowances(sqlite_database, clock)


async def test_recorded_voices_are_counted_for_thirty_days(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = RecordedVoiceCounts(counters, clock, allowed, keys.person)
    await learner.learn([a_call(id="CA1", voice=Voice.PRERECORDED), an_sms(id="SM1"), a_call(id="CA2")])
    await clock.move(timedelta(days=20))
    back = a_call(id="CA3", voice=Voice.ARTIFICIAL)
    assert await learner.learn([back, a_call(id="CA4")]) == [RecordedVoices(person_30d=1), RecordedVoices()]
    await learner.release([back])
    (found,) = await learner.learn([a_call(id="CA5", voice=Voice.PRERECORDED)])
    assert found.person_30d == 1
    await clock.move(timedelta(days=32))
    (found,) = await learner.learn([a_call(id="CA6", voice=Voice.PRERECORDED)])
    assert found.person_30d == 0


PREMIUM, JAMAICA = "+19005550123", "+18765550123"


async def test_calls_that_are_paid_for_are_counted_by_range_and_given_back(
    counters: Counters, clock: HandClock, allowed: Allowances
) -> None:
    learner = DearCalls(counters, clock, allowed, ("+1876", "+979"))
    (first, other) = await learner.learn([a_call(id="CA1", recipient=PREMIUM), a_call(id="CA2")])
    assert (first, other) == (Dear(range="premium"), Dear())
    second = a_call(id="CA3", recipient=PREMIUM)
    (found,) = await learner.learn([second])
    assert (found.range_1h, found.range_24h) == (1, 1)
    await learner.release([second])
    (there,) = await learner.learn([a_call(id="CA4", recipient=JAMAICA)])
    assert there == Dear(range="+1876", source_10m=1)
    await clock.move(timedelta(hours=2))
    (later, text) = await learner.learn([a_call(id="CA5", recipient=PREMIUM), an_sms(id="SM1", recipient=PREMIUM)])
    assert (later.range_1h, later.range_24h, text) == (0, 1, Dear())


async def test_a_credential_is_new_at_an_address_only_if_it_called_before_from_elsewhere(
    counters: Counters, clock: HandClock, allowed: Allowances
) -> None:
    learner = DearCalls(counters, clock, allowed, ())
    office, thief = {"principal": "trunk-1", "source": "192.0.2.7"}, {"principal": "trunk-1", "source": "198.51.100.9"}
    (first,) = await learner.learn([a_call(id="CA1", recipient=PREMIUM, **office)])
    assert not first.source_new  # nobody knows this credential yet
    await clock.move(timedelta(days=3))
    found = await learner.learn([a_call(id=f"CT{n}", recipient=PREMIUM, **thief) for n in range(6)])
    assert [each.source_new for each in found] == [True] * 6
    assert found[-1].source_10m == 5
    (at_home,) = await learner.learn([a_call(id="CA2", recipient=PREMIUM, **office)])
    assert not at_home.source_new


async def test_minutes_of_calls_that_are_paid_for_are_counted_when_they_are_over(
    counters: Counters, clock: HandClock, allowed: Allowances
) -> None:
    learner = DearCalls(counters, clock, allowed, ("+1876",))
    over = [
        a_call_ended(id="CA1", recipient=JAMAICA, talked=61.0),
        a_call_ended(id="CA2", recipient=JAMAICA, talked=5.0),
        a_call_ended(id="CA3", recipient=JAMAICA, talked=None),
        a_call_ended(id="CA4", talked=600.0),
    ]
    lost = a_call_ended(id="CA5", recipient=JAMAICA, talked=3600.0)
    assert await learner.learn([*over, lost]) == [Dear()] * 5
    await learner.release([lost])
    (found,) = await learner.learn([a_call(id="CA6", recipient=JAMAICA)])
    assert found.minutes_24h == 3


async def test_numbers_that_ring_and_hang_up_are_counted_where_calling_back_costs(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = DroppedRings(counters, clock, allowed, keys.person, ("+1876",), rings=2.0)
    dropped = [
        a_call_ended(id=f"CA{n}", talked=None, rang=1.9, sender=JAMAICA, recipient=f"+1212555010{n}") for n in range(3)
    ]
    assert [each.people_1h for each in await learner.learn(dropped)] == [1, 2, 3]
    rest = [
        a_call_ended(id="CB1", talked=None, rang=2.0, sender=JAMAICA),
        a_call_ended(id="CB2", talked=1.0, rang=1.0, sender=JAMAICA),
        a_call_ended(id="CB3", talked=None, rang=1.0),
        a_call_ended(id="CB4", talked=None, rang=1.0, sender=JAMAICA, brief="flash"),
    ]
    assert await learner.learn(rest) == [RangAndDropped()] * 4


async def test_what_went_to_and_fro_with_a_person_is_known_for_a_day(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = CalledPersons(counters, clock, allowed, keys.person, talked=12.0, silent=3.0)
    await learner.learn([a_call(id="CA1"), a_call(id="CA2"), a_call(id="CB3")])
    await learner.learn(
        [
            a_call_ended(id="CA1", talked=2.5),
            a_call_ended(id="CA2", talked=None, ringing_at=None, status=404),
            a_call_ended(id="CB3", talked=None, status=486),
            a_call_ended(id="CB1", talked=2.5, released_by=Party.CALLEE),  # the person hung up
            a_call_ended(id="CB4", talked=5.0, brief="otp"),
            a_call_ended(id="CB2", talked=60.0, answered_by=AnsweredBy.MACHINE),
        ]
    )
    (found, text) = await learner.learn([a_call(id="CA4"), an_sms(id="SM1")])
    assert (found, text) == (CalledPerson(unanswered_24h=3, silent_24h=1), CalledPerson())
    back = a_call_ended(id="CI1", talked=30.0, sender=RECIPIENT, recipient=SENDER, direction=Direction.INBOUND)
    await learner.learn([back])
    (found,) = await learner.learn([a_call(id="CA4", attempt=1)])
    assert (found.unanswered_24h, found.talked_24h) == (3, 1)
    await clock.move(timedelta(hours=26))
    assert await learner.learn([a_call(id="CA5")]) == [CalledPerson()]


async def test_voice_mail_without_a_ring_counts_when_it_is_offered_and_is_given_back(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = CalledPersons(counters, clock, allowed, keys.person, talked=12.0, silent=3.0)
    mails = [a_call(id=f"VM{n}", kind=Kind.VOICEMAIL) for n in range(3)]
    assert [f.unanswered_24h for f in await learner.learn(mails)] == [0, 1, 2]
    await learner.release(mails[:1])
    again = a_call(id="VM2", kind=Kind.VOICEMAIL, attempt=1)
    assert [f.unanswered_24h for f in await learner.learn([a_call(id="CA1"), again])] == [2, 1]
    theirs = a_call(id="VM9", kind=Kind.VOICEMAIL, sender=RECIPIENT, recipient=SENDER, direction=Direction.INBOUND)
    assert await learner.learn([theirs]) == [CalledPerson()]
    voices = RecordedVoiceCounts(counters, clock, allowed, keys.person)
    assert [f.person_30d for f in await voices.learn([*mails, theirs, a_call(id="CA2")])] == [0, 1, 2, 0, 0]


async def test_each_end_user_answers_for_its_own_calls_and_the_brand_for_all_its_numbers(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = CalledPersons(counters, clock, allowed, keys.person, talked=12.0, silent=3.0)
    await learner.learn(
        [
            *(a_call_ended(id=f"CA{n}", talked=None, end_user="Ada's") for n in range(3)),
            a_call_ended(id="CA4", talked=2.0, end_user="Ben's"),
            *(a_call_ended(id=f"CA{n}", talked=None, sender=f"+1415555010{n}", campaign=f"QE{n}") for n in range(5, 7)),
        ]
    )
    whose = [a_call(id="CB1", end_user="Ada's"), a_call(id="CB2", end_user="Ben's"), a_call(id="CB3")]
    assert [(f.unanswered_24h, f.silent_24h) for f in await learner.learn(whose)] == [(3, 0), (1, 1), (2, 0)]
    await learner.learn([a_call_ended(id="CA8", talked=60.0, end_user="Ada's")])
    assert [f.talked_24h for f in await learner.learn(whose)] == [1, 0, 0]
    back: dict[str, Any] = {"sender": RECIPIENT, "recipient": SENDER, "direction": Direction.INBOUND}
    await learner.learn([a_call_ended(id="CI1", talked=30.0, **back)])
    assert [f.talked_24h for f in await learner.learn(whose)] == [2, 1, 1]


async def test_calls_of_machines_to_a_line_are_known_while_they_are_under_way(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = CalledLines(counters, clock, allowed, keys.person, short=12.0)
    spoken: dict[str, Any] = {"voice": Voice.PRERECORDED}
    first, lost = a_call(id="CA1", **spoken), a_call(id="CA2", **spoken)

    async def under_way() -> list[int]:
        probe = a_call(id="CA9", **spoken)
        (found,) = await learner.learn([probe])
        await learner.release([probe])
        return [found.by_machine]

    assert [f.by_machine for f in await learner.learn([first, a_call(id="CB1"), lost])] == [0, 0, 1]
    await learner.release([lost])
    assert await under_way() == [1]
    over = a_call_ended(id="CA1", talked=60.0)
    await learner.learn([over])
    assert await under_way() == [0]


async def test_how_a_line_is_called_counts_over_all_accounts(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    learner = CalledLines(counters, clock, allowed, keys.person, short=12.0)
    other = "AC" + "7" * 32
    refused = a_call(id="CA3")
    await learner.learn([a_call(id="CA1"), a_call(id="CA2", account=other), refused])
    await learner.release([refused])
    await learner.learn(
        [
            a_call_ended(id="CA1", talked=3.0),
            a_call_ended(id="CA2", talked=None, account=other),
            a_call_ended(id="CA9", talked=12.0),
        ]
    )
    (found, elsewhere) = await learner.learn([a_call(id="CA4"), a_call(id="CA5", recipient="+12125550199")])
    assert found == CalledLine(account_10m=1, account_short_10m=1, all_short_10m=1, brands_10m=2)
    assert elsewhere == CalledLine(brands_10m=1)
    await clock.move(timedelta(minutes=11))
    (found,) = await learner.learn([a_call(id="CA6", account=other)])
    assert found == CalledLine(brands_10m=1)


async def test_a_record_that_was_not_kept_is_given_back(
    counters: Counters, clock: HandClock, keys: Keys, allowed: Allowances
) -> None:
    persons = CalledPersons(counters, clock, allowed, keys.person, talked=12.0, silent=3.0)
    lines = CalledLines(counters, clock, allowed, keys.person, short=12.0)
    lost = a_call_ended(id="CA1", talked=2.0)
    for learner in (persons, lines):
        await learner.learn([lost])
        await learner.release([lost])
    assert await persons.learn([a_call(id="CA2")]) == [CalledPerson()]
    assert await lines.learn([a_call(id="CA2")]) == [CalledLine(brands_10m=1)]
