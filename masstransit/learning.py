"""Which fact is learned by whom: the table of learners, for databases and counters that serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from masstransit.clause import Clause
from masstransit.clock import Clock
from masstransit.counters import Counters
from masstransit.facts import (
    accounts,
    allocation,
    arriving_mail,
    asking,
    brands,
    chat,
    complaints,
    consent,
    content,
    crowds,
    domains,
    faxes,
    filtered,
    harm_sent,
    identity,
    interference,
    law,
    links,
    media,
    outgoing_mail,
    papers,
    pressure,
    probing,
    pulses,
    pumping,
    reachability,
    refrains,
    rights,
    samples,
    snoozes,
    standing,
    stopped,
    strangers,
    successors,
    traffic,
    variants,
    video,
)
from masstransit.facts.calls import abandoned, callers, calling, days, recording_law, routes
from masstransit.facts.written import Written
from masstransit.gate import Learner
from masstransit.policy.clause_04_denial_of_service import DenialOfService
from masstransit.policy.clause_08_unwanted_communications import UnwantedCommunications
from masstransit.policy.clause_10_fraud import Fraud
from masstransit.policy.clause_18_false_identity import FalseIdentity
from masstransit.policy.clause_19_unanswered_and_short_calls import UnansweredAndShortCalls
from masstransit.policy.end_users import EndUsersConduct
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


def from_text(written: Written | None = None) -> Mapping[type, Learner]:
    """The facts that a text alone tells: learned again, they are what they were, while the reader is the same. What is
    `written` in pictures is read too where there is somebody who fetches it."""
    return {
        asking.Asked: asking.AskedReader(written),
        content.Content: content.ContentReader(written),
        links.Links: links.LinkReader(written=written),
    }


def learners(
    clauses: Sequence[Clause],
    *,
    database: Database,
    keys: Keys,
    clock: Clock,
    counters: Counters,
    roots: consent.Roots,
    lists: Path,
    named: Sequence[str] = ("masstransit",),
) -> Mapping[type, Learner]:
    """A learner for each fact. Clause 4's figures say which rate an account has that has none of its own, clause B's
    what a throttle leaves, clause 8's what a conversation is, clause 18's whose steps make us vouch less far for a
    number, clause 19's when a trunk is at fault and no customer on it; `lists` is the folder of number files, `named`
    are the names by which texts speak of this platform."""
    service = next(clause for clause in clauses if isinstance(clause, DenialOfService))
    short = next(clause for clause in clauses if isinstance(clause, UnansweredAndShortCalls))
    ladder = next(clause for clause in clauses if isinstance(clause, EndUsersConduct))
    unwanted = next(clause for clause in clauses if isinstance(clause, UnwantedCommunications))
    false = next(clause for clause in clauses if isinstance(clause, FalseIdentity))
    fraud = next(clause for clause in clauses if isinstance(clause, Fraud))
    allowed = traffic.Allowances(database, clock)
    person = keys.person
    campaigns = identity.Campaigns(database, clock, roots)
    incidents = interference.IncidentBook(database, clock)
    reader = content.ContentReader(Written(database))
    steps = standing.StepBook(database, clock, roots)
    return {
        **from_text(Written(database)),
        accounts.Account: accounts.Accounts(database, clock),
        accounts.Agreement: accounts.Agreements(database, clock),
        accounts.EndUser: accounts.EndUsers(database, clock, roots),
        accounts.Guidelines: accounts.GuidelineLedger(database, clock),
        arriving_mail.Authenticated: arriving_mail.Authentications(),
        arriving_mail.Guise: arriving_mail.Guises(),
        brands.Brands: brands.BrandBook(database, clock, roots),
        callers.CallerName: callers.CallerNames(database, clock),
        callers.CallerRight: callers.CallerRights(database, clock, roots, steps, false.vouched_less),
        callers.UnusedNumber: callers.UnusedNumbers(database, clock),
        callers.Verified: callers.Verifications(),
        calling.CalledLine: calling.CalledLines(counters, clock, allowed, person, short=short.short_seconds),
        calling.CalledPerson: calling.CalledPersons(
            counters, clock, allowed, person, talked=unwanted.conversation_seconds, silent=unwanted.silent_seconds
        ),
        calling.Dear: calling.DearCalls(counters, clock, allowed, fraud.dear),
        calling.RangAndDropped: calling.DroppedRings(
            counters, clock, allowed, person, fraud.dear, rings=fraud.dropped_seconds
        ),
        calling.RecordedVoices: calling.RecordedVoiceCounts(counters, clock, allowed, person),
        abandoned.Abandoned: abandoned.AbandonedCalls(counters, clock, allowed),
        days.DayOfCalls: days.DaysOfCalls(
            counters,
            clock,
            allowed,
            routes.Faults(
                customers=short.fault_customers,
                calls=short.fault_calls,
                known=short.fault_known,
                share=short.fault_share,
                unanswered=1.0 - short.asr_throttle,
                seconds=short.short_seconds,
            ),
        ),
        chat.Reported: chat.Reporters(database, clock),
        chat.Room: chat.Rooms(database, clock),
        complaints.Complained: complaints.Complainants(database, keys, clock, roots),
        allocation.Allocation: allocation.AllocatedBlocks(database, clock),
        complaints.Orders: complaints.OrderBook(database, clock, roots),
        complaints.Reports: complaints.ReportBook(database, clock),
        consent.Blocks: consent.BlockList(database, keys, roots),
        consent.Consents: consent.ConsentBook(database, keys, roots),
        consent.DoNotCall: consent.DoNotCallLists(database, clock, lists),
        consent.OptOut: consent.OptOuts(database, keys, roots),
        consent.SharedConsent: consent.SharedConsents(database, keys, roots),
        consent.Reassigned: consent.Reassignments(database, keys, roots),
        crowds.Crowd: crowds.Crowds(counters, clock, allowed, person),
        faxes.FaxName: faxes.FaxNames(database, clock),
        faxes.Broadcast: faxes.Broadcasts(counters, clock, allowed, person),
        video.Inside: video.Insides(database),
        domains.Domains: domains.DomainRecords(database, clock),
        identity.Campaign: campaigns,
        identity.GeoPermission: identity.GeoPermissions(database, clock, roots),
        identity.NeverOriginate: identity.NeverOriginating(database, clock),
        identity.Numbering: identity.NumberingPlans(),
        identity.SenderRight: identity.SenderRights(database, clock, roots),
        interference.Appeal: interference.Appeals(counters, clock, allowed, incidents, named),
        interference.Incidents: incidents,
        law.LocalTime: law.LocalTimes(database, keys, roots, clock),
        outgoing_mail.MailRight: outgoing_mail.MailRights(database, clock, roots),
        outgoing_mail.MailStanding: outgoing_mail.MailStandings(database, clock, roots),
        outgoing_mail.Suppressed: outgoing_mail.Suppressions(database, keys, roots),
        papers.AssociateAgreement: papers.AssociateAgreements(database, clock, roots),
        papers.Licences: papers.LicenceBook(database, clock, roots),
        pressure.Pressure: pressure.Pressures(counters, clock, allowed, person, reader, database, roots),
        probing.Failures: probing.FailedKnocks(counters, clock),
        probing.Walk: probing.Walks(counters, clock),
        recording_law.Whereabouts: recording_law.Places(database, keys, roots),
        media.Attachments: media.FileRecords(database, clock),
        refrains.Refrain: refrains.Refrains(counters, clock, reader),
        rights.RightsNotices: rights.NoticeBook(database, clock, roots),
        samples.Sampled: samples.SampleBook(database, clock),
        strangers.Lookups: strangers.LookupCounts(counters, clock),
        strangers.Openers: strangers.OpenerCounts(counters, clock, allowed, person),
        strangers.Walking: strangers.Walks(counters, clock, allowed),
        pulses.Pulses: pulses.PulseCounts(counters, clock, allowed, rate=service.messages_per_second),
        pumping.Prefix: pumping.Prefixes(counters, clock, person, allowed, database),
        reachability.DeadNumbers: reachability.DayOfDead(database, clock),
        reachability.ShutDown: reachability.ShutDownNumbers(database, keys, clock),
        reachability.Unreachable: reachability.LastHeard(database, keys, clock),
        standing.Pace: standing.Paces(counters, clock, steps, per_minute=ladder.throttled_per_minute),
        standing.Steps: steps,
        snoozes.Snoozed: snoozes.SnoozeBook(database, clock, roots),
        stopped.StoppedForFraud: stopped.FraudRecord(database, clock),
        successors.Continued: successors.Continuations(database, clock),
        successors.Successor: successors.Successors(database, clock, roots),
        traffic.CampaignCounts: traffic.TermCounts(
            counters, clock, person, allowed, campaigns, talked=unwanted.conversation_seconds
        ),
        traffic.FanOut: traffic.FanOuts(counters, clock),
        traffic.Frequency: traffic.Frequencies(counters, clock, person, allowed),
        traffic.PairHistory: traffic.PairHistories(counters, clock, person),
        traffic.QueueDepth: traffic.QueueDepths(database, clock, allowed),
        traffic.Rates: traffic.DayRates(counters, clock, person),
        traffic.Repeats: traffic.RepeatCounts(counters, clock, person),
        traffic.TenantRate: traffic.TenantRates(
            counters, clock, allowed, rate=service.messages_per_second, burst_seconds=service.burst_seconds
        ),
        filtered.Filtered: filtered.FilteredTexts(database, clock),
        harm_sent.HarmSent: harm_sent.HarmRecords(database, clock),
        variants.Variants: variants.VariantCounts(counters, clock, allowed, database),
    }
