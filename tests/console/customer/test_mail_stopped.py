"""Whom a customer's mail does not go to, at its pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from masstransit.model.address import EmailAddress
from masstransit.model.user import Role
from masstransit.storage import mail_suppressions
from masstransit.storage.tables import acts, opt_outs
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of
from tests.makers import NOON

HERE = "/account/email/stopped"
GONE, ANGRY, TOLD, LEFT = "gone@reader.test", "angry@friend.test", "told@other.test", "left@leaver.test"


def stop(pages: Pages, address: str, why: str, later: int) -> dict[str, Any]:
    return {
        "account": pages.account, "person": pages.keys.person(address), "masked": EmailAddress(address).masked,
        "why": why, "said": f"because of {why}: <{address}> is refused", "about": None,
        "since": NOON + timedelta(minutes=later),
    }  # fmt: skip


@pytest.fixture
async def stopped(pages: Pages) -> Pages:
    """The pages of a customer with one of each."""

    def keep(connection: Connection) -> None:
        for at, (address, why) in enumerate(((GONE, "bounce"), (ANGRY, "complaint"), (TOLD, "told"))):
            mail_suppressions.suppress(connection, pages.house.ledger, stop(pages, address, why, at), NOON)
        left = stop(pages, LEFT, "", 9) | {"scope": "marketing", "said": "unsubscribe", "via": "a@b.example"}
        rows = [left, left | {"person": "phone", "masked": "+12••••••99"}, left | {"person": "x", "restored_at": NOON}]
        whole = [{"channel": "email", "confirmed_at": None, "restored_at": None, **row} for row in rows]
        for row in whole:
            row.pop("why")
            row.pop("about")
        connection.execute(insert(opt_outs), whole)

    await pages.database.write(keep)
    return pages


async def test_all_are_listed_masked_the_newest_first_and_by_why(stopped: Pages) -> None:
    owner = await stopped.signed_in(Role.OWNER)
    page = await owner.get(HERE)
    said = text_of(page)
    places = [said.index(EmailAddress(address).masked) for address in (LEFT, TOLD, ANGRY, GONE)]
    assert places == sorted(places)
    assert not any(address in page.text for address in (GONE, ANGRY, TOLD, LEFT))
    assert "unsubscribed, advertising only" in said
    assert "+12" not in said
    assert said.count("because of") == 3
    for why, address in (("bounce", GONE), ("complaint", ANGRY), ("told", TOLD), ("unsubscribed", LEFT)):
        shown = text_of(await owner.get(f"{HERE}?why={why}"))
        seen = [each for each in (GONE, ANGRY, TOLD, LEFT) if EmailAddress(each).masked in shown]
        assert seen == [address]
    assert (await owner.get(f"{HERE}?why=weather")).status_code == 400
    last = await owner.get(f"{HERE}?before={NOON.isoformat().replace('+', '%2B')}~x~bounce")
    assert EmailAddress(LEFT).masked in text_of(last)


async def test_an_address_that_works_again_is_taken_off_and_a_complaint_stays(stopped: Pages) -> None:
    owner = await stopped.signed_in(Role.OWNER)
    gone, angry, left = (stopped.keys.person(each) for each in (GONE, ANGRY, LEFT))
    assert (await owner.get(HERE)).text.count("It works again") == 2
    assert (await owner.post(f"{HERE}/{gone}/off")).status_code == 303
    assert EmailAddress(GONE).masked not in (await owner.get(HERE)).text
    for person in (gone, angry, left):
        assert (await owner.post(f"{HERE}/{person}/off")).status_code == 404
    assert EmailAddress(ANGRY).masked in text_of(await owner.get(HERE))
    done = await stopped.database.read(lambda c: c.execute(select(acts.c.what)).scalars().all())
    assert "mail-suppression-ended" in done


async def test_a_viewer_takes_nobody_off_and_a_stranger_sees_nobody(stopped: Pages) -> None:
    viewer, other = await stopped.signed_in(Role.VIEWER), await stranger(stopped)
    page = await viewer.get(HERE)
    assert (EmailAddress(GONE).masked in page.text, "It works again" in page.text) == (True, False)
    gone = stopped.keys.person(GONE)
    assert (await viewer.post(f"{HERE}/{gone}/off")).status_code == 403
    assert "There is none." in text_of(await other.get(HERE))
    assert (await other.post(f"{HERE}/{gone}/off")).status_code == 404
