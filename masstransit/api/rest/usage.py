"""Usage: messages and segments by category and period, counted from the record. Prices are sums of what is
known: null where no trunk's price is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec

from masstransit.api.dialect import V2010, Answer, Request, Route, page_2010, window
from masstransit.api.house import House
from masstransit.errors import BadInput
from masstransit.storage import usage
from masstransit.storage.paging import Sheet, Slice
from masstransit.storage.usage import Counted

CATEGORIES = {"sms": "SMS", "sms-inbound": "Inbound SMS", "sms-outbound": "Outbound SMS"}
_BEGINNING = date(2020, 1, 1)
_MOST_DAYS = 3_660
_AGO = re.compile(r"([+-])(\d{1,4})days?")
Period = Callable[[date], str]


class Usage(msgspec.Struct, frozen=True):
    """One record: a category over some days."""

    category: str
    start: date
    end: date
    messages: int
    segments: int
    price: int | None  #: in millionths of a USD; None: not known

    @property
    def key(self) -> str:
        """Its place in the list."""
        return f"{self.start.isoformat()} {self.category}"


def _day(text: str | None, name: str, today: date, default: date) -> date:
    """A date, or days before today (`-30days`). Raises `BadInput`."""
    if not text:
        return default
    ago = _AGO.fullmatch(text)
    if ago:
        days = timedelta(days=int(ago[2]))
        return today + days if ago[1] == "+" else today - days
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise BadInput(f"'{name}' is a date such as 2026-05-24, or -30days.", field=name) from wrong


def _month_before(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _span(period: str, today: date) -> tuple[date, date]:
    """The days that a resource covers by itself."""
    yesterday = today - timedelta(days=1)
    spans = {
        "Today": (today, today),
        "Yesterday": (yesterday, yesterday),
        "ThisMonth": (today.replace(day=1), today),
        "LastMonth": _month_before(today),
    }
    return spans.get(period, (_BEGINNING, today))


_PERIODS: dict[str, Period] = {
    "Daily": lambda day: day.isoformat(),
    "Monthly": lambda day: f"{day:%Y-%m}",
    "Yearly": lambda day: f"{day:%Y}",
}


def _records(found: list[Counted], start: date, end: date, period: str, category: str | None) -> list[Usage]:
    """Sums by period and category. Periods without traffic are left out, but the whole of a span never is."""
    split = _PERIODS.get(period)
    sums: dict[tuple[str, str], list[Any]] = {}
    if split is None:
        sums = {("", name): [start, end, 0, 0, None] for name in CATEGORIES}
    for day in found:
        for name in ("sms", f"sms-{day.direction}"):
            first = [day.day, day.day, 0, 0, None]
            total = sums.setdefault((split(day.day) if split else "", name), first)
            total[1] = max(total[1], day.day)
            total[2] += day.messages
            total[3] += day.segments
            if day.price is not None:
                total[4] = (total[4] or 0) + day.price
    made = [Usage(name, *total) for (_, name), total in sums.items() if category in {None, name}]
    return sorted(made, key=lambda record: record.key)


def _part(records: list[Usage], part: Slice) -> Sheet:
    """The slice of a list that is at hand whole."""
    if part.after is None:
        chosen = records[: part.size]
    elif part.backwards:
        chosen = [record for record in records if record.key < part.after[0]][-part.size :]
    else:
        chosen = [record for record in records if record.key > part.after[0]][: part.size]
    rows: Any = chosen
    if not chosen:
        return Sheet(rows, before=False, behind=False)
    return Sheet(rows, before=chosen[0] != records[0], behind=chosen[-1] != records[-1])


def _shown(record: Usage, request: Request, now: datetime) -> dict[str, Any]:
    base = f"/{V2010}/Accounts/{request.account}/Usage/Records"
    span = {"Category": record.category, "StartDate": record.start, "EndDate": record.end}
    return {
        "account_sid": request.account,
        "api_version": V2010,
        "as_of": now.isoformat(timespec="seconds"),
        "category": record.category,
        "count": str(record.messages),
        "count_unit": "messages",
        "description": CATEGORIES[record.category],
        "end_date": record.end.isoformat(),
        "price": None if record.price is None else record.price / 1_000_000,  # a number, as the contract has it
        "price_unit": None if record.price is None else "usd",
        "start_date": record.start.isoformat(),
        "subresource_uris": {
            name.lower(): f"{base}/{name}.json?Category={record.category}" for name in ("Daily", "Monthly", "Yearly")
        },
        "uri": f"{base}.json?{urlencode(span)}",
        "usage": str(record.segments),
        "usage_unit": "segments",
    }


async def read(request: Request, house: House, *, period: str = "") -> Answer:
    """What an account used, its subaccounts included unless told otherwise."""
    query, now, asked = request.query, house.clock.now(), window(request)
    today = now.date()
    category = query.one_of("Category", tuple(CATEGORIES))
    first, last = _span(period, today)
    start = _day(query.get("StartDate"), "StartDate", today, first)
    end = _day(query.get("EndDate"), "EndDate", today, last)
    start = max(start, first)
    if end < start or (end - start).days > _MOST_DAYS:
        raise BadInput(f"'EndDate' is on or after 'StartDate', within {_MOST_DAYS} days.", field="EndDate")
    since, until = (datetime.combine(day, time(), UTC) for day in (start, end + timedelta(days=1)))
    whole = query.flag("IncludeSubaccounts") is not False
    found = await house.database.read(lambda c: usage.counted(c, request.account, since, until, subaccounts=whole))
    sheet = _part(_records(found, start, end, period, category), asked.slice(first=None, length=1))
    return page_2010(
        request, asked, "usage_records", sheet, lambda row: _shown(row, request, now), lambda row: (row.key,)
    )


_RECORDS = "/2010-04-01/Accounts/{account}/Usage/Records"
_FIELDS = frozenset({"Category", "StartDate", "EndDate", "IncludeSubaccounts"})
_EACH = ("Daily", "Monthly", "Yearly", "Today", "Yesterday", "ThisMonth", "LastMonth", "AllTime")
ROUTES = (
    Route(method="GET", path=_RECORDS, endpoint=read, fields=_FIELDS, pages=True),
    *(
        Route(method="GET", path=f"{_RECORDS}/{each}", endpoint=partial(read, period=each), fields=_FIELDS, pages=True)
        for each in _EACH
    ),
)
