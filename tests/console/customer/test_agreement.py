"""The agreement at the pages: who may accept it, and what is put on record."""

from __future__ import annotations

from sqlalchemy import delete, select

from masstransit.ledger import verify
from masstransit.model.user import Role
from masstransit.storage.tables import acceptances
from tests.console.house import Pages, text_of

PATH = "/account/agreement"
SIGNED = {"person": "Rosa Diaz", "role": "Director", "authorised": "yes"}


async def unsigned(pages: Pages) -> str:
    """Nobody accepted anything; the digest of the edition in force."""
    await pages.database.write(lambda c: c.execute(delete(acceptances)))
    assert pages.house.edition is not None
    return pages.house.edition.digest


async def test_the_text_and_who_accepted_it_is_shown(pages: Pages) -> None:
    said = text_of(await (await pages.signed_in(Role.VIEWER)).get(PATH))
    assert pages.house.edition is not None
    assert "Dana Demo" in said
    assert pages.house.edition.digest in said
    assert "Accept it" not in said


async def test_an_owner_accepts_the_edition_that_was_shown(pages: Pages) -> None:
    digest, owner = await unsigned(pages), await pages.signed_in(Role.OWNER)
    assert f'value="{digest}"' in (await owner.get(PATH)).text
    assert (await owner.post(PATH, digest=digest, **SIGNED)).status_code == 303
    kept = await pages.database.read(lambda c: c.execute(select(acceptances)).one())
    assert (kept.account, kept.digest, kept.person, kept.role) == (pages.account, digest, "Rosa Diaz", "Director")
    assert (kept.authorised, kept.method, kept.source) == (True, "click", "127.0.0.1")
    assert (await pages.database.survey(lambda c: verify(c, pages.keys.public))).whole


async def test_nobody_accepts_what_they_did_not_see_or_may_not_sign(pages: Pages) -> None:
    digest, owner = await unsigned(pages), await pages.signed_in(Role.OWNER)
    assert (await owner.post(PATH, digest="0" * 64, **SIGNED)).status_code == 409
    assert (await owner.post(PATH, digest=digest, person="Rosa", role="Intern")).status_code == 400
    assert (await owner.post(PATH, digest=digest, authorised="yes", role="Intern")).status_code == 400
    for role in (Role.DEVELOPER, Role.VIEWER, Role.ADMIN):
        browser = await pages.signed_in(role)
        assert (await browser.post(PATH, digest=digest, **SIGNED)).status_code == 403
    assert await pages.database.read(lambda c: c.execute(select(acceptances)).all()) == []


async def test_a_developer_is_told_who_can_accept(pages: Pages) -> None:
    await unsigned(pages)
    assert "An owner can accept it" in text_of(await (await pages.signed_in(Role.DEVELOPER)).get(PATH))
