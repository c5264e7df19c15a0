"""What receivers report of a customer's domains, summed at its pages."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec

from masstransit.carriage.mailroom.values import Tally
from masstransit.console.customer.mail_reports import bars, summed
from masstransit.model.sid import new_sid
from masstransit.model.user import Role
from masstransit.storage import dmarc_reports
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of
from tests.makers import NOON

HERE = "/account/email/reports"
OURS = Tally(source="192.0.2.7", count=40, spf="fail", dkim="pass", header_from="shop.example")
THEIRS = Tally(source="203.0.113.9", count=3, spf="fail", dkim="fail", header_from="shop.example")


def report(tallies: list[Tally], *, days_ago: int = 0, **more: Any) -> dict[str, Any]:
    at = NOON - timedelta(days=days_ago)
    return {
        "account": "AC1", "sid": new_sid("DR"), "domain": "shop.example", "organisation": "Reader",
        "reference": new_sid("X"), "policy": "none", "begins_at": at, "ends_at": at, "arrived_at": at, "truncated": 0,
        "mails": sum(each.count for each in tallies), "failed": 3, "tallies": msgspec.to_builtins(tallies), **more,
    }  # fmt: skip


def rows(*reports: dict[str, Any]) -> list[Any]:
    return [SimpleNamespace(**each) for each in reports]


def test_mails_are_summed_by_day_and_by_source() -> None:
    found = summed(rows(report([OURS, THEIRS]), report([OURS], days_ago=1, truncated=5)))
    today, before = NOON.date(), NOON.date() - timedelta(days=1)
    assert [(day, of.passed, of.failed) for day, of in found.days.items()] == [(before, 40, 0), (today, 40, 3)]
    ours, theirs = found.sources["192.0.2.7"], found.sources["203.0.113.9"]
    assert (ours.mails, ours.by_spf, ours.by_dkim, theirs.failed, theirs.names) == (80, 0, 80, 3, {"shop.example"})
    assert (found.reports, found.untold, found.whole, found.reporters) == (2, 5, True, {"Reader": 88})


def test_one_source_is_summed_alone_and_too_many_rows_are_told() -> None:
    reports = rows(report([OURS, THEIRS]), report([THEIRS], days_ago=1), report([OURS], days_ago=2))
    found = summed(reports, "203.0.113.9")
    assert [of.mails for of in found.days.values()] == [3, 3]
    assert (list(found.sources), found.reports, found.reporters) == (["203.0.113.9"], 2, {"Reader": 6})
    cut = summed(reports, most=3)
    assert (cut.reports, cut.whole) == (2, False)


def test_every_day_has_its_bar() -> None:
    drawn = bars(summed(rows(report([OURS, THEIRS], days_ago=1))).days, NOON, 3)
    assert [pieces for _, pieces in drawn.bars] == [[], [("allow", 0, 40), ("refuse", 40, 3)], []]
    assert drawn.most == 43


async def test_the_page_tells_them_and_looks_at_one_domain_or_source(pages: Pages) -> None:
    kept = [
        report([OURS, THEIRS], account=pages.account),
        report([msgspec.structs.replace(OURS, source="198.51.100.1")], account=pages.account, domain="news.example"),
        report([THEIRS], days_ago=60, account=pages.account, organisation="Elder"),
    ]
    for each in kept:
        assert await pages.database.write(partial(dmarc_reports.add, row=each))
    owner = await pages.signed_in(Role.OWNER)
    said = text_of(await owner.get(HERE))
    assert "83 mails told of 80 passed" in said
    assert "3 failed: neither did 2 reports" in said
    assert said.index("203.0.113.9") < said.index("192.0.2.7")  # what fails stands first
    one = text_of(await owner.get(f"{HERE}?domain=news.example&days=30"))
    assert ("198.51.100.1" in one, "192.0.2.7" in one) == (True, False)
    theirs = text_of(await owner.get(f"{HERE}?source=203.0.113.9&days=90"))
    assert ("Only mail from 203.0.113.9" in theirs, "6 mails told of" in theirs, "Elder" in theirs) == (True,) * 3
    assert (await owner.get(f"{HERE}?days=4000")).status_code == 400
    other = await stranger(pages)
    assert "No report came in these days." in text_of(await other.get(HERE))
