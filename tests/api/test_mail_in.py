"""Routes of mail that arrives, and what receivers report of a domain's mail."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert

from masstransit.model.sid import new_sid
from masstransit.storage import dmarc_reports
from masstransit.storage.tables import mail_domains
from tests.api.house import Door
from tests.makers import NOON

ROUTES, REPORTS = "/policy/v1/MailRoutes", "/policy/v1/DmarcReports"


async def proves(door: Door, domain: str, *, proven: bool = True) -> None:
    row = {
        "account": door.sid, "domain": domain, "sid": new_sid("MD"), "token": "t", "created_at": NOON,
        "updated_at": NOON, "proven_at": NOON if proven else None,
    }  # fmt: skip
    await door.database.write(lambda c: c.execute(insert(mail_domains), [row]))


async def routed(door: Door, **form: str) -> Any:
    return await door.ask("POST", ROUTES, data=form)


async def test_mail_for_a_proven_domain_is_routed_by_address_or_whole(door: Door) -> None:
    await proves(door, "shop.example")
    made = await routed(door, Address="Desk@Shop.example", Url="https://shop.example.com/in", Method="post")
    assert (made.status_code, made.json()["address"], made.json()["method"]) == (201, "desk@shop.example", "POST")
    whole = await routed(door, Address="@shop.example")
    assert (whole.status_code, whole.json()["address"], whole.json()["url"]) == (201, "@shop.example", None)
    listed = (await door.ask("GET", ROUTES)).json()["mail_routes"]
    assert {each["address"] for each in listed} == {"desk@shop.example", "@shop.example"}
    assert (await door.ask("DELETE", f"{ROUTES}/{made.json()['sid']}")).status_code == 204
    assert (await door.ask("DELETE", f"{ROUTES}/{made.json()['sid']}")).status_code == 404


async def test_what_is_no_route_is_told_so(door: Door) -> None:
    await proves(door, "shop.example")
    await proves(door, "new.example", proven=False)
    assert (await routed(door, Address="desk@shop.example")).status_code == 201
    for form, status in (
        ({"Address": "desk@shop.example"}, 409),
        ({"Address": "desk@new.example"}, 409),
        ({"Address": "desk@other.example"}, 409),
        ({"Address": "nobody"}, 400),
        ({"Address": "@"}, 400),
        ({"Address": "a@shop.example", "Method": "PUT"}, 400),
        ({"Address": "a@shop.example", "Url": "http://127.0.0.1/in"}, 400),
        ({}, 400),
    ):
        assert (await routed(door, **form)).status_code == status, form


async def test_another_account_sees_and_removes_nothing_of_it(door: Door) -> None:
    await proves(door, "shop.example")
    made = (await routed(door, Address="desk@shop.example")).json()
    other = await door.account()
    assert (await door.ask("GET", ROUTES, auth=other)).json()["mail_routes"] == []
    assert (await door.ask("DELETE", f"{ROUTES}/{made['sid']}", auth=other)).status_code == 404


def report(account: str, reference: str, domain: str, later: int) -> dict[str, Any]:
    return {
        "account": account, "sid": new_sid("DR"), "domain": domain, "organisation": "Reader", "reference": reference,
        "policy": "none", "begins_at": NOON, "ends_at": NOON, "mails": 5, "failed": 3, "truncated": 0,
        "tallies": [{"source": "192.0.2.7", "count": 5}], "arrived_at": NOON + timedelta(seconds=later),
    }  # fmt: skip


async def test_reports_are_listed_by_domain_and_shown_with_their_rows(door: Door) -> None:
    kept = [report(door.sid, "r1", "shop.example", 1), report(door.sid, "r2", "news.example", 2)]
    for each in kept:
        assert await door.database.write(partial(dmarc_reports.add, row=each))
    listed = (await door.ask("GET", REPORTS)).json()["dmarc_reports"]
    assert [each["domain"] for each in listed] == ["news.example", "shop.example"]
    (one,) = (await door.ask("GET", REPORTS, params={"Domain": "Shop.example"})).json()["dmarc_reports"]
    assert (one["mails"], one["failed"], one["policy"]) == (5, 3, "none")
    whole = (await door.ask("GET", f"{REPORTS}/{one['sid']}")).json()
    assert whole["rows"] == [{"source": "192.0.2.7", "count": 5}]
    other = await door.account()
    assert (await door.ask("GET", REPORTS, auth=other)).json()["dmarc_reports"] == []
    assert (await door.ask("GET", f"{REPORTS}/{one['sid']}", auth=other)).status_code == 404
