"""The desk's pages of cases, appeals, senders, numbers and stories: what each shows, and what its acts do."""

from __future__ import annotations

import re

from sqlalchemy import Connection, select

from masstransit import demo
from masstransit.carriage import reclamation
from masstransit.carriage.overturning import Word
from masstransit.model.user import Role
from masstransit.storage import number_holds, standing
from masstransit.storage.tables import acts
from tests.console.house import FRAUD, Browser, Pages, text_of

NUMBER = demo.NUMBERS[0]


async def verdict(pages: Pages, n: int) -> str:
    """What the gate says of an everyday text, once it has looked at the standing anew."""
    await pages.move(seconds=5)
    return (await pages.offer("Your table is ready.", n)).decision.verdict.name


async def officer(pages: Pages, login: str = "officer") -> Browser:
    return await pages.signed_in(Role.OFFICER, login)


def sid_in(text: str, prefix: str) -> str:
    found = re.search(rf"{prefix}[0-9a-f]{{32}}", text)
    assert found is not None, text
    return found[0]


# --- senders --------------------------------------------------------------------------------------------------------


async def place(pages: Pages, browser: Browser, step: str = "block", clause: str = "7", **unit: str) -> str:
    """Put a step; its name."""
    path = f"/desk/entities/{pages.account}/place"
    await browser.post(path, step=step, clause=clause, because="proven by the log", **unit)
    rows = await pages.database.read(lambda c: standing.all_of(c, pages.clock.now(), pages.account))
    return str(rows[0].step_id)


async def test_a_step_against_one_number_is_put_shown_and_undone_with_its_reason(pages: Pages) -> None:
    browser = await officer(pages)
    step = await place(pages, browser, scope="number", target=NUMBER)
    shown = text_of(await browser.get(f"/desk/entities/{pages.account}?scope=number&target=%2B{NUMBER[1:]}"))
    assert "proven by the log" in shown
    assert NUMBER not in shown  # masked
    assert step not in (await browser.get(f"/desk/entities/{pages.account}?scope=number&target=%2B14155550101")).text
    assert await verdict(pages, 1) == "HOLD"
    undone = await browser.post(f"/desk/entities/{pages.account}/lift", step=step, because="not theirs")
    assert undone.status_code == 303
    assert await verdict(pages, 2) == "ALLOW"
    assert (await browser.post(f"/desk/entities/{pages.account}/lift", step=step, because="again")).status_code == 409


async def test_a_suspension_under_clause_16_acts_when_a_second_person_confirms_it(pages: Pages) -> None:
    first, second = await officer(pages), await officer(pages, "second")
    step = await place(pages, first, "suspend", "16")
    path = f"/desk/entities/{pages.account}/confirm"
    assert (await first.post(path, step=step)).status_code == 409
    assert await verdict(pages, 1) == "ALLOW"
    assert (await second.post(path, step=step)).status_code == 303
    assert await verdict(pages, 2) == "REFUSE"


async def test_a_rule_rests_for_one_sender_and_is_woken(pages: Pages) -> None:
    browser = await officer(pages)
    base = f"/desk/entities/{pages.account}"
    rest = {"rule": "10.1", "until": "2026-06-10", "because": "it is the bank"}
    assert (await browser.post(f"{base}/snooze", **rest)).status_code == 303
    await pages.move(seconds=5)
    assert (await pages.offer(FRAUD)).decision.verdict.name != "HOLD"
    page = (await browser.get(base)).text
    assert (await browser.post(f"{base}/wake", snooze=sid_in(page, "SZ"))).status_code == 303
    assert (await browser.post(f"{base}/snooze", **rest | {"until": "soon"})).status_code == 400
    assert (await browser.post(f"{base}/snooze", **rest | {"rule": "14.1"})).status_code == 409  # never rests


async def test_a_sender_is_found_by_its_number_and_nobody_by_nonsense(pages: Pages) -> None:
    browser = await pages.signed_in(Role.AUDITOR)
    found = await browser.get(f"/desk/entities?find=%2B{NUMBER[1:]}")
    assert found.headers["location"] == f"/desk/entities/{pages.account}"
    assert "Nobody here is known by that" in text_of(await browser.get("/desk/entities?find=nonsense"))
    assert (await browser.get("/desk/entities/AC0")).status_code == 404
    assert (await browser.get(f"/desk/entities/{pages.account}?scope=planet&target=x")).status_code == 400


async def test_messages_of_a_sender_go_on_behind_the_first_part(pages: Pages) -> None:
    for n in range(30):
        await pages.offer("Your table is ready.", n + 1)
    browser = await pages.signed_in(Role.AUDITOR)
    first = (await browser.get(f"/desk/entities/{pages.account}")).text
    older = re.search(r'href="(\?after=[^"]+)"', first)
    assert older is not None
    behind = (await browser.get(f"/desk/entities/{pages.account}{older[1].replace('&amp;', '&')}")).text
    told = [set(re.findall(r"SM[0-9a-f]{32}", page)) for page in (first, behind)]
    assert (len(told[0]), len(told[1]), told[0] & told[1]) == (25, 5, set())
    assert (await browser.get(f"/desk/entities/{pages.account}?after=nonsense")).status_code == 400


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
