"""A customer's contacts at its pages."""

from __future__ import annotations

from typing import Any

from masstransit.config import MailSettings, Settings
from masstransit.model.user import Role
from masstransit.storage import contacts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.console.customer.deeds import stranger, warned
from tests.console.house import Pages, opened, text_of

PATH = "/account/contacts"
ADA, BOB = "ada@northwind.example", "bob@northwind.example"


async def kept(pages: Pages) -> list[Any]:
    return list(await pages.database.read(lambda c: contacts.of_account(c, pages.account)))


async def test_contacts_are_named_changed_put_first_and_removed(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    assert "Nobody is told by mail" in text_of(await owner.get(PATH))
    for address in (ADA, BOB):
        assert (await owner.post(PATH, name="Ada <Lovelace>", address=address, uses="notices")).status_code == 303
    page = await owner.get(PATH)
    assert "Ada &lt;Lovelace&gt;" in page.text
    assert page.text.index(ADA) < page.text.index(BOB)
    first, second = await kept(pages)
    assert (await owner.post(f"{PATH}/{second.contact}/first")).status_code == 303
    assert [row.address for row in await kept(pages)] == [BOB, ADA]
    await owner.post(f"{PATH}/{first.contact}", name="A", address="a@northwind.example", uses="reclamation")
    assert (await kept(pages))[1].uses == ["reclamation"]
    await owner.post(f"{PATH}/{first.contact}/remove")
    assert [row.address for row in await kept(pages)] == [BOB]
    acts = text_of(await (await pages.signed_in(Role.AUDITOR)).get("/desk/acts"))
    assert "contact-removed" in acts
    assert ADA not in acts


async def test_what_can_not_be_a_contact_is_said_and_a_viewer_changes_nothing(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    wrong = await owner.post(PATH, name="Ada", address="nobody", uses="notices")
    assert (wrong.status_code, "is not an email address" in text_of(wrong)) == (400, True)
    nothing = await owner.post(PATH, name="Ada", address=ADA)
    assert (nothing.status_code, "what it is to be told of" in text_of(nothing)) == (400, True)
    viewer = await pages.signed_in(Role.VIEWER)
    assert "Add the contact" not in (await viewer.get(PATH)).text
    assert (await viewer.post(PATH, address=ADA, uses="notices")).status_code == 403
    assert await kept(pages) == []


async def test_anothers_contact_is_not_there(pages: Pages) -> None:
    owner, mallory = await pages.signed_in(Role.OWNER), await stranger(pages)
    await owner.post(PATH, name="", address=ADA, uses="notices")
    (row,) = await kept(pages)
    assert ADA not in (await mallory.get(PATH)).text
    for path in (f"{PATH}/{row.contact}", f"{PATH}/{row.contact}/first", f"{PATH}/{row.contact}/remove"):
        assert (await mallory.post(path, address=BOB, uses="notices")).status_code == 404
    assert await kept(pages) == [row]


async def test_that_no_mail_is_sent_is_said_plainly(pages: Pages) -> None:
    assert "No mail is sent by this installation" in text_of(await (await pages.signed_in(Role.OWNER)).get(PATH))


async def test_with_a_relay_nothing_is_said_of_it(sqlite_database: Database, keys: Keys) -> None:
    told = Settings(mail=MailSettings(relay="localhost:25", sender="notices@house.example"))
    async with opened(sqlite_database, keys, told=told) as pages:
        page = text_of(await (await pages.signed_in(Role.OWNER)).get(PATH))
    assert "No mail is sent" not in page
    assert "Fewer than two contacts are told of numbers that their provider wants back" in page


async def test_one_that_was_refused_is_shown_and_saved_again(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    await owner.post(PATH, name="Ada", address=ADA, uses="notices")
    now = pages.clock.now()
    await pages.database.write(lambda c: contacts.refused(c, pages.account, ADA, now, "550 no such user"))
    assert "550 no such user" in text_of(await owner.get(PATH))
    assert "mail to one of them does not get there" in text_of(await owner.get("/account"))
    (row,) = await kept(pages)
    await owner.post(f"{PATH}/{row.contact}", name="Ada", address=ADA, uses="notices")
    assert "550 no such user" not in text_of(await owner.get(PATH))
    assert "does not get there" not in text_of(await owner.get("/account"))


async def test_a_notice_shows_to_whom_it_goes_by_mail(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    await owner.post(PATH, name="Ada", address=ADA, uses="notices")
    await warned(pages)
    listed = await owner.get("/account/notices")
    name = listed.text.split("/account/notices/NT", 1)[1].split('"', 1)[0]
    said = text_of(await owner.get(f"/account/notices/NT{name}"))
    assert "Told by mail on its way a***@northwind.example" in said
