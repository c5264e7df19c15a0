"""Cases at the desk: what each shows, and what its acts do."""

from __future__ import annotations

from masstransit import demo
from masstransit.model.user import Role
from tests.console.house import Browser, Pages, text_of

NUMBER = demo.NUMBERS[0]


async def officer(pages: Pages, login: str = "officer") -> Browser:
    return await pages.signed_in(Role.OFFICER, login)


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
