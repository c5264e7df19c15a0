"""The inventory at the desk: found and shown masked, held and let go, kept for what it serves, and providers' rules."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from masstransit import demo
from masstransit.model.user import Role
from masstransit.storage import number_holds, number_usage, numbers, reclamations
from masstransit.storage.tables import acts
from tests.console.house import Browser, Pages, text_of
from tests.console.test_entities import sid_of

FREE = "+12025550199"


async def stocked(pages: Pages, *free: str) -> str:
    """The inventory has some numbers for sale; the SID of the demo's first."""
    rows = [{"number": number, "provider": "acme", "region": "US"} for number in free]
    await pages.database.write(lambda c: numbers.put(c, rows, pages.clock.now()))
    return await sid_of(pages, demo.NUMBERS[0])


async def held(pages: Pages, number: str = demo.NUMBERS[0]) -> list[tuple[str, str, str]]:
    rows = await pages.database.read(lambda c: number_holds.of(c, number))
    return [(row.kind, row.because, row.by) for row in rows]


async def test_the_inventory_is_found_by_state_provider_account_and_beginning(pages: Pages) -> None:
    sid = await stocked(pages, FREE)
    watcher = await pages.signed_in(Role.AUDITOR)

    async def shows(query: str) -> tuple[bool, bool]:
        page = (await watcher.get(f"/desk/numbers?{query}")).text
        return f"/desk/numbers/{sid}" in page, FREE in page

    assert await shows("") == (True, True)
    assert await shows("state=in-use") == (True, False)
    assert await shows("provider=acme") == (False, True)
    assert await shows(f"account={pages.account}") == (True, False)
    assert await shows("begins=%2B1+202+555") == (False, True)
    assert await shows("held=1") == (False, False)
    assert (await watcher.get("/desk/numbers?begins=%25")).status_code == 400


async def test_what_somebody_has_is_masked_and_named_by_its_sid(pages: Pages) -> None:
    sid = await stocked(pages, FREE)
    watcher = await pages.signed_in(Role.AUDITOR)
    for path in ("/desk/numbers", f"/desk/numbers/{sid}"):
        page = (await watcher.get(path)).text
        assert demo.NUMBERS[0] not in page
    assert FREE in (await watcher.get(f"/desk/numbers/{FREE[1:]}")).text
    for missing in ("19995550100", "PN1", "nothing"):
        assert (await watcher.get(f"/desk/numbers/{missing}")).status_code == 404


async def test_the_inventory_is_shown_a_page_at_a_time(pages: Pages) -> None:
    await stocked(pages, *(f"+120255501{n:02}" for n in range(51)))
    watcher = await pages.signed_in(Role.AUDITOR)
    page = await watcher.get("/desk/numbers?provider=acme")
    assert page.text.count("/desk/numbers/120255501") == 50
    further = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = await watcher.get(f"/desk/numbers{further}")
    assert second.text.count("/desk/numbers/120255501") == 1
    assert "+12025550150" in second.text
    assert "Before" in second.text


async def test_a_number_is_held_for_several_reasons_and_let_go_of_one_by_one(pages: Pages) -> None:
    sid, olga = await stocked(pages), await pages.signed_in(Role.OFFICER)
    here = f"/desk/numbers/{sid}"
    await olga.post(f"{here}/hold", kind="dispute", because="two claim it")
    await olga.post(f"{here}/hold", kind="hold", because="a lawsuit")
    assert await held(pages) == [("dispute", "two claim it", "Officer"), ("hold", "a lawsuit", "Officer")]
    assert (await olga.post(f"{here}/hold", kind="hold", because="again")).status_code == 409
    page = text_of(await olga.get(here))
    assert "two claim it" in page
    await olga.post(f"{here}/let-go", kind="dispute", because="it is settled")
    assert "but by hold" in await olga.said()
    assert [kind for kind, _, _ in await held(pages)] == ["hold"]
    assert (await olga.post(f"{here}/let-go", kind="dispute", because="again")).status_code == 404
    kept = await pages.database.read(lambda c: c.execute(select(acts).order_by(acts.c.at)).all())
    assert sorted((each.what, each.about) for each in kept) == [
        ("number-held", sid), ("number-held", sid), ("number-let-go", sid),
    ]  # fmt: skip
    assert {each.account for each in kept} == {pages.account}


async def test_a_number_that_is_ported_out_is_nobodys_here_any_more(pages: Pages) -> None:
    sid, olga = await stocked(pages), await pages.signed_in(Role.OFFICER)
    assert (await olga.post(f"/desk/numbers/{sid}/ported", because="their new provider")).status_code == 409
    await olga.post(f"/desk/numbers/{sid}/hold", kind="port-out", because="a port was asked for")
    to = (await olga.post(f"/desk/numbers/{sid}/ported", because="their new provider")).headers["location"]
    assert "Ported-out" in text_of(await olga.get(to))
    assert await held(pages) == []


async def test_what_it_serves_keeps_it_until_it_serves_nothing(pages: Pages) -> None:
    sid, olga = await stocked(pages), await pages.signed_in(Role.OFFICER)
    await olga.post(f"/desk/numbers/{sid}/serves", serves="an alarm line", because="its holder")
    row = await pages.database.read(lambda c: numbers.look_up(c, demo.NUMBERS[0]))
    assert row is not None
    assert row.kept_for == "an alarm line"
    await olga.post(f"/desk/numbers/{sid}/serves", serves="", because="its holder")
    row = await pages.database.read(lambda c: numbers.look_up(c, demo.NUMBERS[0]))
    assert row is not None
    assert row.kept_for == ""


async def test_its_use_is_shown(pages: Pages) -> None:
    sid, day = await stocked(pages), pages.clock.now().date()
    for n, back in ((3, 1), (4, 89), (100, 91)):
        when = day - timedelta(days=back)
        row = {"number": demo.NUMBERS[0], "day": when.isoformat(), "inbound": n, "outbound": n * 2}
        await use(pages, row)
    page = text_of(await (await pages.signed_in(Role.AUDITOR)).get(f"/desk/numbers/{sid}"))
    assert "7 in, 14 out" in page


async def use(pages: Pages, row: dict[str, object]) -> None:
    await pages.database.write(lambda c: number_usage.keep(c, [row], pages.clock.now().date(), over=False))


async def test_a_provider_wants_a_number_back_by_its_own_word(pages: Pages) -> None:
    sid, olga = await stocked(pages), await pages.signed_in(Role.OFFICER)
    soon = f"{pages.clock.now() + timedelta(days=90):%Y-%m-%d}"
    here = f"/desk/numbers/{sid}/determine"
    for wrong in ("soon", "2026-02-30", "2020-01-01"):
        answer = await olga.post(here, provider="acme", deadline=wrong, because="no use")
        assert answer.status_code == 400, wrong
    await olga.post(here, provider="Acme", deadline=soon, because="no use since May")
    (case,) = await pages.database.read(reclamations.all_open)
    assert (case.provider, case.deadline, case.said, case.account) == ("acme", soon, "no use since May", pages.account)
    assert (await olga.post(here, provider="acme", deadline=soon, because="again")).status_code == 409
    assert case.sid in (await olga.get(f"/desk/numbers/{sid}")).text


async def test_a_providers_rule_is_kept_in_its_words_in_the_place_of_the_last(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    for days in ("90", "60"):
        await olga.post("/desk/numbers/rules", provider="Acme", days=days, because="numbers lie idle for no longer")
    (row,) = await pages.database.read(reclamations.rules)
    assert (row.provider, row.days, row.by) == ("acme", 60, "Officer")
    assert "numbers lie idle" in text_of(await olga.get("/desk/numbers/rules"))
    for days in ("0", "-1", "some", "²"):
        assert (await olga.post("/desk/numbers/rules", provider="acme", days=days, because="x")).status_code == 400


async def test_others_than_officers_only_look(pages: Pages) -> None:
    sid = await stocked(pages)
    reviewer: Browser = await pages.signed_in(Role.REVIEWER)
    assert "Keep it where it is" not in text_of(await reviewer.get(f"/desk/numbers/{sid}"))
    owner = await pages.signed_in(Role.OWNER)
    for browser in (reviewer, owner, await pages.signed_in(Role.AUDITOR)):
        for act in ("hold", "let-go", "ported", "serves", "determine"):
            answer = await browser.post(f"/desk/numbers/{sid}/{act}", kind="hold", because="x")
            assert answer.status_code == 403
        assert (await browser.post("/desk/numbers/rules", provider="a", days="1", because="x")).status_code == 403
    assert (await owner.get("/desk/numbers")).status_code == 403
    assert await held(pages) == []
