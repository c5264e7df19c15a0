"""What was sent and what went wrong, as the account's people look it up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.model.communication import Direction
from masstransit.model.sid import new_sid
from masstransit.storage import communications
from masstransit.storage.tables import alerts
from tests.api.house import Door
from tests.makers import an_sms

USAGE = "/2010-04-01/Accounts/{}/Usage/Records"


async def traffic(
    door: Door,
    account: str,
    at: datetime,
    *,
    sent: int = 0,
    received: int = 0,
    segments: int = 1,
    price: int | None = None,
) -> None:
    """Messages of one time."""
    directions = [Direction.OUTBOUND] * sent + [Direction.INBOUND] * received
    rows = [
        communications.row(
            an_sms(id=new_sid("SM"), account=account, at=at, direction=direction),
            person="", segments=segments, status="delivered", decision="",
        ) | {"price": price}
        for direction in directions
    ]  # fmt: skip
    await door.database.write(lambda c: communications.add(c, rows))


async def counted(door: Door, account: str, path: str = "", **query: str) -> dict[str, tuple[str, str]]:
    answer = await door.ask("GET", f"{USAGE.format(account)}{path}.json", params=query)
    assert answer.status_code == 200, answer.text
    records = answer.json()["usage_records"]
    return {f"{r['category']} {r['start_date']}" if path else r["category"]: (r["count"], r["usage"]) for r in records}


async def test_messages_and_segments_are_counted_by_direction_and_time(door: Door) -> None:
    now = datetime.now(UTC)
    await traffic(door, door.sid, now, sent=3, received=1, segments=2)
    await traffic(door, door.sid, now - timedelta(days=1), sent=2)
    every = await counted(door, door.sid)
    assert every == {"sms": ("6", "10"), "sms-inbound": ("1", "2"), "sms-outbound": ("5", "8")}
    today, day = await counted(door, door.sid, "/Today"), f"{now:%Y-%m-%d}"
    assert today == {f"sms {day}": ("4", "8"), f"sms-inbound {day}": ("1", "2"), f"sms-outbound {day}": ("3", "6")}
    daily = await counted(door, door.sid, "/Daily")
    assert daily[f"sms {day}"] == ("4", "8")
    assert daily[f"sms {now - timedelta(days=1):%Y-%m-%d}"] == ("2", "2")
    assert len(await counted(door, door.sid, "/Yearly")) >= 3


async def test_usage_sums_the_prices_that_are_known(door: Door) -> None:
    now = datetime.now(UTC)
    await traffic(door, door.sid, now, sent=2, price=7_500)
    await traffic(door, door.sid, now, sent=1, received=1)
    answer = await door.ask("GET", f"{USAGE.format(door.sid)}.json")
    prices = {r["category"]: (r["price"], r["price_unit"]) for r in answer.json()["usage_records"]}
    assert prices == {"sms": (0.015, "usd"), "sms-outbound": (0.015, "usd"), "sms-inbound": (None, None)}


async def test_usage_is_asked_by_category_and_span(door: Door) -> None:
    now = datetime.now(UTC)
    yesterday = now - timedelta(days=1)
    await traffic(door, door.sid, now, sent=1)
    await traffic(door, door.sid, yesterday, sent=2)
    assert await counted(door, door.sid, Category="sms-outbound") == {"sms-outbound": ("3", "3")}
    assert (await counted(door, door.sid, StartDate=f"{now:%Y-%m-%d}"))["sms"] == ("1", "1")
    assert (await counted(door, door.sid, StartDate="-1days", EndDate="-1days"))["sms"] == ("2", "2")
    assert (await counted(door, door.sid, EndDate=f"{yesterday:%Y-%m-%d}"))["sms"] == ("2", "2")


async def test_a_parents_usage_has_its_subaccounts_unless_told_otherwise(door: Door) -> None:
    sub, _ = await door.account(parent=door.sid)
    await traffic(door, door.sid, datetime.now(UTC), sent=1)
    await traffic(door, sub, datetime.now(UTC), sent=2)
    assert (await counted(door, door.sid))["sms"] == ("3", "3")
    assert (await counted(door, door.sid, IncludeSubaccounts="false"))["sms"] == ("1", "1")
    assert (await counted(door, sub))["sms"] == ("2", "2")


@pytest.mark.parametrize(
    "query",
    [{"Category": "calls"}, {"StartDate": "soon"}, {"EndDate": "2019-01-01"}, {"IncludeSubaccounts": "1"}],
)
async def test_usage_that_can_not_be_told_is_refused_by_name(door: Door, query: dict[str, str]) -> None:
    answer = await door.ask("GET", f"{USAGE.format(door.sid)}.json", params=query)
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, next(iter(query)))


# --- alerts ---------------------------------------------------------------------------------------------------------


async def an_alert(door: Door, at: datetime, **more: Any) -> str:
    sid = new_sid("NO")
    row = {"account": door.sid, "sid": sid, "at": at, "error_code": 11200, "text": "no answer", "attrs": {}} | more
    await door.database.write(lambda c: c.execute(insert(alerts), [row]))
    return sid


async def listed(door: Door, **query: str) -> list[str]:
    answer = await door.ask("GET", "/monitor/v1/Alerts", params=query)
    return [each["sid"] for each in answer.json()["alerts"]]


async def test_alerts_are_listed_by_level_and_day_the_newest_first(door: Door) -> None:
    now = datetime.now(UTC)
    old = await an_alert(door, now - timedelta(days=3), level="warning")
    new = await an_alert(door, now, level="error")
    assert await listed(door) == [new, old]
    assert await listed(door, LogLevel="warning") == [old]
    assert await listed(door, StartDate=f"{now - timedelta(days=1):%Y-%m-%d}") == [new]
    assert await listed(door, EndDate=f"{now - timedelta(days=1):%Y-%m-%d}") == [old]


async def test_an_alert_tells_what_was_asked_and_what_came_back(door: Door) -> None:
    about = {"request_url": "https://example.com/x", "request_method": "POST", "response_body": "no"}
    sid = await an_alert(door, datetime.now(UTC), attrs=about, about="SM" + "0" * 32)
    told = (await door.ask("GET", f"/monitor/v1/Alerts/{sid}")).json()
    assert (told["request_url"], told["request_method"], told["response_body"]) == tuple(about.values())
    assert (await door.ask("GET", told["more_info"].removeprefix(door.url))).status_code == 200
