"""Cases from their opening to their end: what is due first, who was faster, and that the record only grows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.carriage.cases import docket
from masstransit.carriage.cases.docket import Act
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.case import KINDS, NEVER
from masstransit.storage import cases, tables
from masstransit.storage.paging import Slice
from tests.carriage.cases.desk import CALENDAR, LEDGER, Desk
from tests.makers import ACCOUNT, NOON

TRACE = {"requester": "the traceback group", "sender": "+14155550100", "at": "2026-06-03T16:00"}


async def listed(desk: Desk, part: Slice, **only: str) -> list[str]:
    sheet = await desk.does(lambda c: docket.open_cases(c, part, **only))
    return [row.sid for row in sheet.rows]


async def test_what_is_due_first_is_listed_first_and_what_is_overdue_before_all(desk: Desk) -> None:
    late = await desk.open("traceback", reference="1", **TRACE)
    desk.later(hours=30)
    day = await desk.open("trademark", account=ACCOUNT, holder="Acme", right="a mark")
    hour = await desk.open("authority", account=ACCOUNT, authority="Bureau", reference="1", process="emergency")
    assert await listed(desk, Slice()) == [late, hour, day]
    assert await listed(desk, Slice(), account=ACCOUNT) == [hour, day]
    assert await listed(desk, Slice(), kind="traceback") == [late]
    assert await desk.does(lambda c: cases.overdue(c, desk.clock.now())) == [("traceback", 1)]


async def test_a_list_has_pages(desk: Desk) -> None:
    made = []
    for n in range(5):
        made.append(await desk.open("traceback", reference=str(n), **TRACE))
        desk.later(minutes=1)
    first = await desk.does(lambda c: docket.open_cases(c, Slice(size=2)))
    assert ([row.sid for row in first.rows], first.behind) == (made[:2], True)
    last = first.rows[-1]
    assert await listed(desk, Slice(size=2, after=(last.due_at, last.sid))) == made[2:4]


async def test_what_is_said_in_a_case_is_added_and_never_changed(desk: Desk) -> None:
    sid = await desk.open("traceback", reference="1", **TRACE)
    for said in ("asked the carrier", "they answered"):
        desk.later(hours=1)
        await desk.notes(sid, said)
    found = await desk.case(sid)
    assert [(e.seq, e.what, e.by, e.said) for e in found.history] == [
        (1, "opened", "Ada", "as they asked"),
        (2, "note", "Ada", "asked the carrier"),
        (3, "note", "Ada", "they answered"),
    ]
    assert found.history[-1].at == NOON + timedelta(hours=2)
    kinds = [row.kind for row in await desk.rows(tables.records)]
    assert sorted(kinds) == ["case", "case-entry", "case-entry"]
    assert await desk.verified()


def _act(connection: object, word: object) -> Act:
    return Act(connection=connection, ledger=LEDGER, word=word, calendar=CALENDAR)  # type: ignore[arg-type]


async def test_of_two_who_act_at_once_the_second_is_told_to_look_again(desk: Desk) -> None:
    sid = await desk.open("traceback", reference="1", **TRACE)
    as_read = await desk.does(lambda c: docket.found(c, sid))
    await desk.does(lambda c: docket.note(_act(c, desk.word()), as_read, "note"))
    with pytest.raises(Conflict, match="somebody else has just done something"):
        await desk.does(lambda c: docket.note(_act(c, desk.word("Bob")), as_read, "note"))
    assert len((await desk.case(sid)).history) == 2


async def test_the_same_request_is_opened_once_while_it_is_open(desk: Desk) -> None:
    sid = await desk.open("traceback", reference="7/26", **TRACE)
    with pytest.raises(Conflict, match=f"{sid} is open about 7/26 already"):
        await desk.open("traceback", reference="7/26", **TRACE | {"requester": "The Traceback Group"})
    await desk.close(sid, "forged")
    assert await desk.open("traceback", reference="7/26", **TRACE) != sid


async def test_a_closed_case_is_done_with(desk: Desk) -> None:
    sid = await desk.open("trademark", account=ACCOUNT, holder="Acme", right="a mark")
    await desk.close(sid, "not-stopped")
    found = (await desk.case(sid)).case
    assert (found.outcome, found.closed_by, found.due, found.due_at) == ("not-stopped", "Ada", "", NEVER)
    assert await listed(desk, Slice()) == []
    with pytest.raises(Conflict, match=f"{sid} is closed: not-stopped, by Ada"):
        await desk.close(sid, "withdrawn")


async def test_what_can_not_be_is_refused_with_what_can(desk: Desk) -> None:
    sid = await desk.open("traceback", reference="1", **TRACE)
    for kind, told, words in (
        ("gossip", {}, "kind 'gossip': one of authority, blocking-notice"),
        ("traceback", {"reference": "2"}, "requester"),
        ("traceback", TRACE | {"reference": "2", "colour": "red"}, "colour"),
        ("traceback", TRACE | {"reference": "2", "at": "noon"}, "at 'noon': write it as 2026-01-31"),
        ("traceback", TRACE | {"reference": "2", "minutes": "0"}, "minutes 0: from 1"),
        ("authority", {"account": ACCOUNT, "authority": "B", "reference": "1", "process": "subpoena", "gag": "perhaps"},
         "gag 'perhaps': yes or no"),
        ("authority", {"account": ACCOUNT, "authority": "B", "reference": "1", "process": "subpoena",
                       "unit": "street:Elm"}, "unit 'street': one of number"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            await desk.open(kind, **told)
        assert words in str(refused.value)
    with pytest.raises(BadInput, match="outcome 'won': one of answered, nothing-found, forged"):
        await desk.close(sid, "won")
    with pytest.raises(BadInput, match="'renew' is no act in a case of the kind traceback: of answer"):
        await desk.act(sid, "renew")
    with pytest.raises(NotFound, match="there is no case CS9"):
        await desk.act("CS9", "answer")
    with pytest.raises(NotFound, match="there is no account AC9"):
        await desk.open("trademark", account="AC9", holder="Acme", right="a mark")
    assert len(await desk.rows(tables.cases)) == 1


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_figure_of_a_deadline_has_its_source(kind: object) -> None:
    for each in kind.deadlines:  # type: ignore[attr-defined]
        assert "CFR" in each.source or "USC" in each.source or "L. 119" in each.source or "2016/679" in each.source or (
            each.source.endswith("default")
        )  # fmt: skip
        assert 0 <= each.least < each.count
        assert len(each.name) <= 32
