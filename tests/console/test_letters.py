"""Letters of authorization at the desk: somebody looks, confirms or refuses, and the customer reads why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.model.user import Role
from masstransit.storage import acts, caller_ids
from masstransit.storage.paging import Slice
from tests.console.customer.test_caller_ids import CLINIC, HERE, LETTER
from tests.console.house import Pages, text_of

DESK = "/desk/numbers/letters"


async def sent(pages: Pages, number: str = CLINIC) -> str:
    """A customer's letter; its claim."""
    owner = await pages.signed_in(Role.OWNER)
    assert (await owner.post(f"{HERE}/letter", **LETTER | {"number": number})).status_code == 303
    found = await pages.database.read(lambda c: caller_ids.claims(c, pages.account, Slice(size=1)))
    return str(found.rows[0].sid)


async def right(pages: Pages) -> dict[tuple[str, str], str]:
    now = pages.clock.now()
    return dict(await pages.database.read(lambda c: caller_ids.proven(c, [(pages.account, CLINIC)], now)))


async def test_a_letter_is_compared_and_confirmed_by_name(pages: Pages) -> None:
    sid, olga = await sent(pages), await pages.signed_in(Role.OFFICER)
    listed = await olga.get(DESK)
    assert "St. Mary&#39;s Clinic" in listed.text
    assert CLINIC not in listed.text
    assert CLINIC in (await olga.get(f"{DESK}/{sid}")).text  # it is compared with the letter's
    wrong = await olga.post(f"{DESK}/{sid}", decision="confirm", because="looked at it", digest="cd" * 32)
    assert (wrong.status_code, await right(pages)) == (400, {})
    fine = await olga.post(f"{DESK}/{sid}", decision="confirm", because="looked at it", digest=LETTER["digest"])
    assert fine.status_code == 303
    assert await right(pages) == {(pages.account, CLINIC): "loa"}
    assert "No letter waits" in text_of(await olga.get(DESK))
    assert "proven by Officer" in text_of(await olga.get(f"{DESK}?show=decided"))
    assert (await olga.post(f"{DESK}/{sid}", decision="refuse", because="no")).status_code == 409
    (act, *_) = (await pages.database.read(lambda c: acts.listed(c, Slice(size=5)))).rows
    assert (act.what, act.about, act.account) == ("letter-confirmed", sid, pages.account)


async def test_a_refusal_is_read_by_the_customer(pages: Pages) -> None:
    sid, olga = await sent(pages), await pages.signed_in(Role.OFFICER)
    assert (await olga.post(f"{DESK}/{sid}", decision="refuse", because="")).status_code == 400
    await olga.post(f"{DESK}/{sid}", decision="refuse", because="the clinic knows nothing of it")
    assert await right(pages) == {}
    said = text_of(await (await pages.signed_in(Role.OWNER)).get(HERE))
    assert "refused the clinic knows nothing of it" in said


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REVIEWER, Role.OWNER])
async def test_others_do_not_decide(pages: Pages, role: Role) -> None:
    sid, somebody = await sent(pages), await pages.signed_in(role)
    assert (await somebody.post(f"{DESK}/{sid}", decision="confirm", because="x")).status_code in {403, 404}
    assert CLINIC not in (await somebody.get(f"{DESK}/{sid}")).text
    assert await right(pages) == {}


async def test_letters_are_turned_sheet_by_sheet_the_oldest_first(pages: Pages) -> None:
    first = await sent(pages)
    await pages.clock.move(timedelta(minutes=1))
    second, olga = await sent(pages, "+12125550144"), await pages.signed_in(Role.OFFICER)
    page = (await olga.get(DESK)).text
    assert page.index(first) < page.index(second)
    row = await pages.database.read(lambda c: caller_ids.letter(c, first))
    assert row is not None
    rest = (await olga.get(f"{DESK}?after={row.filed_at.isoformat().replace('+', '%2B')}~{first}")).text
    assert (first in rest, second in rest) == (False, True)
    assert (await olga.get(f"{DESK}/CV0")).status_code == 404
