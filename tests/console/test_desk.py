"""The desk's pages of cases and numbers: what each shows, and what its acts do."""

from __future__ import annotations

from sqlalchemy import Connection, select

from masstransit import demo
from masstransit.carriage import reclamation
from masstransit.carriage.overturning import Word
from masstransit.model.user import Role
from masstransit.storage import number_holds
from masstransit.storage.tables import acts
from tests.console.house import Browser, Pages, text_of

NUMBER = demo.NUMBERS[0]


async def officer(pages: Pages, login: str = "officer") -> Browser:
    return await pages.signed_in(Role.OFFICER, login)


# --- cases ----------------------------------------------------------------------------------------------------------


async def test_a_request_of_an_authority_is_opened_verified_noted_and_closed(pages: Pages) -> None:
    browser = await officer(pages)
    assert "authority" in text_of(await browser.get("/desk/cases/new/authority"))
    told = {"f-account": pages.account, "f-authority": "County Police", "f-reference": "7/26", "f-process": "subpoena"}
    opened = await browser.post("/desk/cases/new/authority", **told)
    path = opened.headers["location"]
    assert "verify" in text_of(await browser.get(path)).lower()
    assert path in (await browser.get("/desk/cases")).text
    assert (await browser.post(f"{path}/do/disclose")).status_code in {400, 409}  # nobody called back yet
    assert (await browser.post(f"{path}/note", because="they called")).status_code == 303
    assert "they called" in text_of(await browser.get(path))
    assert (await browser.post(f"{path}/close", outcome="nonsense", because="x")).status_code == 400
    assert (await browser.post("/desk/cases/new/nonsense")).status_code == 400
    assert (await browser.get("/desk/cases/new/nonsense")).status_code == 404
    assert (await browser.get("/desk/cases/CS0")).status_code == 404


async def test_what_a_traceback_sends_comes_as_a_file_without_content(pages: Pages) -> None:
    await pages.offer("Your table is ready.")
    browser = await officer(pages)
    told = {"f-requester": "ITG", "f-reference": "1", "f-sender": NUMBER, "f-at": pages.clock.now().isoformat()}
    path = (await browser.post("/desk/cases/new/traceback", **told)).headers["location"]
    sent = await browser.post(f"{path}/do/answer", **{"f-known_by": "their portal"})
    assert (sent.status_code, sent.headers["content-type"]) == (200, "application/json")
    assert "attachment" in sent.headers["content-disposition"]
    assert "table is ready" not in sent.text


# --- numbers --------------------------------------------------------------------------------------------------------


async def test_a_number_is_held_and_let_go(pages: Pages) -> None:
    browser = await officer(pages)
    path = f"/desk/numbers/%2B{NUMBER[1:]}"
    assert (await browser.post(f"{path}/hold", kind="dispute", because="two claim it")).status_code == 303
    shown = text_of(await browser.get(path))
    assert "two claim it" in shown
    assert NUMBER not in shown
    assert len(await pages.database.read(lambda c: number_holds.of(c, NUMBER))) == 1
    assert (await browser.post(f"{path}/hold", kind="nonsense", because="x")).status_code == 400
    assert (await browser.post(f"{path}/let-go", kind="dispute")).status_code == 303
    assert await pages.database.read(lambda c: number_holds.of(c, NUMBER)) == []
    kept = await pages.database.read(lambda c: c.execute(select(acts.c.about)).scalars().all())
    assert set(kept) == {"+1415***00"}
    assert (await browser.get("/desk/numbers/+19995550100")).status_code == 404


async def test_a_reclamation_shows_its_record_takes_efforts_and_the_providers_answer(pages: Pages) -> None:
    word = Word(by="Ada", because="no use in 90 days", at=pages.clock.now())

    def wanted(connection: Connection) -> str:
        deadline = pages.clock.now().date().replace(month=9)
        return reclamation.determine(connection, pages.parts.ledger, NUMBER, word, provider="telco", deadline=deadline)

    sid = await pages.database.write(wanted)
    browser = await officer(pages)
    assert sid in (await browser.get("/desk/numbers")).text
    path = f"/desk/numbers/reclaimed/{sid}"
    assert (await browser.post(f"{path}/effort", because="called their desk")).status_code == 303
    assert "called their desk" in text_of(await browser.get(path))
    assert (await browser.post(f"{path}/answer", because="fine", outcome="withdrawn")).status_code == 303
    assert "telco lets it be: fine" in text_of(await browser.get(path))
    assert (await browser.get("/desk/numbers/reclaimed/RC0")).status_code == 404
