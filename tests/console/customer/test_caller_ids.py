"""A customer's caller IDs at its pages: a code by the real gate, letters, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from masstransit import config, demo
from masstransit.edition import edition_of
from masstransit.model.user import Role
from masstransit.storage import acts, caller_ids
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from masstransit.storage.tables import communications
from tests.carriage.voice.house import until
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, opened, text_of
from tests.makers import NOON

CLINIC, HERE = "+12125550143", "/account/numbers/caller-ids"
LETTER = {
    "number": CLINIC, "name": "Clinic", "holder": "St. Mary's Clinic", "signed": f"{NOON:%Y-%m-%d}",
    "reference": "LOA 2026/17", "digest": "ab" * 32,
}  # fmt: skip


@pytest.fixture
async def texting(database: Database, keys: Keys) -> AsyncIterator[Pages]:
    """The pages of a house whose operator sends codes."""
    told = edition_of(config.Settings())

    def seed(connection: Connection) -> str:
        return demo.seed_operator(connection, keys, demo.Edition(told.digest, told.dated), NOON)

    operator = await database.write(seed)
    by = config.RecipientSettings(account=operator, sender=demo.OPERATOR_NUMBER)
    async with opened(database, keys, told=config.Settings(recipients=by)) as made:
        yield made


async def the_code(pages: Pages) -> str:
    """In the newest text that went to the clinic."""
    sent = select(communications.c.body).where(communications.c.channel == "caller-ids")
    newest = sent.order_by(communications.c.created_at.desc(), communications.c.sid).limit(1)
    found = re.search(r"\b\d{6}\b", await pages.database.read(lambda c: c.execute(newest).scalar_one()))
    assert found is not None
    return found[0]


async def test_a_code_goes_out_by_the_gate_and_proves_the_number_when_it_comes_back(texting: Pages) -> None:
    owner = await texting.signed_in(Role.OWNER)
    assert (await owner.post(f"{HERE}/code", number=CLINIC, name="Clinic")).status_code == 303
    assert CLINIC in await owner.said()
    code = await the_code(texting)
    wrong = await owner.post(f"{HERE}/prove", number=CLINIC, code=f"{(int(code) + 1) % 10**6:06}")
    assert (wrong.status_code, "4 tries are left" in text_of(wrong)) == (400, True)
    assert (await owner.post(f"{HERE}/prove", number=CLINIC, code=code)).status_code == 303
    said = text_of(await owner.get(HERE))
    assert f"{CLINIC} Clinic a code" in said
    assert f"{NOON + timedelta(days=365):%Y-%m-%d}" in said
    noted = await texting.database.read(lambda c: acts.listed(c, Slice(size=9)))
    assert {"caller-id-asked", "caller-id-proven"} <= {act.what for act in noted.rows}
    assert not any(CLINIC in str(act.told) + act.about for act in noted.rows)


async def test_a_number_is_taken_off_again(texting: Pages) -> None:
    owner = await texting.signed_in(Role.OWNER)
    await owner.post(f"{HERE}/code", number=CLINIC)
    await owner.post(f"{HERE}/prove", number=CLINIC, code=await the_code(texting))
    now, key = texting.clock.now(), (texting.account, CLINIC)
    row = await texting.database.read(lambda c: caller_ids.of_number(c, texting.account, CLINIC, now))
    assert row is not None
    mallory = await stranger(texting)
    assert (await mallory.post(f"{HERE}/{row.sid}/remove")).status_code == 404
    assert CLINIC not in (await mallory.get(HERE)).text
    assert (await owner.post(f"{HERE}/{row.sid}/remove")).status_code == 303
    assert await texting.database.read(lambda c: caller_ids.proven(c, [key], now)) == {}
    assert "None is proven yet" in text_of(await owner.get(HERE))


async def test_whoever_answers_the_call_proves_the_number_by_the_code_that_the_page_shows(texting: Pages) -> None:
    owner = await texting.signed_in(Role.OWNER)
    number = demo.PHONES[1]
    shown = await owner.post(f"{HERE}/call", number=number, name="Front desk")
    assert shown.status_code == 200
    code = re.search(r"\b\d{6}\b", text_of(shown))
    assert code is not None
    rings = await until(lambda: next((c for c in texting.handsets.calls(number) if c.shown.state == "ringing"), None))
    rings.take()
    await until(lambda: rings.shown.heard)
    rings.press(code[0])
    await until(lambda: rings.shown.state == "over")
    assert f"{number} Front desk a call" in text_of(await owner.get(HERE))
    mallory = await texting.signed_in(Role.VIEWER)
    assert (await mallory.post(f"{HERE}/call", number=number)).status_code == 403


async def test_codes_of_one_number_are_few(texting: Pages) -> None:
    owner = await texting.signed_in(Role.OWNER)
    for _ in range(3):
        assert (await owner.post(f"{HERE}/code", number=CLINIC)).status_code == 303
    often = await owner.post(f"{HERE}/code", number=CLINIC)
    assert (often.status_code, "in an hour" in text_of(often)) == (409, True)


async def test_a_letter_is_sent_once_and_waits(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    assert "Caller IDs" in text_of(await owner.get("/account/numbers"))
    assert "Nothing was claimed yet" in text_of(await owner.get(f"{HERE}/claims"))
    assert (await owner.post(f"{HERE}/letter", **LETTER)).status_code == 303
    for path in (HERE, f"{HERE}/claims"):
        assert "a letter of St. Mary&#39;s Clinic pending" in text_of(await owner.get(path))
    assert (await owner.post(f"{HERE}/letter", **LETTER)).status_code == 409
    for field, value in (("signed", "May"), ("digest", "abc"), ("holder", ""), ("number", "clinic")):
        assert (await owner.post(f"{HERE}/letter", **LETTER | {field: value})).status_code == 400
    assert "a letter of" not in text_of(await (await stranger(pages)).get(f"{HERE}/claims"))


async def test_without_an_operators_sender_a_letter_is_asked_for(pages: Pages) -> None:
    refused = await (await pages.signed_in(Role.OWNER)).post(f"{HERE}/code", number=CLINIC)
    assert (refused.status_code, "letter of authorization" in text_of(refused)) == (409, True)


async def test_a_viewer_looks_and_proves_nothing(pages: Pages) -> None:
    viewer = await pages.signed_in(Role.VIEWER)
    assert "An owner or a developer can prove numbers" in text_of(await viewer.get(HERE))
    for act in ("code", "prove", "letter", "PN1/remove"):
        assert (await viewer.post(f"{HERE}/{act}", **LETTER)).status_code == 403


async def test_claims_are_turned_sheet_by_sheet(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    for n in range(12):
        await pages.clock.move(timedelta(minutes=1))
        await owner.post(f"{HERE}/letter", **LETTER | {"number": f"+121255501{n:02}"})
    first = await owner.get(HERE)
    assert ("+12125550111" in first.text, "+12125550101" in first.text) == (True, False)
    found = await pages.database.read(lambda c: caller_ids.claims(c, pages.account, Slice(size=12)))
    middle = found.rows[5]
    rest = await owner.get(f"{HERE}/claims?after={middle.filed_at.isoformat().replace('+', '%2B')}~{middle.sid}")
    assert (found.rows[5].number in rest.text, found.rows[6].number in rest.text) == (False, True)
