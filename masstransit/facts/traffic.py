"""Facts about traffic: how fast, how often, to how many, and what came back.

Facts count; what is too much is the clauses' business. All counts are of the windows named in the fields, before the
communication that is asked about.

Counters hold no number and no text: people are keyed by HMAC (`Keys.person`), texts by a hash. A day of traffic keeps
about four small counters a person and a few dozen an account.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import unicodedata
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from masstransit.clock import Clock
from masstransit.counters import Count, Counters, Distinct, Operation, Seen, Take, Taken, Turns
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.identity import Campaign, Campaigns
from masstransit.facts.links import links_of
from masstransit.model.alphabet import segment
from masstransit.model.call import AnsweredBy, CallRecord
from masstransit.model.change import Change
from masstransit.model.communication import Communication, Direction, Kind, Knock, Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.subject import Subject
from masstransit.storage import allowances
from masstransit.storage.engine import Database

_DAY = 86_400.0
_HOUR = 4200.0  # seventy minutes, so that a job that runs every hour is seen
_TEN_MINUTES = 600.0
_MOST_KNOWN = 100_000  # accounts whose terms are kept
_MOST_UNDO = 2048  # subjects whose counts can be given back
_POOLED = 6  # people of one end user that count among others': with the least 200 recipients these are 3 %, a warning
_HASHED = 1200  # characters of a text that tell it from others


class TenantRate(Fact, frozen=True, kw_only=True):
    """Whether the account's own rate has room. A place is reserved when it has."""

    rate: float  #: messages a second that the account may offer
    allowed: bool
    retry_after: float = 0.0  #: seconds until there is room, where there is none

    @property
    def speaks(self) -> bool:
        return not self.allowed


class QueueDepth(Fact, frozen=True, kw_only=True):
    """What waits in the account's queue, and how much may (None: the clause's figure)."""

    of_parties = True

    waiting: int
    quota: int | None = None


class PairHistory(Fact, frozen=True, kw_only=True):
    """What went to and fro between an account and one person: texts, or where a call is asked about, calls."""

    alternations_60s: int = 0  #: how often the other side took its turn within 60 seconds, this message included
    unanswered_24h: int = 0  #: messages to the person since they last wrote, before this one
    answered: bool = False  #: whether the person wrote in the last 24 hours of the exchange


class Repeats(Fact, frozen=True, kw_only=True):
    """The same text to the same person, and how much of the account's traffic is such."""

    same_1h: int  #: times this person was offered this text in the last hour, before this one, without excuse
    account_repeats_10m: int  #: the account's messages in 10 minutes that repeated one of the hour, this one included
    account_messages_10m: int  #: the account's messages in 10 minutes, this one included

    @property
    def speaks(self) -> bool:
        return self.same_1h > 0


class Frequency(Fact, frozen=True, kw_only=True):
    """How many messages this person had from this brand (the root account) in 24 hours, before this one.

    Texts and calls count together where the law counts them so: calls that advertise (Fla. Stat. 501.059(1)), and those
    in which no person speaks (47 CFR 64.1200(a)(9)(iv): "whether by voice call or text message"). Others are no
    messages.
    """

    marketing_24h: int = 0
    all_24h: int = 0
    codes_24h: int = 0  #: one-time codes, known for one-time codes only


class CampaignCounts(Fact, frozen=True, kw_only=True):
    """What a campaign's own terms have counted, over the brand, before the message that is asked about.

    Counted only for campaigns whose terms need it (an exemption, debts, a brand's day), else 0.
    """

    person_3d: int = 0  #: messages to this person in 3 days; texts
    person_7d: int = 0  #: ... in 7 days
    automated_3d: int = 0  #: calls to this person in 3 days in which nobody spoke
    automated_7d: int = 0  #: ... in 7 days
    calls_7d: int = 0  #: calls to this person in 7 days that rang, of the same end user where one is named; known for
    #: calls about debts only
    talked_7d: int = 0  #: ... in which they talked; known for calls about debts only
    segments_24h: int = 0  #: segments of the brand in 24 hours
    segments: int = 1  #: of this message


class Tally(Fact, frozen=True, kw_only=True):
    """What became of a day's messages: distinct recipients, distinct people who opted out or reported spam, reports.

    Who said that somebody else is meant counts apart, and not among the opt-outs: it tells of the list (rulebook 6.7).
    """

    recipients_24h: int = 0
    opt_outs_24h: int = 0
    wrong_numbers_24h: int = 0
    spam_reports_24h: int = 0
    delivered_24h: int = 0
    failed_24h: int = 0


class Rates(Tally, frozen=True, kw_only=True):
    """A day of the account, and of the communication's campaign and end user (None where it names none).

    So that one bad end user does not weigh on all others, the account's day and the campaign's count at most six people
    of each end user who opted out, or said that somebody else is meant, and one who reported spam; the end user's own
    day counts all.

    A rule that needs `Rates` hears OFFER and OUTCOME: what no rule hears is not counted.
    """

    campaign: Tally | None = None
    end_user: Tally | None = None

    @property
    def speaks(self) -> bool:  # anything came back but reports of success
        parts = [part for part in (self, self.campaign, self.end_user) if part is not None]
        return any(p.opt_outs_24h or p.wrong_numbers_24h or p.spam_reports_24h or p.failed_24h for p in parts)


class FanOut(Fact, frozen=True, kw_only=True):
    """Over how many of the account's senders one text went out within the hour, this message included; and texts,
    whatever they say, that lead to the same domain as this one (0: it leads nowhere, or to a shared shortener)."""

    of_words = True

    senders_1h: int
    messages_1h: int
    domain_senders_1h: int = 0
    domain_messages_1h: int = 0

    @property
    def speaks(self) -> bool:
        return max(self.senders_1h, self.domain_senders_1h) > 1


# --- what an account may -------------------------------------------------------------------------------------------


class Allowance(msgspec.Struct, frozen=True):
    """An account's own terms: its root account, messages a second, and how many may wait (None: the default)."""

    root: str
    rate: float | None = None
    queue_quota: int | None = None


class Allowances:
    """Accounts' terms out of the database, kept for a few seconds."""

    def __init__(self, database: Database, clock: Clock, *, fresh_for: float = 5.0) -> None:
        self._database = database
        self._clock = clock
        self._fresh_for = timedelta(seconds=fresh_for)
        self._known: dict[str, tuple[datetime, Allowance]] = {}

    async def of(self, accounts: Iterable[str]) -> Mapping[str, Allowance]:
        """Each account's terms; one that is not on record has the defaults."""
        now = self._clock.now()
        wanted = set(accounts)
        stale = {a for a in wanted if a not in self._known or self._known[a][0] <= now}
        if stale:
            rows = await self._database.read(lambda connection: allowances.allowances(connection, stale))
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            for account in stale:
                row = rows.get(account)
                found = Allowance(row.parent or account, row.rate, row.queue_quota) if row else Allowance(account)
                self._known[account] = (now + self._fresh_for, found)
        return {account: self._known[account][1] for account in wanted}


# --- learners -----------------------------------------------------------------------------------------------------


class Counting:
    """A learner that counts what it is asked about, account by account, and can give it back.

    A communication is counted the first time it is asked about (`attempt` 0); later times only look, and leave the
    communication itself out of what they see. An exempt one is never counted. Where the counters are gone the fact is
    Unknown for the accounts whose counters those are, and for no others.
    """

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        # subject id -> what gives back its counts, newest last; ordered, because a dict slows down as its front goes
        self._undo: OrderedDict[str, list[Operation]] = OrderedDict()

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order."""
        tags = await self._tags(batch)
        if len(set(tags)) == 1:
            return await self._learn(tags[0], batch)
        places: dict[str, list[int]] = defaultdict(list)
        for index, tag in enumerate(tags):
            places[tag].append(index)
        learning = [self._learn(tag, [batch[i] for i in at]) for tag, at in places.items()]
        columns = [await one for one in learning] if self._counters.at_once else await asyncio.gather(*learning)
        learned: list[Any] = [None] * len(batch)
        for at, column in zip(places.values(), columns, strict=True):
            for index, fact in zip(at, column, strict=True):
                learned[index] = fact
        return learned

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back what these subjects counted. Raises `CountersUnavailable`."""
        undo = [operation for subject in subjects for operation in self._undo.pop(subject.id, ())]
        await self._counters.ask(undo, self._clock.now())

    async def _tags(self, batch: Sequence[Subject]) -> Sequence[str]:
        """Under which tag each subject is counted: its account."""
        return [subject.account for subject in batch]

    async def _learn(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Any]:
        try:
            return await self._of_tag(tag, subjects)
        except CountersUnavailable as gone:
            return [Unknown(str(gone))] * len(subjects)

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Any]:
        raise NotImplementedError

    async def _ask(self, operations: Sequence[Operation]) -> list[Any]:
        return await self._counters.ask(operations, self._clock.now())

    def _can_undo(self, subject: str, *operations: Operation) -> None:
        """Remember how to give back; for the last few thousand subjects, because refusals come at once."""
        known = self._undo.get(subject)
        if known is not None:
            known.extend(operations)
            return
        self._undo[subject] = [*operations]
        if len(self._undo) > _MOST_UNDO:
            self._undo.popitem(last=False)


class CountingByRoot(Counting):
    """What is counted under the root account, over all of a brand's accounts."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances) -> None:
        super().__init__(counters, clock)
        self._allowed = allowed

    async def _tags(self, batch: Sequence[Subject]) -> Sequence[str]:
        terms = await self._allowed.of(subject.account for subject in batch)
        return [terms[subject.account].root for subject in batch]


class Counts:
    """Counts of a batch. The same key is asked once, and each subject sees those before it in the batch."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._places: dict[str, int] = {}
        self._adds: list[tuple[str, float, int]] = []

    def add(self, key: str, window: float, *, counted: bool, earlier: bool = False, times: int = 1) -> tuple[int, int]:
        """Count `times`, or only look (at what it was counted in `earlier`). Returns where `before` finds the
        answer."""
        place = self._places.setdefault(key, len(self._adds))
        if place == len(self._adds):
            self._adds.append((key, window, 0))
        _, _, so_far = self._adds[place]
        if counted:
            self._adds[place] = (key, window, so_far + times)
        return place, so_far - times * earlier

    def operations(self) -> list[Operation]:
        return [Count(self._tag, key, window, add) for key, window, add in self._adds]

    @staticmethod
    def before(answers: Sequence[Any], at: tuple[int, int]) -> int:
        found: int = answers[at[0]]
        return max(0, found + at[1])


class TenantRates(Counting):
    """Learns `TenantRate`. `rate` (messages a second) is for accounts without one of their own, `burst` in seconds."""

    def __init__(
        self, counters: Counters, clock: Clock, allowed: Allowances, *, rate: float, burst_seconds: float
    ) -> None:
        super().__init__(counters, clock)
        self._allowed = allowed
        self._rate = rate
        self._burst_seconds = burst_seconds

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[TenantRate]:
        own = (await self._allowed.of([tag]))[tag].rate
        rate = own if own is not None and own > 0 else self._rate
        burst = max(1, round(rate * self._burst_seconds))
        new = [is_new(subject) for subject in subjects]
        (taken,) = await self._ask([Take(tag, "rate", rate, burst, sum(new))]) if any(new) else [Taken(0)]
        room, refused = (
            TenantRate(rate=rate, allowed=True),
            TenantRate(rate=rate, allowed=False, retry_after=taken.retry_after),
        )
        left: int = taken.allowed
        facts = []
        for subject, fresh in zip(subjects, new, strict=True):
            facts.append(room if left > 0 or not fresh else refused)
            if fresh and left > 0:
                left -= 1
                self._can_undo(subject.id, Take(tag, "rate", rate, burst, -1))
        return facts


class QueueDepths:
    """Learns `QueueDepth`: rows of the queue, counted at most once a second an account."""

    def __init__(self, database: Database, clock: Clock, allowed: Allowances, *, fresh_for: float = 1.0) -> None:
        self._database = database
        self._clock = clock
        self._allowed = allowed
        self._fresh_for = timedelta(seconds=fresh_for)
        self._known: dict[str, tuple[datetime, QueueDepth]] = {}

    async def learn(self, batch: Sequence[Subject]) -> Sequence[QueueDepth]:
        """Raises `StorageUnavailable`."""
        now = self._clock.now()
        accounts = {subject.account for subject in batch}
        stale = {a for a in accounts if a not in self._known or self._known[a][0] <= now}
        if stale:
            rows = await self._database.read(lambda connection: allowances.waiting(connection, stale))
            terms = await self._allowed.of(stale)
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            for account in stale:
                depth = QueueDepth(waiting=rows.get(account, 0), quota=terms[account].queue_quota)
                self._known[account] = (now + self._fresh_for, depth)
        return [self._known[subject.account][1] for subject in batch]


class PairHistories(Counting):
    """Learns `PairHistory`, from what is offered in both directions."""

    def __init__(self, counters: Counters, clock: Clock, person: Callable[[str], str]) -> None:
        super().__init__(counters, clock)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[PairHistory]:
        operations = [self._turn(tag, subject) for subject in subjects]
        facts = []
        for subject, operation, turned in zip(subjects, operations, await self._ask(operations), strict=True):
            if operation.add:
                self._can_undo(subject.id, msgspec.structs.replace(operation, add=-1))
            facts.append(
                PairHistory(
                    alternations_60s=turned.turns,
                    unanswered_24h=max(0, turned.unanswered - was_counted(subject)),
                    answered=turned.answered,
                )
            )
        return facts

    def _turn(self, tag: str, subject: Subject) -> Turns:
        inbound = subject.direction is Direction.INBOUND
        key = f"{'y' if _is_call(subject) else 'x'}:{_who(self._person, subject)}"
        return Turns(tag, key, "b" if inbound else "a", 60, _DAY, int(is_new(subject)))


class RepeatCounts(Counting):
    """Learns `Repeats`. It hears failed deliveries too: to send again what did not arrive is no repeat.

    Nor is what the client itself declares to be a further attempt (`attempts_told`), for as many offers as it says that
    there were: lists are sent twice by accident, and an accident does not declare itself. How many attempts there may
    be is clause 4's business.
    """

    def __init__(self, counters: Counters, clock: Clock, person: Callable[[str], str]) -> None:
        super().__init__(counters, clock)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Repeats]:
        await self._note_failures(tag, subjects)
        learned = iter(await self._of_offers(tag, [s for s in subjects if isinstance(s, Communication)]))
        nothing = Repeats(same_1h=0, account_repeats_10m=0, account_messages_10m=0)
        return [next(learned) if isinstance(s, Communication) else nothing for s in subjects]

    async def _note_failures(self, tag: str, subjects: Sequence[Subject]) -> None:
        failed = [
            Count(tag, f"u:{_who(self._person, s)}", _HOUR)
            for s in subjects
            if isinstance(s, Outcome) and s.what is OutcomeKind.UNDELIVERED and is_new(s)
        ]
        if failed:
            await self._ask(failed)

    async def _of_offers(self, tag: str, offers: Sequence[Communication]) -> list[Repeats]:
        if not offers:
            return []
        counts = Counts(tag)
        places = [self._count(tag, counts, offer) for offer in offers]
        answers = await self._ask([*counts.operations(), Count(tag, "repeats", _TEN_MINUTES, 0)])
        same = await self._without_excused(tag, offers, [counts.before(answers, at) for at, _ in places])
        await self._note_repeats(tag, [offer for offer, times in zip(offers, same, strict=True) if times])
        repeats: int = answers[-1]
        facts = []
        for offer, times, (_, at) in zip(offers, same, places, strict=True):
            repeats += 1 if times and is_new(offer) else 0
            messages = counts.before(answers, at) + 1
            facts.append(Repeats(same_1h=times, account_repeats_10m=repeats, account_messages_10m=messages))
        return facts

    def _count(self, tag: str, counts: Counts, offer: Communication) -> tuple[tuple[int, int], tuple[int, int]]:
        words = " ".join(offer.text[:_HASHED].casefold().split())
        key = f"r:{_digest(_who(self._person, offer), words)}"
        new, earlier = is_new(offer), was_counted(offer)
        if new:
            self._can_undo(offer.id, Count(tag, key, _HOUR, -1), Count(tag, "messages", _TEN_MINUTES, -1))
        return (
            counts.add(key, _HOUR, counted=new, earlier=earlier),
            counts.add("messages", _TEN_MINUTES, counted=new, earlier=earlier),
        )

    async def _note_repeats(self, tag: str, repeating: Sequence[Communication]) -> None:
        new = [offer for offer in repeating if is_new(offer)]
        if new:
            await self._ask([Count(tag, "repeats", _TEN_MINUTES, len(new))])
        for offer in new:
            self._can_undo(offer.id, Count(tag, "repeats", _TEN_MINUTES, -1))

    async def _without_excused(self, tag: str, offers: Sequence[Communication], same: Sequence[int]) -> list[int]:
        """How often it was offered, less the attempts that were declared, and less how often something to this person
        failed."""
        undeclared = [max(0, times - (o.attempts_told - 1)) for o, times in zip(offers, same, strict=True)]
        doubtful = [i for i, times in enumerate(undeclared) if times]
        if not doubtful:
            return undeclared
        looks = [Count(tag, f"u:{_who(self._person, offers[i])}", _HOUR, 0) for i in doubtful]
        failed = dict(zip(doubtful, await self._ask(looks), strict=True))
        return [max(0, times - failed.get(i, 0)) for i, times in enumerate(undeclared)]


class Frequencies(CountingByRoot):
    """Learns `Frequency`, over all of a brand's accounts: counted under the root account."""

    def __init__(self, counters: Counters, clock: Clock, person: Callable[[str], str], allowed: Allowances) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Frequency]:
        counts = Counts(tag)
        places = [self._count(tag, counts, subject) for subject in subjects]
        answers = await self._ask(counts.operations())
        return [
            Frequency(
                all_24h=counts.before(answers, every),
                marketing_24h=counts.before(answers, some),
                codes_24h=0 if codes is None else counts.before(answers, codes),
            )
            for every, some, codes in places
        ]

    def _count(
        self, tag: str, counts: Counts, subject: Subject
    ) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int] | None]:
        person, new, earlier = _who(self._person, subject), is_new(subject), was_counted(subject)
        purpose = subject.purpose if isinstance(subject, Communication) else None
        marketing, code = purpose is Purpose.MARKETING, purpose is Purpose.OTP
        message = not _is_call(subject) or _is_automated(subject)
        every = counts.add(f"n:{person}", _DAY, counted=new and message, earlier=earlier and message)
        some = counts.add(f"m:{person}", _DAY, counted=new and marketing, earlier=earlier and marketing)
        codes = counts.add(f"c:{person}", _DAY, counted=new, earlier=earlier) if code else None
        if new:
            keys = (
                *((f"n:{person}",) if message else ()),
                *((f"m:{person}",) if marketing else ()),
                *((f"c:{person}",) if code else ()),
            )
            self._can_undo(subject.id, *(Count(tag, key, _DAY, -1) for key in keys))
        return every, some, codes


class TermCounts(CountingByRoot):
    """Learns `CampaignCounts`, under the root account; of calls about debts from their records too.

    `talked` is how many seconds make a conversation.
    """

    def __init__(
        self,
        counters: Counters,
        clock: Clock,
        person: Callable[[str], str],
        allowed: Allowances,
        campaigns: Campaigns,
        *,
        talked: float,
    ) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person
        self._campaigns = campaigns
        self._talked = talked

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        """A fact a subject, in order; mostly the same, that no terms count."""
        if not any(map(_needs_counts, await self._campaigns.learn(batch))):
            return [_NO_TERMS] * len(batch)
        return await super().learn(batch)

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[CampaignCounts]:
        campaigns = await self._campaigns.learn(subjects)
        counts = Counts(tag)
        places = [self._count(tag, counts, s, c) for s, c in zip(subjects, campaigns, strict=True)]
        answers = await self._ask(counts.operations())
        return [
            CampaignCounts(segments=size, **{name: counts.before(answers, at) for name, at in found.items()})
            for size, found in places
        ]

    def _count(
        self, tag: str, counts: Counts, subject: Subject, campaign: Campaign
    ) -> tuple[int, dict[str, tuple[int, int]]]:
        if isinstance(subject, Outcome) and subject.record is not None and campaign.debt:
            self._note_end(tag, counts, subject, subject.record)
        if not isinstance(subject, Communication) or not _needs_counts(campaign):
            return 1, {}
        if _is_call(subject):
            return 1, self._count_call(tag, counts, subject, campaign)
        new, earlier = is_new(subject), was_counted(subject)
        person, size = _who(self._person, subject), len(segment(subject.on_air).parts)
        wanted = {
            "person_3d": (f"t:{person}", 3 * _DAY, 1),
            "person_7d": (f"w:{person}", 7 * _DAY, 1),
            "segments_24h": ("segments", _DAY, size),
        }
        looks = _automated(person) if campaign.exempt_as else {}
        if new:
            self._can_undo(subject.id, *(Count(tag, key, window, -times) for key, window, times in wanted.values()))
        return size, {
            name: counts.add(key, window, counted=new, earlier=earlier, times=times)
            for name, (key, window, times) in wanted.items()
        } | {name: counts.add(key, window, counted=False) for name, (key, window) in looks.items()}

    def _count_call(
        self, tag: str, counts: Counts, call: Communication, campaign: Campaign
    ) -> dict[str, tuple[int, int]]:
        """A call counts by itself; where no person speaks, among the messages under an exemption."""
        new, earlier, person = is_new(call), was_counted(call), _who(self._person, call)
        debtor = _debtor(person, call.end_user)
        looks = {"person_3d": (f"t:{person}", 3 * _DAY), "person_7d": (f"w:{person}", 7 * _DAY)}
        if campaign.debt:
            looks["talked_7d"] = (_talks(debtor), 7 * _DAY)
        adds = {"calls_7d": (_rings(debtor), 7 * _DAY)} if campaign.debt else {}
        (adds if call.automated else looks).update(_automated(person))
        if new:
            self._can_undo(call.id, *(Count(tag, key, window, -1) for key, window in adds.values()))
        return {name: counts.add(key, window, counted=new, earlier=earlier) for name, (key, window) in adds.items()} | {
            name: counts.add(key, window, counted=False) for name, (key, window) in looks.items()
        }

    def _note_end(self, tag: str, counts: Counts, ended: Outcome, record: CallRecord) -> None:
        """They talked, or the call reached nobody's phone and does not count (12 CFR 1006.14(b)(3)(ii))."""
        debtor = _debtor(_who(self._person, ended), record.end_user)
        if not record.connected:
            counts.add(_rings(debtor), 7 * _DAY, counted=True, times=-1)
            self._can_undo(ended.id, Count(tag, _rings(debtor), 7 * _DAY, 1))
        by_person = record.answered_by not in (AnsweredBy.MACHINE, AnsweredBy.FAX)
        if record.answered and by_person and record.talked >= self._talked:
            counts.add(_talks(debtor), 7 * _DAY, counted=True)
            self._can_undo(ended.id, Count(tag, _talks(debtor), 7 * _DAY, -1))


def _debtor(person: str, end_user: str | None) -> str:
    """A person as the one whom an end user, or else the brand, calls about debts: end users collect their own."""
    named = end_user.encode("utf-8", "surrogatepass") if end_user else b""
    return person + (hashlib.blake2b(named, digest_size=6).hexdigest() if named else "")


def _automated(person: str) -> dict[str, tuple[str, float]]:
    return {"automated_3d": (f"at:{person}", 3 * _DAY), "automated_7d": (f"aw:{person}", 7 * _DAY)}


def _rings(person: str) -> str:
    return f"dr:{person}"


def _talks(person: str) -> str:
    return f"dt:{person}"


_NO_TERMS = CampaignCounts()


def _needs_counts(campaign: Campaign) -> bool:
    return campaign.debt or bool(campaign.exempt_as) or campaign.segments_a_day > 0


class DayRates(Counting):
    """Learns `Rates`, from offers (recipients) and outcomes (what became of them, who opted out, who complained)."""

    def __init__(self, counters: Counters, clock: Clock, person: Callable[[str], str]) -> None:
        super().__init__(counters, clock)
        self._person = person

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Rates]:
        units = [_units(subject) for subject in subjects]
        days = {unit: _Day(tag, unit) for unit in dict.fromkeys(["", *(unit for each in units for unit in each)])}
        for subject, each in zip(subjects, units, strict=True):
            if is_new(subject) and not isinstance(subject, Knock | Change):
                person = _who(self._person, subject)
                for unit in {"", *each}:
                    days[unit].note(subject, person, each[1] if unit != each[1] else "")
        asked = {unit: day.operations() for unit, day in days.items()}
        answers = iter(await self._ask([operation for operations in asked.values() for operation in operations]))
        told = {unit: [next(answers) for _ in operations] for unit, operations in asked.items()}
        for unit, day in days.items():
            for subject_id, member in day.new_recipients(told[unit][0]):
                self._can_undo(subject_id, Distinct(tag, day.key("to"), _DAY, drop=(member,)))
        tallies = {unit: day.tally(told[unit]) for unit, day in days.items()}
        shared = {each: _rates(tallies, *each) for each in set(units)}
        return [shared[each] for each in units]


class _Day:
    """What one batch adds to a day of an account ("" as unit), of one of its campaigns, or of an end user."""

    def __init__(self, tag: str, unit: str) -> None:
        self._tag = tag
        self._unit = unit
        self._members: dict[str, list[str]] = {"to": [], "opted-out": [], "wrong": [], "spam": []}
        self._offers: list[str] = []
        self._delivered = 0
        self._failed = 0

    def key(self, name: str) -> str:
        return f"{name}:{self._unit}"

    def note(self, subject: Communication | Outcome, person: str, one_of: str) -> None:
        """Count it. `one_of`: the end user as one of several whose day this is; "": its own day, or nobody's."""
        if isinstance(subject, Communication):
            if subject.direction is Direction.OUTBOUND:
                self._members["to"].append(person)
                self._offers.append(subject.id)
            return
        match subject.what:
            case OutcomeKind.DELIVERED:
                self._delivered += 1
            case OutcomeKind.UNDELIVERED:
                self._failed += 1
            case OutcomeKind.OPT_OUT:
                self._members["opted-out"].append(_pooled(person, one_of, _POOLED))
            case OutcomeKind.WRONG_NUMBER:
                self._members["wrong"].append(_pooled(person, one_of, _POOLED))
            case OutcomeKind.SPAM_REPORT:
                self._members["spam"].append(_pooled(person, one_of, 1))

    def operations(self) -> list[Operation]:
        distinct = [Distinct(self._tag, self.key(n), _DAY, tuple(members)) for n, members in self._members.items()]
        return [
            *distinct,
            Count(self._tag, self.key("delivered"), _DAY, self._delivered),
            Count(self._tag, self.key("failed"), _DAY, self._failed),
        ]

    def tally(self, answers: Sequence[Any]) -> Tally:
        to, opted_out, wrong, spam, delivered, failed = answers
        return Tally(
            recipients_24h=to.count,
            opt_outs_24h=opted_out.count,
            wrong_numbers_24h=wrong.count,
            spam_reports_24h=spam.count,
            delivered_24h=delivered + self._delivered,
            failed_24h=failed + self._failed,
        )

    def new_recipients(self, seen: Seen) -> list[tuple[str, str]]:
        """(subject id, person) of those that nobody had written to within the day."""
        return [(self._offers[i], self._members["to"][i]) for i in seen.fresh]


def _pooled(person: str, one_of: str, most: int) -> str:
    """Under which name somebody is counted among those of several end users: one of `most` of each of them."""
    return f"{one_of}/{zlib.crc32(person.encode()) % most}" if one_of else person


def _units(subject: Subject) -> tuple[str, str]:
    """Under which campaign and which end user a subject is counted beside its account; "" where it names none."""
    if isinstance(subject, Knock | Change):
        return "", ""
    return subject.campaign or "", f"user:{subject.end_user}" if subject.end_user else ""


def _rates(tallies: Mapping[str, Tally], campaign: str, end_user: str) -> Rates:
    return Rates(
        **msgspec.structs.asdict(tallies[""]),
        campaign=tallies[campaign] if campaign else None,
        end_user=tallies[end_user] if end_user else None,
    )


class FanOuts(Counting):
    """Learns `FanOut`: texts are the same when they differ in digits, spacing, case and link paths only.

    A refused offer gives back its message, not its sender: that it was tried over so many senders is what counts.
    """

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[FanOut]:
        senders: dict[str, list[str]] = {}
        counts = Counts(tag)
        places = [[(key, self._count(counts, tag, senders, s, key)) for key in _spread(s)] for s in subjects]
        looks: list[Operation] = [Distinct(tag, f"fs:{key}", 3600, tuple(using)) for key, using in senders.items()]
        answers = await self._ask([*counts.operations(), *looks])
        seen = dict(zip(senders, answers[-len(looks) :], strict=True))
        told = [[(max(1, seen[key].count), counts.before(answers, at) + 1) for key, at in found] for found in places]
        return [_fan_out(text, max(domains, default=(0, 0))) for text, *domains in told]

    def _count(
        self, counts: Counts, tag: str, senders: dict[str, list[str]], subject: Subject, key: str
    ) -> tuple[int, int]:
        using = senders.setdefault(key, [])
        new = is_new(subject) and isinstance(subject, Communication)
        if new and isinstance(subject, Communication):
            using.append(subject.sender.text)
            self._can_undo(subject.id, Count(tag, f"fn:{key}", 3600, -1))
        return counts.add(f"fn:{key}", 3600, counted=new, earlier=was_counted(subject))


def _spread(subject: Subject) -> tuple[str, ...]:
    """What is counted over senders: the text's cluster, and the domains that it leads to."""
    if not isinstance(subject, Communication):
        return ("",)
    domains = dict.fromkeys(link.domain for link in links_of(subject) if not link.shared)
    return (cluster_of(subject.text), *(f"@{domain}" for domain in domains))


def _fan_out(text: tuple[int, int], domain: tuple[int, int]) -> FanOut:
    return FanOut(senders_1h=text[0], messages_1h=text[1], domain_senders_1h=domain[0], domain_messages_1h=domain[1])


# --- what is compared ---------------------------------------------------------------------------------------------

_LINK = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#]\S*)?", re.IGNORECASE)
_DOTTED = re.compile(r"\.[a-z]")  # of folded text: without it there is no link, and this is told much faster
_DIGITS = re.compile(r"\d+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def cluster_of(text: str) -> str:
    """A name for all texts that say the same: compatibility forms folded (NFKC, rulebook 3.4), links cut to their
    host, digits to one, invisible characters and spacing taken out."""
    read = text[:_HASHED]
    folded = (read if read.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", read))).casefold()
    linked = _LINK.sub(r"\1", folded) if _DOTTED.search(folded) else folded
    return _digest(_DIGITS.sub("0", linked).replace(" ", ""))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def _who(person: Callable[[str], str], subject: Subject) -> str:
    """The person a subject is about: to whom it goes, or from whom it came."""
    if isinstance(subject, Knock | Change):
        return ""
    address = subject.sender if subject.direction is Direction.INBOUND else subject.recipient
    return person(address.text)[:24] if address is not None else ""


def _is_call(subject: Subject) -> bool:
    return subject.kind.among(Kind.SPOKEN)


def _is_automated(subject: Subject) -> bool:
    return isinstance(subject, Communication) and subject.automated


def is_new(subject: Subject) -> bool:
    """Whether it counts: asked about for the first time, and not exempt."""
    return subject.attempt == 0 and subject.exemption is None


def was_counted(subject: Subject) -> bool:
    """Whether it is itself among what was counted before."""
    return subject.attempt > 0 and subject.exemption is None
