"""Numbers wanted back, at the desk: their clocks, what was done, the provider's answer, and giving back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit import demo
from masstransit.carriage import contacts, reclamation
from masstransit.carriage.daily import Daily
from masstransit.carriage.overturning import Word
from masstransit.model.user import Role
from masstransit.policy.number_reclamation import NumberReclamation
from masstransit.storage import numbers, reclamations
from tests.console.house import Pages, text_of


async def wanted(pages: Pages, number: str = demo.NUMBERS[0], days: int = 90) -> str:
    """A number that its provider wants back in some days; the case."""
    now = pages.clock.now()
    word, deadline = Word(by="Ann", because="no use since May", at=now), (now + timedelta(days=days)).date()

    def keep(connection: object) -> str:
        return reclamation.determine(
            connection, pages.parts.ledger, number, word, provider="acme", deadline=deadline  # type: ignore[arg-type]
        )  # fmt: skip

    return await pages.database.write(keep)


async def contested(pages: Pages, sid: str) -> None:
    now = pages.clock.now()
    await pages.database.write(
        lambda c: reclamation.contest(c, pages.parts.ledger, pages.account, sid, "It rings for our alarms.", now)
    )


async def test_what_ends_first_stands_first_with_its_clock(pages: Pages) -> None:
    later, sooner = await wanted(pages, days=90), await wanted(pages, demo.NUMBERS[1], days=10)
    watcher = await pages.signed_in(Role.AUDITOR)
    page = await watcher.get("/desk/numbers/cases")
    assert page.text.index(sooner) < page.text.index(later)
    assert "in 9 d" in text_of(page)
    assert demo.NUMBERS[0] not in page.text


async def test_a_contest_waits_for_the_providers_answer_and_every_effort_is_on_record(pages: Pages) -> None:
    sid, olga = await wanted(pages), await pages.signed_in(Role.OFFICER)
    await contested(pages, sid)
    here = f"/desk/numbers/cases/{sid}"
    page = text_of(await olga.get(here))
    assert "It rings for our alarms." in page
    assert "rests until the provider has answered" in page
    assert "waits for an answer" in text_of(await olga.get("/desk/numbers/cases"))
    await olga.post(f"{here}/effort", because="The contest was sent to acme.")
    assert "The contest was sent to acme." in text_of(await olga.get(here))
    await olga.post(f"{here}/answer", answer="stands", because="our rule is our rule")
    row = await pages.database.read(lambda c: reclamations.find(c, sid))
    assert row is not None
    assert (row.answered_at, row.closed_at) == (pages.clock.now(), None)
    history = await pages.database.read(lambda c: reclamations.history(c, sid))
    assert [(each.what, each.by) for each in history] == [
        ("contest", pages.account), ("effort", "Officer"), ("answer", "Officer"),
    ]  # fmt: skip


async def test_what_goes_to_the_provider_is_a_file_with_the_contest_and_the_use(pages: Pages) -> None:
    sid, olga = await wanted(pages), await pages.signed_in(Role.OFFICER)
    await contested(pages, sid)
    answer = await olga.get(f"/desk/numbers/cases/{sid}/for-provider")
    assert answer.headers["content-disposition"] == f'attachment; filename="{sid}.json"'
    told = answer.json()
    assert (told["number"], told["contest"], told["use"]) == (demo.NUMBERS[0], "It rings for our alarms.", [])
    assert (
        await (await pages.signed_in(Role.AUDITOR)).get(f"/desk/numbers/cases/{sid}/for-provider")
    ).status_code == 403


async def test_a_provider_that_withdraws_ends_the_case_and_the_number_stays(pages: Pages) -> None:
    sid, olga = await wanted(pages), await pages.signed_in(Role.OFFICER)
    here = f"/desk/numbers/cases/{sid}"
    assert (await olga.post(f"{here}/answer", answer="perhaps", because="x")).status_code == 400
    await olga.post(f"{here}/answer", answer="withdrawn", because="we were wrong")
    assert "Kept" in text_of(await olga.get(here))
    assert sid in (await olga.get("/desk/numbers/cases?show=closed")).text
    assert "No number is wanted back" in text_of(await olga.get("/desk/numbers/cases"))
    assert (await olga.post(f"{here}/answer", answer="stands", because="after all")).status_code == 409


async def test_what_was_reclaimed_is_given_back_while_it_rests(pages: Pages) -> None:
    sid = await wanted(pages, days=61)
    terms = next(each for each in pages.parts.gate.policy if isinstance(each, NumberReclamation))
    for _ in range(63):
        await Daily(pages.database, pages.parts.ledger, terms, pages.clock).run()
        await pages.move(days=1)
    case = await pages.database.read(lambda c: reclamations.find(c, sid))
    assert case is not None
    assert case.outcome == "reclaimed"
    olga = await pages.signed_in(Role.OFFICER)
    page = text_of(await olga.get(f"/desk/numbers/cases/{sid}"))
    assert "Give it back" in page
    assert "notice" in page
    await olga.post(f"/desk/numbers/cases/{sid}/restore", because="the provider let us")
    row = await pages.database.read(lambda c: numbers.look_up(c, demo.NUMBERS[0]))
    assert row is not None
    assert (row.state, row.account) == ("in-use", pages.account)
    assert (await olga.post(f"/desk/numbers/cases/{sid}/restore", because="again")).status_code == 409


@pytest.mark.parametrize("act", ["effort", "answer", "restore"])
async def test_others_than_officers_say_nothing_in_a_case(pages: Pages, act: str) -> None:
    sid = await wanted(pages)
    for role in (Role.REVIEWER, Role.AUDITOR, Role.OWNER):
        browser = await pages.signed_in(role)
        answer = await browser.post(f"/desk/numbers/cases/{sid}/{act}", answer="withdrawn", because="x")
        assert answer.status_code == 403
    olga = await pages.signed_in(Role.OFFICER)
    assert (await olga.post(f"/desk/numbers/cases/RC1/{act}", answer="stands", because="x")).status_code == 404


async def test_that_nobody_is_told_by_mail_and_what_came_of_a_mail_stands_in_the_case(pages: Pages) -> None:
    sid, watcher = await wanted(pages, days=20), await pages.signed_in(Role.AUDITOR)
    here = f"/desk/numbers/cases/{sid}"
    assert "nobody to mail" in text_of(await watcher.get("/desk/numbers/cases"))
    assert "names nobody who can be reached by mail" in text_of(await watcher.get(here))
    said = {"name": "Ada", "address": "ada@northwind.example", "uses": ["reclamation"]}
    now = pages.clock.now()
    await pages.database.write(lambda c: contacts.add(c, pages.parts.ledger, pages.account, said, now, "Ada"))
    await Daily(pages.database, pages.parts.ledger, NumberReclamation(), pages.clock).run()
    assert "nobody to mail" not in text_of(await watcher.get("/desk/numbers/cases"))
    page = text_of(await watcher.get(here))
    assert "Told by mail on its way a***@northwind.example" in page
    assert "No mail is sent: [mail] relay is not set" in page
    assert "ada@" not in page
    assert "a***@northwind.example" in text_of(await watcher.get(f"/desk/entities/{pages.account}"))
