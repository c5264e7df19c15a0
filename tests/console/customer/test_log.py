"""A customer's log: its parts, a decision as its account may see it, and what stays with the operator."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from masstransit.demo import NUMBERS, PHONES
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.model.user import Role
from masstransit.storage import decisions, webhook_attempts
from masstransit.storage.tables import accounts, communications
from tests.console.customer.deeds import stranger
from tests.console.house import FRAUD, Pages, text_of


async def sids(pages: Pages, query: str = "") -> list[str]:
    """What the log lists, in its order."""
    page = await (await pages.signed_in(Role.VIEWER)).get(f"/account/log{query}")
    assert page.status_code == 200, text_of(page)
    return ["SM" + part.partition('"')[0] for part in page.text.split('href="/account/log/SM')[1:]]


def sid(n: int) -> str:
    return f"SM{n:032x}"


async def test_the_newest_is_first_and_what_was_refused_on_the_spot_is_in_it(pages: Pages) -> None:
    await pages.offer("Your table is ready.", 1)
    await pages.move(seconds=1)
    refused = await pages.offer("Your table is ready.", 2, recipient="+15005550000")
    assert refused.decision.verdict is Verdict.REFUSE
    assert await sids(pages) == [sid(2), sid(1)]
    assert await sids(pages, "?status=refused") == [sid(2)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?number=%2B{PHONES[1][1:]}", [2]),
        (f"?number=%2B{NUMBERS[1][1:]}", [3]),
        ("?verdict=HOLD", [3]),
        ("?verdict=REFUSE", []),
        ("?status=queued", [2, 1]),
        ("?day=2026-06-03", [3, 2, 1]),
        ("?day=2026-06-02", []),
        ("?day=2026-06-02&status=queued", []),
    ],
)
async def test_parts_of_the_log(pages: Pages, query: str, found: list[int]) -> None:
    await pages.offer("Your table is ready.", 1)
    await pages.move(seconds=1)
    await pages.offer("Your table is ready.", 2, recipient=PHONES[1])
    await pages.move(seconds=1)
    await pages.offer(FRAUD, 3, sender=NUMBERS[1])
    assert await sids(pages, query) == [sid(n) for n in found]


async def test_what_no_index_finds_is_looked_for_within_a_day(pages: Pages) -> None:
    await pages.offer(FRAUD, 1)
    await pages.move(days=1)
    page = await (await pages.signed_in(Role.VIEWER)).get("/account/log?verdict=HOLD")
    assert 'value="2026-06-04"' in page.text
    assert "looked for within one day" in page.text
    assert await sids(pages, "?verdict=HOLD&day=2026-06-03") == [sid(1)]


@pytest.mark.parametrize(
    ("query", "says"),
    [("day=yesterday", "2026-01-31"), ("status=gone", "one of queued"), ("verdict=MAYBE", "one of ALLOW"),
     ("number=%21%21", "not a number"), ("after=x~y~z", "begin at its first page")],
)  # fmt: skip
async def test_a_part_that_there_is_not_is_refused_with_the_remedy(pages: Pages, query: str, says: str) -> None:
    answer = await (await pages.signed_in(Role.VIEWER)).get(f"/account/log?{query}")
    assert answer.status_code == 400
    assert says in text_of(answer)


async def test_a_long_log_is_turned_sheet_by_sheet_there_and_back(pages: Pages) -> None:
    for n in range(1, 53):
        await pages.offer(f"Your table {n} is ready.", n, recipient=PHONES[n % 6])
    first = await sids(pages)
    browser = await pages.signed_in(Role.VIEWER)
    older = (await browser.get("/account/log")).text.split('href="?after=')[1].partition('"')[0]
    second = await sids(pages, f"?after={older.replace('&amp;', '&')}")
    assert (len(first), len(second)) == (50, 2)
    assert set(first) | set(second) == {sid(n) for n in range(1, 53)}
    newer = (await browser.get(f"/account/log?after={older}")).text.split('href="?before=')[1].partition('"')[0]
    assert await sids(pages, f"?before={newer}") == first


async def card(pages: Pages, n: int = 1, role: Role = Role.OWNER) -> Any:
    return await (await pages.signed_in(role)).get(f"/account/log/{sid(n)}")


async def prove(pages: Pages, *, proven: bool) -> None:
    await pages.database.write(
        lambda c: c.execute(update(accounts).where(accounts.c.account == pages.account).values(proven=proven))
    )


async def test_a_card_says_the_clause_the_reason_and_the_remedy(pages: Pages) -> None:
    offered = await pages.offer(FRAUD)
    said = text_of(await card(pages))
    finding = offered.decision.deciding
    assert finding is not None
    assert "HOLD before it went out" in said
    assert "Clause 10, Fraud (rule 10.1)" in said
    assert finding.remedy in said
    assert "It is held for a person to look at" in said
    assert f"/account/appeals/new?about={offered.decision.id}" in (await card(pages)).text


async def test_what_it_rests_on_is_told_to_senders_with_proven_standing_alone(pages: Pages) -> None:
    await pages.offer(FRAUD)
    assert "It rests on it reads like" in text_of(await card(pages))
    await prove(pages, proven=False)
    said = text_of(await card(pages))
    assert "It rests on" not in said
    assert "%" not in said
    assert "Clause 10, Fraud (rule 10.1)" in said


async def test_how_evasion_is_found_is_told_to_nobody(pages: Pages) -> None:
    await pages.offer("Your table is ready.")
    shown = Finding(
        clause="3",
        rule="3.1",
        verdict=Verdict.REFUSE,
        reason="it is spelled so as not to be read",
        evidence={"copies_1h": 7},
    )
    await decided(pages, "DE" + "1" * 32, Moment.OFFER, shown)
    said = text_of(await card(pages))
    assert "It is spelled so as not to be read" in said
    assert "copies" not in said


async def decided(pages: Pages, name: str, moment: Moment, *findings: Finding) -> None:
    """One more decision about the first message."""
    decision = Decision(
        id=name, subject=sid(1), account=pages.account, moment=moment, attempt=1, at=pages.clock.now(),
        verdict=max(each.verdict for each in findings), findings=findings, facts={}, revision="r",
    )  # fmt: skip
    await pages.database.write(lambda c: decisions.add(c, [(decision, decisions.record(decision), b"salt")]))


async def test_what_an_authority_asked_is_not_shown(pages: Pages) -> None:
    await pages.offer("Your table is ready.")
    asked = Finding(clause="14", rule="14.1", verdict=Verdict.HOLD, reason="an authority asks about it")
    complained = Finding(clause="6", rule="6.1", verdict=Verdict.FLAG, reason="somebody complained about it")
    await decided(pages, "DE" + "1" * 32, Moment.OUTCOME, asked)
    await decided(pages, "DE" + "2" * 32, Moment.OUTCOME, complained)
    said = text_of(await card(pages))
    assert "authority" not in said
    assert "Somebody complained about it" in said


async def test_a_viewer_looks_and_does_not_appeal(pages: Pages) -> None:
    await pages.offer(FRAUD)
    page = await card(pages, role=Role.VIEWER)
    assert page.status_code == 200
    assert "/account/appeals/new" not in page.text


async def test_a_recipient_is_masked_where_the_account_asked_for_that(pages: Pages) -> None:
    await pages.offer("Your table is ready.", obfuscate=True)
    assert PHONES[0] in (await card(pages)).text
    ended = update(communications).where(communications.c.sid == sid(1)).values(done_at=pages.clock.now())
    await pages.database.write(lambda c: c.execute(ended))
    assert PHONES[0] not in (await card(pages)).text


async def test_a_body_that_was_taken_out_is_said_to_be(pages: Pages) -> None:
    await pages.offer("Your table is ready.")
    gone = update(communications).where(communications.c.sid == sid(1)).values(body=None)
    await pages.database.write(lambda c: c.execute(gone))
    assert "The content was taken out" in text_of(await card(pages))


async def test_calls_about_it_are_shown(pages: Pages) -> None:
    await pages.offer("Your table is ready.", status_callback="https://example.com/status")
    row = {
        "account": pages.account, "attempt": "WA1", "at": pages.clock.now(), "notice": "NT1", "about": sid(1),
        "method": "POST", "url": "https://example.com/status", "status": 503, "error": "HTTP status 503", "took": 41,
    }  # fmt: skip
    await pages.database.write(lambda c: webhook_attempts.add(c, [row]))
    assert "not taken HTTP status 503 41 ms" in text_of(await card(pages))


async def test_anothers_message_is_not_there(pages: Pages) -> None:
    await pages.offer("Your table is ready.")
    mallory = await stranger(pages)
    answer = await mallory.get(f"/account/log/{sid(1)}")
    assert answer.status_code == 404
    assert "Your table is ready." not in answer.text
    assert sid(1) not in (await mallory.get("/account/log")).text
