"""Which fact is learned by whom: the table of learners, for databases and counters that serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from masstransit.clause import Clause
from masstransit.clock import Clock
from masstransit.counters import Counters
from masstransit.facts import accounts, complaints, consent, content, identity, law, links, probing, traffic
from masstransit.gate import Learner
from masstransit.policy.clause_04_denial_of_service import DenialOfService
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


def learners(
    clauses: Sequence[Clause],
    *,
    database: Database,
    keys: Keys,
    clock: Clock,
    counters: Counters,
    roots: consent.Roots,
) -> Mapping[type, Learner]:
    """A learner for each fact. Clause 4's figures say which rate an account has that has none of its own."""
    service = next(clause for clause in clauses if isinstance(clause, DenialOfService))
    allowed = traffic.Allowances(database, clock)
    person = keys.person
    campaigns = identity.Campaigns(database, clock, roots)
    return {
        accounts.Account: accounts.Accounts(database, clock),
        accounts.Agreement: accounts.Agreements(database, clock),
        accounts.EndUser: accounts.EndUsers(database, clock, roots),
        accounts.Guidelines: accounts.GuidelineLedger(database, clock),
        complaints.Orders: complaints.OrderBook(database, clock, roots),
        complaints.Reports: complaints.ReportBook(database, clock),
        consent.Blocks: consent.BlockList(database, keys, roots),
        consent.Consents: consent.ConsentBook(database, keys, roots),
        consent.DoNotCall: consent.DoNotCallLists(database, keys, clock),
        consent.OptOut: consent.OptOuts(database, keys, roots),
        consent.Reassigned: consent.Reassignments(database, keys, roots),
        content.Content: content.ContentReader(),
        identity.Campaign: campaigns,
        identity.GeoPermission: identity.GeoPermissions(database, clock, roots),
        identity.NeverOriginate: identity.NeverOriginating(database, clock),
        identity.Numbering: identity.NumberingPlans(),
        identity.SenderRight: identity.SenderRights(database, clock, roots),
        law.LocalTime: law.LocalTimes(database, keys, roots, clock),
        links.Links: links.LinkReader(),
        probing.Failures: probing.FailedKnocks(counters, clock),
        probing.Walk: probing.Walks(counters, clock),
        traffic.CampaignCounts: traffic.TermCounts(counters, clock, person, allowed, campaigns),
        traffic.FanOut: traffic.FanOuts(counters, clock),
        traffic.Frequency: traffic.Frequencies(counters, clock, person, allowed),
        traffic.PairHistory: traffic.PairHistories(counters, clock, person),
        traffic.QueueDepth: traffic.QueueDepths(database, clock, allowed),
        traffic.Rates: traffic.DayRates(counters, clock, person),
        traffic.Repeats: traffic.RepeatCounts(counters, clock, person),
        traffic.TenantRate: traffic.TenantRates(
            counters, clock, allowed, rate=service.messages_per_second, burst_seconds=service.burst_seconds
        ),
    }
