"""What receivers report of the mail of a customer's domains (DMARC): by day and by the server that it came from.

GET  /account/email/reports    of some days, of one domain or all, of one source or all
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.mailroom.values import Tally
from masstransit.console.asking import Answer, Asked, Page, Shown, page
from masstransit.console.charts import Bars
from masstransit.console.house import House
from masstransit.errors import BadInput
from masstransit.model.user import Right
from masstransit.storage import dmarc_reports

_HERE = "/account/email/reports"
_DAYS = ("7", "30", "90")
_USUAL = "30"
_MOST_ROWS = 100_000  # of reports that are summed for one page: some tenths of a second
_MOST_DOMAINS = 200  # to choose from
_MOST_SOURCES = 100  # that are shown


class Sum(msgspec.Struct, kw_only=True):
    """Mails that were counted together."""

    passed: int = 0  #: SPF or DKIM proved From's domain
    failed: int = 0
    by_spf: int = 0
    by_dkim: int = 0
    names: set[str] = msgspec.field(default_factory=set)  #: domains in From

    @property
    def mails(self) -> int:
        return self.passed + self.failed

    def add(self, tally: Tally) -> None:
        spf, dkim = tally.spf == "pass", tally.dkim == "pass"
        self.passed += tally.count if spf or dkim else 0
        self.failed += 0 if spf or dkim else tally.count
        self.by_spf += tally.count if spf else 0
        self.by_dkim += tally.count if dkim else 0
        if tally.header_from:
            self.names.add(tally.header_from)


class Summed(msgspec.Struct, kw_only=True):
    """Reports, summed."""

    days: dict[date, Sum] = {}  #: by the day on which a report begins (UTC), the first first
    sources: dict[str, Sum] = {}  #: by IP address
    reporters: dict[str, int] = {}  #: how many mails each tells of
    reports: int = 0
    untold: int = 0  #: mails in rows that were too many to be kept
    whole: bool = True  #: False: older reports were left out


def summed(rows: Iterable[Row[Any]], source: str = "", *, most: int = _MOST_ROWS) -> Summed:
    """Sum reports, given the newest first, up to so many of their rows; of one source, where it is told."""
    found, left = Summed(), most
    for row in rows:
        if left <= 0:
            found.whole = False
            break
        left -= max(1, len(row.tallies))
        told = [each for each in msgspec.convert(row.tallies, list[Tally]) if not source or each.source == source]
        if told or not source:
            _add(found, row, told, untold=0 if source else row.truncated)
    found.days = dict(sorted(found.days.items()))
    return found


def _add(found: Summed, row: Row[Any], told: Sequence[Tally], *, untold: int) -> None:
    """Add what one report tells."""
    day = found.days.setdefault(row.begins_at.astimezone(UTC).date(), Sum())
    for tally in told:
        day.add(tally)
        found.sources.setdefault(tally.source, Sum()).add(tally)
    mails = sum(each.count for each in told) + untold
    found.reports += 1
    found.untold += untold
    found.reporters[row.organisation] = found.reporters.get(row.organisation, 0) + mails


def bars(days: Mapping[date, Sum], until: datetime, count: int) -> Bars:
    """A bar for each of the last `count` days; days without any are there too."""
    last = until.astimezone(UTC).date()
    shown = [last - timedelta(days=back) for back in range(count - 1, -1, -1)]
    drawn = [(_said(day, days.get(day) or Sum()), _pieces(days.get(day) or Sum())) for day in shown]
    return Bars(drawn, max((days[day].mails for day in shown if day in days), default=0) or 1)


def _said(day: date, of: Sum) -> str:
    return f"{day:%d %b}: " + (f"{of.passed} passed, {of.failed} failed" if of.mails else "nothing")


def _pieces(of: Sum) -> list[tuple[str, int, int]]:
    stacked = [("allow", 0, of.passed), ("refuse", of.passed, of.failed)]
    return [piece for piece in stacked if piece[2]]


async def reported(house: House, asked: Asked) -> Answer:
    """The page."""
    account, domain, source = asked.who.account, asked.query.get("domain").lower(), asked.query.get("source")
    days = asked.query.get("days", _USUAL)
    if days not in _DAYS:
        raise BadInput(f"Days: one of {', '.join(_DAYS)}", field="days")
    begin = asked.now - timedelta(days=int(days))

    def look(connection: Connection) -> tuple[Sequence[str], Summed]:
        known = dmarc_reports.domains(connection, account, _MOST_DOMAINS)
        return known, summed(dmarc_reports.since(connection, account, begin, domain=domain), source)

    known, found = await house.database.survey(look)
    ranked = sorted(found.sources.items(), key=lambda each: (-each[1].failed, -each[1].mails, each[0]))
    return Shown(
        "customer/mail_reports.html",
        {
            "found": found,
            "chart": bars(found.days, asked.now, int(days)),
            "total": _total(found.days.values()),
            "sources": ranked[:_MOST_SOURCES],
            "others": max(0, len(ranked) - _MOST_SOURCES),
            "domains": known,
            "fields": {"domain": domain, "source": source, "days": days},
            "choices": _DAYS,
            "asks": house.domains.asks,
        },
    )


def _total(sums: Iterable[Sum]) -> Sum:
    each = list(sums)
    return Sum(passed=sum(one.passed for one in each), failed=sum(one.failed for one in each))


PAGES: Sequence[Page] = (page(_HERE, Right.READ_LOG, reported),)
