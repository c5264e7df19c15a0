"""The traffic facts over a real Redis cluster, in two processes' worth of counters that share a limit."""

from __future__ import annotations

import secrets

from masstransit.clock import HandClock
from masstransit.counters import open_counters
from masstransit.facts.traffic import Allowances, DayRates, FanOuts, PairHistories, RepeatCounts, TenantRates
from masstransit.model.communication import Communication
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, an_sms, changed


def a_batch(account: str, process: str) -> list[Communication]:
    return [an_sms(id=f"{process}{i}", account=account, recipient=f"+121255{i:05}") for i in range(30)]


async def test_two_processes_share_one_account_s_counts(
    cluster_url: str, sqlite_database: Database, keys: Keys
) -> None:
    clock, account = HandClock(NOON), "AC" + secrets.token_hex(16)
    allowed = Allowances(sqlite_database, clock)
    one, other = open_counters(cluster_url), open_counters(cluster_url)
    rates = [TenantRates(c, clock, allowed, rate=10, burst_seconds=4) for c in (one, other)]
    first, second = await rates[0].learn(a_batch(account, "a")), await rates[1].learn(a_batch(account, "b"))
    assert [fact.allowed for fact in (*first, *second)].count(True) == 40

    repeats = [RepeatCounts(c, clock, keys.person) for c in (one, other)]
    await repeats[0].learn(a_batch(account, "a"))
    assert {fact.same_1h for fact in await repeats[1].learn(a_batch(account, "b"))} == {1}

    days = [DayRates(c, clock, keys.person) for c in (one, other)]
    await days[0].learn(a_batch(account, "a"))
    assert (await days[1].learn(a_batch(account, "b")))[0].recipients_24h == 30

    fans = await FanOuts(other, clock).learn([changed(c, account=account) for c in a_batch(account, "c")])
    assert (fans[-1].senders_1h, fans[-1].messages_1h) == (1, 30)
    pairs = await PairHistories(one, clock, keys.person).learn(a_batch(account, "d"))
    assert not pairs[0].answered
    await one.close()
    await other.close()
