"""Drills from the pages: which there are, a run with a seed, what came of it from run to run."""

from __future__ import annotations

from masstransit.console.desk.drills import KIND
from masstransit.drills.drill import drills
from masstransit.model.user import Role
from masstransit.storage import errands
from tests.console.house import Pages, text_of

ATTACK = next(each for each in drills() if each.sort == "attack" and not each.bulk)


def result(leaked: int, *, ok: bool = True) -> dict[str, object]:
    return {
        "drill": ATTACK.name, "clause": ATTACK.clause, "seed": 7, "attack": True, "sent": 9, "leaked": leaked,
        "stopped_after_s": 90.0, "delayed": 0, "held": 0, "refused": 0, "ok": ok, "stopped_by": "10.1",
        "hindered_by": [],
    }  # fmt: skip


async def ran(pages: Pages, errand: str, leaked: int, *, ok: bool = True) -> None:
    """A run that ended."""
    told = {"drill": ATTACK.name, "seed": 7, "drills": 1}
    now = pages.clock.now()
    await pages.database.write(lambda c: errands.add(c, errand, KIND, at=now, user="US1", name="Otto", asked=told))
    await pages.database.write(lambda c: errands.end(c, errand, now, result=[result(leaked, ok=ok)]))


async def test_every_drill_is_listed_with_its_sentence_and_what_came_of_it_last(pages: Pages) -> None:
    await ran(pages, "ER1", 3)
    olga = await pages.signed_in(Role.OFFICER)
    page = await olga.get("/desk/drills")
    assert all(f'href="/desk/drills/{each.name}"' in page.text for each in drills())
    assert "9 3 1.5 min 0 ok" in text_of(page)
    some = await olga.get(f"/desk/drills?clause={ATTACK.clause}")
    assert f'href="/desk/drills/{ATTACK.name}"' in some.text
    assert all(f'href="/desk/drills/{e.name}"' not in some.text for e in drills() if e.clause != ATTACK.clause)


async def test_a_drill_shows_how_it_went_from_run_to_run_and_whether_it_is_better(pages: Pages) -> None:
    for errand, leaked in (("ER1", 3), ("ER2", 0), ("ER3", 5)):
        await ran(pages, errand, leaked, ok=leaked == 0)
        await pages.move(days=1)
    olga = await pages.signed_in(Role.OFFICER)
    told = text_of(await olga.get(f"/desk/drills/{ATTACK.name}"))
    newest, middle, oldest = told.split(" 7 9 ")[1:]
    assert newest.startswith("5 1.5 min 10.1 0 0 0 not ok worse than before")
    assert middle.startswith("0 1.5 min 10.1 0 0 0 ok better than before")
    assert "than before" not in oldest
    assert (await olga.get("/desk/drills/none")).status_code == 404


async def test_a_drill_is_played_with_a_seed_and_its_result_is_kept(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    path = (await olga.post("/desk/drills", drill=ATTACK.name, seed="7")).headers["location"]
    await pages.house.errands.finished(path.rpartition("/")[2])
    told = text_of(await olga.get(path))
    assert "All 1 are ok." in told
    assert "with seed 7" in told
    row = await pages.database.read(lambda c: errands.find(c, KIND, path.rpartition("/")[2]))
    assert row is not None
    assert [(each["drill"], each["seed"]) for each in row.result] == [(ATTACK.name, 7)]


async def test_drills_run_one_at_a_time_whoever_asks(pages: Pages) -> None:
    olga, otto = await pages.signed_in(Role.OFFICER), await pages.signed_in(Role.OFFICER, "otto")
    path = (await olga.post("/desk/drills", drill=ATTACK.name)).headers["location"]
    answer = await otto.post("/desk/drills", drill=ATTACK.name)
    assert (answer.status_code, "one at a time" in text_of(answer)) == (409, True)
    await olga.post(f"{path}/stop")
    assert "Officer stopped it" in text_of(await olga.get(path))


async def test_a_drill_that_there_is_not_and_a_seed_that_is_none_are_told(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    assert (await olga.post("/desk/drills", drill="none")).status_code == 404
    assert (await olga.post("/desk/drills", drill="all", seed="-1")).status_code == 400
    assert (await olga.post("/desk/drills", drill="all", seed="4294967296")).status_code == 400
