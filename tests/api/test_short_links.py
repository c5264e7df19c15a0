"""Short links: on a domain of one's own, judged by where they lead, followed and counted, gone with their message."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from masstransit import demo
from masstransit.clock import HandClock
from masstransit.model.decision import Verdict
from masstransit.storage import accounts, decisions
from masstransit.storage import tables as t
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.gated import GatedDoor
from tests.api.house import Door, finding
from tests.api.test_services import a_service
from tests.makers import NOON, RECIPIENT, SENDER

DOMAINS, LINKS = "/policy/v1/LinkDomains", "/policy/v1/Links"
OWN, NEXT = "go.example.com", "next.example.org"
TARGET = "https://shop.example.com/order?id=4711&for=Ana"
SHORT = re.compile(rf"https://{re.escape(OWN)}/([0-9A-Za-z]{{12}})")


async def take(door: Door, domain: str = OWN, **more: Any) -> Any:
    return await door.ask("POST", DOMAINS, data={"Domain": domain}, **more)


async def send(door: Door, service: str | None = None, **fields: str) -> Any:
    form = {"To": RECIPIENT, "From": SENDER, "Body": f"Look: {TARGET}.", "ShortenUrls": "true"} | fields
    if service is not None:
        form["MessagingServiceSid"] = service
    return await door.ask("POST", f"{door.messages}.json", data=form)


async def a_link(door: Door, **fields: str) -> tuple[str, str]:
    """A message with a short link: its SID, and the code."""
    await take(door)
    answer = await send(door, await a_service(door), **fields)
    assert answer.status_code == 201, answer.text
    found = SHORT.search(answer.json()["body"])
    assert found is not None
    return answer.json()["sid"], found[1]


async def follow(door: Door, code: str, host: str = OWN, method: str = "GET") -> Any:
    return await door.ask(method, f"/{code}", headers={"Host": host}, auth=None)


async def links(door: Door, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.ask("GET", LINKS, params=query)).json()["links"]
    return found


# --- domains --------------------------------------------------------------------------------------------------------


async def test_a_domain_is_one_root_accounts_and_its_subaccounts_use_it(door: Door) -> None:
    taken = await take(door, "GO.Example.com.")
    assert (taken.status_code, taken.json()["domain"], taken.json()["account_sid"]) == (201, OWN, door.sid)
    assert (await take(door)).status_code == 200  # it is the account's already
    other, sub = await door.account(), await door.account(parent=door.sid)
    theirs = await take(door, auth=other)
    assert (theirs.status_code, theirs.json()["code"]) == (409, 20409)
    assert (await door.ask("DELETE", f"{DOMAINS}/{OWN}", auth=other)).status_code == 404
    assert (await door.ask("GET", DOMAINS, auth=other)).json()["link_domains"] == []
    for refused in (await take(door, NEXT, auth=sub), await door.ask("DELETE", f"{DOMAINS}/{OWN}", auth=sub)):
        assert (refused.status_code, refused.json()["code"]) == (403, 20403)
    assert [each["domain"] for each in (await door.ask("GET", DOMAINS, auth=sub)).json()["link_domains"]] == [OWN]
    made = await door.ask("POST", "/messaging/v1/Services", data={"FriendlyName": "x"}, auth=sub)
    form = {"To": RECIPIENT, "From": SENDER, "Body": TARGET, "ShortenUrls": "true"}
    form["MessagingServiceSid"] = made.json()["sid"]
    sent = await door.ask("POST", f"/2010-04-01/Accounts/{sub[0]}/Messages.json", data=form, auth=sub)
    assert SHORT.fullmatch(sent.json()["body"])
    assert await links(door) == []  # a link is the account's whose message it is in
    assert len((await door.ask("GET", LINKS, auth=sub)).json()["links"]) == 1


@pytest.mark.parametrize("domain", ["", "bit.ly", "localhost", "api.masstransit.example", "x.twilio.com"])
async def test_a_domain_that_is_not_ones_own_is_refused_by_name(door: Door, domain: str) -> None:
    answer = await take(door, domain)
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "Domain")


async def test_new_links_are_on_the_domain_that_was_taken_last(door: Door) -> None:
    _, code = await a_link(door)
    await take(door, NEXT)
    answer = await send(door, await a_service(door))
    assert f"https://{NEXT}/" in answer.json()["body"]
    listed = [each["domain"] for each in (await door.ask("GET", DOMAINS)).json()["link_domains"]]
    assert listed == [NEXT, OWN]
    assert (await follow(door, code)).status_code == 302  # the old ones lead on


async def test_links_on_a_domain_that_was_given_up_lead_nowhere_also_for_the_next_owner(door: Door) -> None:
    _, code = await a_link(door)
    assert (await door.ask("DELETE", f"{DOMAINS}/{OWN}")).status_code == 204
    assert (await follow(door, code)).status_code == 404
    other = await door.account()
    assert (await take(door, auth=other)).status_code == 201
    assert (await follow(door, code)).status_code == 404
    refused = await send(door, await a_service(door))
    assert (refused.status_code, refused.json()["details"]["field"]) == (400, "ShortenUrls")
    assert (await door.ask("DELETE", f"{DOMAINS}/{OWN}", auth=other)).status_code == 204
    await take(door)
    assert (await follow(door, code)).status_code == 302


# --- messages -------------------------------------------------------------------------------------------------------


async def test_a_message_goes_out_with_short_links_and_is_judged_by_the_long_ones(door: Door) -> None:
    await take(door)
    made = await asyncio.to_thread(
        door.sdk().messages.create, to=RECIPIENT, from_=SENDER, body=f"Look: {TARGET}.", shorten_urls=True,
        messaging_service_sid=await a_service(door), media_url=["https://shop.example.com/cat.png"],
    )  # fmt: skip
    (offer,) = door.exchange.offers
    assert offer.text == f"Look: {TARGET}.\nhttps://shop.example.com/cat.png"
    assert re.fullmatch(rf"Look: {SHORT.pattern}\.\n{SHORT.pattern}", offer.on_air)
    assert made.body == offer.on_air
    fetched = await asyncio.to_thread(door.sdk().messages(made.sid).fetch)
    assert (fetched.body, fetched.num_segments, fetched.num_media) == (offer.on_air, "1", "1")
    plain = await send(door, None, ShortenUrls="false")
    assert (plain.json()["body"], door.exchange.offers[-1].short_links) == (f"Look: {TARGET}.", ())


async def test_what_a_short_link_needs_is_told(door: Door) -> None:
    service = await a_service(door)
    lacking = await send(door, service)
    assert "POST /policy/v1/LinkDomains" in lacking.json()["message"]
    await take(door)
    refused = [lacking, await send(door), await send(door, service, ContentRetention="discard")]
    await door.database.write(lambda c: c.execute(update(t.accounts).values(stores_content=False)))
    refused.append(await send(door, service))
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (400, 20422)
        assert answer.json()["details"]["field"] == "ShortenUrls"
    assert (await send(door, service, ShortenUrls="perhaps")).json()["details"]["field"] == "ShortenUrls"
    assert door.exchange.offers == []


async def test_a_text_whose_short_links_are_longer_is_bounded_too(door: Door) -> None:
    await take(door)
    answer = await send(door, await a_service(door), Body="x" * 1580 + " https://t.co")
    assert (answer.status_code, answer.json()["code"]) == (400, 21617)


async def test_the_gate_sees_through_a_short_link(gated: GatedDoor) -> None:
    await take(gated)
    form = {"From": demo.NUMBERS[0], "To": demo.PHONES[0], "MessagingServiceSid": await a_service(gated)}
    hidden = form | {"Body": "See https://bit.ly/abc", "ShortenUrls": "true"}
    rehearsed = await gated.ask("POST", "/policy/v1/Preflight", data=hidden)
    assert "6.4" in {each["rule"] for each in rehearsed.json()["findings"]}
    assert await links(gated) == []
    await gated.ask("POST", f"{gated.messages}.json", data=hidden)
    made = await gated.database.read(lambda c: [decisions.read(row) for row in c.execute(select(t.decisions))])
    assert any(link["host"] == "bit.ly" for each in made for link in each.facts["Links"]["found"])


async def test_a_phone_reads_the_short_link(gated: GatedDoor) -> None:
    await take(gated)
    form = {"From": demo.NUMBERS[0], "To": demo.PHONES[0], "MessagingServiceSid": await a_service(gated)}
    sent = await gated.ask(
        "POST", f"{gated.messages}.json", data=form | {"Body": f"Ready: {TARGET}", "ShortenUrls": "true"}
    )
    async with gated.carrying():
        await gated.becomes(sent.json()["sid"], "delivered")
    (shown,) = gated.loopback._phones.all[demo.PHONES[0]].messages
    assert SHORT.search(shown.text)
    assert TARGET not in shown.text


# --- following ------------------------------------------------------------------------------------------------------


async def test_who_follows_a_link_is_led_on_and_counted(door: Door) -> None:
    sid, code = await a_link(door)
    await a_link(door)
    (before,) = await links(door, MessageSid=sid)
    assert (before["target"], before["clicks"], before["date_last_clicked"]) == (TARGET, 0, None)
    assert before["url"] == f"https://{OWN}/{code}"
    for method in ("HEAD", "GET", "GET"):
        answer = await follow(door, code, method=method)
        assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert (await follow(door, code, host=f"{OWN.upper()}:443")).status_code == 302
    (after,) = await links(door, MessageSid=sid)
    assert (after["clicks"], after["date_last_clicked"] is None) == (3, False)
    assert len(await links(door)) == 2


async def test_links_are_listed_page_by_page(door: Door) -> None:
    sids = [(await a_link(door))[0] for _ in range(3)]
    page = (await door.ask("GET", f"{LINKS}?PageSize=2")).json()
    following = (await door.ask("GET", page["meta"]["next_page_url"].removeprefix(door.url))).json()
    assert [each["message_sid"] for each in (*page["links"], *following["links"])] == sids[::-1]


async def test_nothing_is_led_to_that_is_not_on_record(door: Door) -> None:
    _, code = await a_link(door)
    wrong = code[::-1] if code[::-1] != code else code[:-1] + "0"
    for where, host in ((wrong, OWN), (code, NEXT), (code, "127.0.0.1"), (code, f"x.{OWN}")):
        answer = await follow(door, where, host)
        assert (answer.status_code, "location" in answer.headers) == (404, False)
    for path in (f"{code}x", code[:-1], f"{code}/{code}", f"/{code}", f"{code}?to=https://evil.example"):
        answer = await follow(door, path)
        assert answer.headers.get("location") in {None, TARGET}, path
    assert (await follow(door, code, method="POST")).status_code == 405


async def test_a_link_ends_after_ninety_days(sqlite_database: Database, keys: Keys) -> None:
    clock = HandClock(NOON)
    async with Door(sqlite_database, keys, clock) as door:
        _, code = await a_link(door)
        await clock.move(timedelta(days=90) - timedelta(seconds=1))
        assert (await follow(door, code)).status_code == 302
        await clock.move(timedelta(seconds=1))
        assert (await follow(door, code)).status_code == 404


async def test_links_of_who_may_not_send_lead_nowhere(door: Door) -> None:
    _, code = await a_link(door)
    for status, found in (("suspended", 404), ("active", 302), ("closed", 404)):
        change = {"status": status}
        await door.database.write(lambda c, to=change: accounts.change(c, door.sid, door.clock.now(), to))  # type: ignore[misc]
        assert (await follow(door, code)).status_code == found


async def test_a_message_that_is_refused_leaves_no_link(gated: GatedDoor) -> None:
    await take(gated)
    form = {"From": demo.NUMBERS[0], "To": "+12125550199", "MessagingServiceSid": await a_service(gated)}
    refused = await gated.ask("POST", f"{gated.messages}.json", data=form | {"Body": TARGET, "ShortenUrls": "true"})
    assert refused.status_code == 400, refused.text
    assert await links(gated) == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_link_ends_with_its_message(door: Door, method: str) -> None:
    sid, code = await a_link(door)
    await follow(door, code)
    await door.exchange.finish(door.sid, sid)
    form = {"Body": ""} if method == "POST" else None
    await door.ask(method, f"{door.messages}/{sid}.json", data=form)
    assert (await follow(door, code)).status_code == 404
    kept = [(each["target"], each["clicks"]) for each in await links(door)]
    assert kept == ([(None, 1)] if method == "POST" else [])
    rows = await door.database.read(lambda c: c.execute(select(t.communications)).all())
    assert "shop.example.com" not in repr(rows)
    assert code not in repr(rows)


async def test_no_log_says_who_was_led_where(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, code = await a_link(door)
    await follow(door, code)
    await follow(door, code[::-1])
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("masstransit"))
    assert code not in logged
    assert "shop.example.com" not in logged


async def test_a_count_that_can_not_be_stored_keeps_nobody_from_going_on(door: Door) -> None:
    _, code = await a_link(door)
    broken = True

    @event.listens_for(door.database.engine, "before_cursor_execute")
    def full(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if broken and statement.startswith("UPDATE short_links"):
            cursor.execute("PRAGMA max_page_count=1")
            cursor.execute("CREATE TABLE full_disk AS SELECT randomblob(1000000)")

    assert (await follow(door, code)).status_code == 302
    broken = False
    await door.database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1073741823"))
    assert (await follow(door, code)).status_code == 302
    assert [each["clicks"] for each in await links(door)] == [1]


async def test_a_refusal_by_content_is_no_way_to_make_a_redirector(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE, code=30007)
    await take(door)
    assert (await send(door, await a_service(door))).status_code == 400
    assert await links(door) == []
