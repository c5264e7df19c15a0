"""Number reclamation: notices, what keeps a number, and when it is taken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from masstransit.model.reclamation import Due, Situation
from masstransit.policy.number_reclamation import NumberReclamation

CLAUSE = NumberReclamation()
OPENED = date(2028, 2, 10)  # a leap year: the deadline is on 11 March
DEADLINE = OPENED + timedelta(days=30)


def due(days: int, *, notices: tuple[int, ...] = (), told: int | None = None, **more: Any) -> Due:
    """So many days before the deadline (or, below nought, after it); `told` so many days before it."""
    given: dict[str, Any] = {
        "today": DEADLINE - timedelta(days=days),
        "opened": OPENED,
        "deadline": DEADLINE,
        "notices": notices,
    }
    given["told"] = None if told is None else DEADLINE - timedelta(days=told)
    return CLAUSE.due(Situation(**given | more))


@pytest.mark.parametrize(
    ("days", "notices", "expected"),
    [
        (31, (), ()), (30, (), (30,)), (30, (30,), ()), (29, (), (30,)), (15, (30,), ()), (14, (30,), (14,)),
        (13, (30,), (14,)), (4, (30, 14), ()), (3, (30, 14), (3,)), (2, (30, 14), (3,)), (1, (30, 14, 3), ()),
        (10, (), (30, 14)), (2, (), (30, 14, 3)), (-5, (30, 14), (3,)),
    ],
)  # fmt: skip
def test_notices_are_due_thirty_fourteen_and_three_days_before(
    days: int, notices: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    found = due(days, notices=notices, told=days + 5 if notices else None)
    assert found == (Due("notice", days=expected, deadline=DEADLINE) if expected else Due("wait"))


@pytest.mark.parametrize(
    "opened",
    [
        date(2028, 1, 30),  # the notices of 14 and 3 days about a leap day
        date(2028, 2, 29),  # on it, and over the change to summer time
        date(2027, 1, 30),  # the same days of a year without one
        date(2026, 10, 10),  # a Saturday; over a holiday and the change to winter time
        date(2026, 12, 1),  # until New Year's Eve, over Christmas
    ],
)
def test_each_notice_has_its_day_of_the_calendar_and_the_number_goes_thirty_days_after_the_first(opened: date) -> None:
    deadline = opened + timedelta(days=30)
    given: tuple[int, ...] = ()
    told, happened = None, []
    for passed in range(32):
        today = opened + timedelta(days=passed)
        case = Situation(today=today, opened=opened, deadline=deadline, notices=given, told=told, fixed=False)
        found = CLAUSE.due(case)
        if found.what == "notice":
            given, told = (*given, *found.days), today
        if found.what != "wait":
            happened.append((passed, found.what))
    assert happened[:4] == [(0, "notice"), (16, "notice"), (27, "notice"), (30, "reclaim")]


@pytest.mark.parametrize(
    ("days", "notices", "first", "later"),
    [(30, (), 30, 0), (10, (), 30, 20), (5, (30,), 14, 9), (-40, (30, 14), 3, 43)],
)
def test_a_notice_that_is_late_moves_the_deadline_where_no_provider_set_it(
    days: int, notices: tuple[int, ...], first: int, later: int
) -> None:
    found = due(days, notices=notices, told=days + 5 if notices else None, fixed=False)
    assert found == Due("notice", days=(first,), deadline=DEADLINE + timedelta(days=later))


def test_a_number_is_taken_on_the_day_and_never_before_the_last_notice_is_three_days_old() -> None:
    every = (30, 14, 3)
    assert due(1, notices=every, told=3) == Due("wait")
    assert due(0, notices=every, told=3) == Due("reclaim")
    assert due(0, notices=every, told=2) == Due("wait")
    assert due(-1, notices=every, told=2) == Due("reclaim")
    assert due(-90, notices=(30, 14), told=20).what == "notice"
    assert due(0, notices=every) == Due("wait")  # nobody knows when it was given


def test_use_since_it_began_keeps_it_and_use_before_does_not() -> None:
    assert due(20, used=OPENED) == Due("keep", because="it was used on 2028-02-10")
    assert due(0, notices=(30, 14, 3), told=3, used=DEADLINE).what == "keep"
    assert due(0, notices=(30, 14, 3), told=3, used=OPENED - timedelta(days=1)).what == "reclaim"


def test_what_it_serves_keeps_it_and_what_stands_in_the_way_stops_everything_meanwhile() -> None:
    assert due(30, kept_for="an alarm line") == Due("keep", because="it serves an alarm line")
    assert due(30, rests="hold: a lawsuit") == Due("wait", because="hold: a lawsuit")
    assert due(-9, notices=(30, 14, 3), told=3, rests="port-out: to another carrier").what == "wait"


@pytest.mark.parametrize(("days", "falls"), [(60, False), (61, True)])
def test_a_providers_rule_takes_what_was_unused_for_longer_than_it_says(days: int, falls: bool) -> None:
    today = date(2028, 3, 1)
    last, long_ago = today - timedelta(days=days), date(2020, 1, 1)
    assert CLAUSE.falls_under(60, used=last, since=long_ago, today=today) is falls
    assert CLAUSE.falls_under(60, used=None, since=last, today=today) is falls  # it was never used
    assert CLAUSE.falls_under(60, used=long_ago, since=last, today=today) is falls  # by another holder
    assert CLAUSE.is_idle(used=last, since=long_ago, today=today) is falls


def test_a_number_that_sent_stays_while_people_may_answer_stop() -> None:
    every = (30, 14, 3)
    sent = DEADLINE - timedelta(days=29)
    found = due(0, notices=every, told=3, opened=sent + timedelta(days=1), used=sent, sent=sent)
    assert (found.what, "may still answer STOP" in found.because) == ("wait", True)
    assert due(-1, notices=every, told=3, opened=sent + timedelta(days=1), used=sent, sent=sent).what == "reclaim"


@pytest.mark.parametrize(
    ("kind", "business", "days"), [("local", False, 90), ("mobile", True, 365), ("toll-free", True, 120)]
)
def test_a_number_that_was_given_up_is_not_kept_from_others_for_ever(kind: str, business: bool, days: int) -> None:
    today = date(2028, 12, 31)
    for ago, too_long in ((days, False), (days + 1, True)):
        since = today - timedelta(days=ago)
        assert CLAUSE.rests_too_long(kind=kind, business=business, since=since, today=today) is too_long
