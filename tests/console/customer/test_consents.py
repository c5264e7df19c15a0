"""What one person agreed to and took back, found by their number."""

from __future__ import annotations

from masstransit.demo import PHONES
from masstransit.model.user import Role
from masstransit.storage import consents
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of

ANN = f"/account/consents?number=%2B{PHONES[0][1:]}"


async def test_what_is_in_force_is_counted(pages: Pages) -> None:
    said = text_of(await (await pages.signed_in(Role.VIEWER)).get("/account/consents"))
    assert f"{2 * len(PHONES)} consents in force" in said
    assert "0 opt-outs in force" in said


async def test_a_count_stops_at_the_most_that_is_counted(pages: Pages) -> None:
    counts = await pages.database.read(lambda c: consents.counted(c, pages.account, 3))
    assert counts == {"consents": 3, "opt_outs": 0, "blocks": 0}


async def test_a_number_shows_what_was_agreed_to_and_stopped(pages: Pages) -> None:
    viewer, now = await pages.signed_in(Role.VIEWER), pages.clock.now()
    said = text_of(await viewer.get(ANN))
    assert "No opt-out of theirs is in force" in said
    assert "the demo's order page" in said or "the demo&#39;s order page" in said
    person = pages.keys.person(PHONES[0])
    wish = {"account": pages.account, "person": person, "since": now, "said": "STOP"}
    await pages.database.write(lambda c: consents.opt_out(c, pages.house.ledger, [wish], now))
    said = text_of(await viewer.get(ANN))
    assert "They asked to stop on 2026-06-03" in said
    assert "STOP" in said
    await pages.database.write(
        lambda c: consents.restore(c, pages.house.ledger, pages.account, person, now, said="START")
    )
    assert "No opt-out of theirs is in force" in text_of(await viewer.get(ANN))


async def test_a_number_of_nobody_and_a_number_that_is_none(pages: Pages) -> None:
    viewer = await pages.signed_in(Role.VIEWER)
    assert "No consent of this number is on record" in text_of(
        await viewer.get("/account/consents?number=%2B15005550000")
    )
    wrong = await viewer.get("/account/consents?number=ann")
    assert wrong.status_code == 400
    assert "E.164" in text_of(wrong)


async def test_another_accounts_consents_are_not_there(pages: Pages) -> None:
    said = text_of(await (await stranger(pages)).get(ANN))
    assert "No consent of this number is on record" in said
    assert "0 consents in force" in said
