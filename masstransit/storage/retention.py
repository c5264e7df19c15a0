"""How long each class of record is kept, and the sweep that erases what is past it (rulebook 0.6).

The figures are floors: the longest law that applies to the class, in days. What is erased leaves its digest in the
ledger, and an `erasure` entry that says what went and on which ground. Accounts on legal hold keep everything
(FRCP 37(e)); opt-outs are never erased, because to forget a STOP is to disobey it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, delete, or_, select, tuple_

from masstransit.storage import tables as t
from masstransit.storage.dialects import either
from masstransit.storage.engine import Database
from masstransit.storage.ledger import Recorder

_YEAR = timedelta(days=366)  # never short of a calendar year
_MARGIN = timedelta(hours=1)  # a decision is made a little before the ledger notes it
#: Events in `records` that end with the relationship, and those that never end: an erasure or a redaction is itself the
#: answer to why something is missing.
_OF_THE_RELATIONSHIP = ("acceptance", "consent", "guideline", "baa", "licence")
_FOR_GOOD = ("opt-out", "block", "erasure", "redaction")


class Class(msgspec.Struct, frozen=True, kw_only=True):
    """A class of record: in which table, from which instant it ages, how long it is kept and why."""

    name: str
    table: Table
    since: Column[Any]
    keep: timedelta | None  #: None: for good
    source: str
    kinds: tuple[str, ...] = ()  #: the ledger's kinds of which these rows are the records; (): not the ledger's
    only: ColumnElement[bool] | None = None  #: which rows of the table; None: all
    evidence: bool = True  #: False: working data, which leaves without an entry in the ledger


def _waiting() -> ColumnElement[bool]:
    """A message that still waits: in the queue, or for a person's word."""
    c, q, h = t.communications.c, t.queue.c, t.holds.c
    return or_(
        select(q.sid).where(q.account == c.account, q.sid == c.sid).exists(),
        select(h.sid).where(h.account == c.account, h.sid == c.sid, h.outcome.is_(None)).exists(),
    )


def _of_a_case() -> ColumnElement[bool]:
    """An entry whose case is still on record."""
    e, c = t.case_events.c, t.cases.c
    return select(c.sid).where(c.account == e.account, c.sid == e.sid).exists()


def _of_a_recording() -> ColumnElement[bool]:
    """What was told before a recording that is still on record."""
    e, r = t.recording_events.c, t.recordings.c
    return select(r.sid).where(r.account == e.account, r.sid == e.sid).exists()


def _has_messages() -> ColumnElement[bool]:
    """A conversation in which something was said that is still on record."""
    c, m = t.conversations.c, t.chat_messages.c
    return select(m.sid).where(m.account == c.account, m.conversation == c.sid).exists()


def _in_no_conversation(table: Table) -> ColumnElement[bool]:
    """What belonged to a conversation that is not on record any more."""
    c, of = t.conversations.c, table.c
    return ~select(c.sid).where(c.account == of.account, c.sid == of.conversation).exists()


def _under_way() -> ColumnElement[bool]:
    """An envelope whose mail still waits."""
    e, q, h = t.mail_envelopes.c, t.queue.c, t.holds.c
    return or_(
        select(q.sid).where(q.account == e.account, q.sid == e.sid).exists(),
        select(h.sid).where(h.account == e.account, h.sid == e.sid, h.outcome.is_(None)).exists(),
    )


def _addressed() -> ColumnElement[bool]:
    """A letter that somebody is still to get."""
    e, m = t.mail_envelopes.c, t.mail_letters.c
    return select(e.sid).where(e.account == m.account, e.letter == m.letter).exists()


_CLOSED = select(t.accounts.c.account).where(t.accounts.c.status == "closed")
_TCPA = "28 USC 1658 (four years to sue, kept for five); 16 CFR 310.5"
_ACCEPTANCE = "contract limitation: the relationship and 6 years, default"

CLASSES: tuple[Class, ...] = (
    Class(name="opt-out", table=t.opt_outs, since=t.opt_outs.c.since, keep=None, source="47 CFR 64.1200(d)(6), VTPPA"),
    Class(name="block", table=t.blocks, since=t.blocks.c.since, keep=None, source="clause 8, default"),
    Class(
        name="message",
        table=t.communications,
        since=t.communications.c.created_at,
        keep=5 * _YEAR,
        source=_TCPA,
        only=~_waiting(),
    ),
    Class(
        name="call",
        table=t.calls,
        since=t.calls.c.offered_at,
        keep=5 * _YEAR,
        source="16 CFR 310.5: call detail; 47 CFR 42.6 asks 18 months",
    ),
    Class(
        name="call that was to be made later",
        table=t.scheduled_calls,
        since=t.scheduled_calls.c.ended_at,
        keep=5 * _YEAR,
        source="as a call, from its end, default; one that waits has none",
    ),
    Class(name="voice mail", table=t.voicemails, since=t.voicemails.c.gone_at, keep=5 * _YEAR, source=_TCPA),
    Class(
        name="conference",
        table=t.conferences,
        since=t.conferences.c.created_at,
        keep=5 * _YEAR,
        source="as the calls that met in it, default",
    ),
    Class(
        name="place of a message in its conversation",
        table=t.chat_messages,
        since=t.chat_messages.c.created_at,
        keep=5 * _YEAR,
        source=_TCPA,
    ),
    Class(
        name="receipt in a conversation",
        table=t.chat_receipts,
        since=t.chat_receipts.c.created_at,
        keep=5 * _YEAR,
        source=_TCPA,
    ),
    Class(
        name="conversation",
        table=t.conversations,
        since=t.conversations.c.updated_at,
        keep=5 * _YEAR,
        source=f"as what was said in it, once nobody can speak in it; {_TCPA}",
        only=or_(t.conversations.c.state == "closed", t.conversations.c.account.in_(_CLOSED)) & ~_has_messages(),
    ),
    Class(
        name="participant of a conversation",
        table=t.chat_participants,
        since=t.chat_participants.c.updated_at,
        keep=5 * _YEAR,
        source=f"clause 8: who left is not asked back as long as the conversation is there; {_TCPA}",
        only=or_(
            _in_no_conversation(t.chat_participants),
            (t.chat_participants.c.state == "out") & (t.chat_participants.c.gone != "left"),
        ),
    ),
    Class(
        name="webhook of a conversation",
        table=t.chat_webhooks,
        since=t.chat_webhooks.c.updated_at,
        keep=timedelta(days=1),
        source="nothing is told of a conversation that is gone, default",
        only=(t.chat_webhooks.c.conversation != "") & _in_no_conversation(t.chat_webhooks),
        evidence=False,
    ),
    Class(
        name="person of a customer in chats",
        table=t.chat_users,
        since=t.accounts.c.updated_at,
        keep=6 * _YEAR,
        source=_ACCEPTANCE,
        only=t.chat_users.c.account.in_(_CLOSED),
    ),
    Class(
        name="block between people in chats",
        table=t.chat_blocks,
        since=t.accounts.c.updated_at,
        keep=6 * _YEAR,
        source=f"clause 8: in force as long as anybody can speak there; {_ACCEPTANCE}",
        only=t.chat_blocks.c.account.in_(_CLOSED),
    ),
    Class(
        name="video room",
        table=t.video_rooms,
        since=t.video_rooms.c.ended_at,
        keep=5 * _YEAR,
        source="as a call, default",
    ),
    Class(
        name="participant of a video room",
        table=t.video_participants,
        since=t.video_participants.c.joined_at,
        keep=5 * _YEAR,
        source="as a call, default",
    ),
    Class(
        name="DMARC report",
        table=t.dmarc_reports,
        since=t.dmarc_reports.c.arrived_at,
        keep=_YEAR,
        source="nobody's content; as long as it tells of a domain's servers, default",
    ),
    Class(name="short link", table=t.short_links, since=t.short_links.c.created_at, keep=5 * _YEAR, source=_TCPA),
    Class(name="medium of a message", table=t.media, since=t.media.c.created_at, keep=5 * _YEAR, source=_TCPA),
    Class(name="fax", table=t.faxes, since=t.faxes.c.created_at, keep=5 * _YEAR, source=_TCPA),
    Class(
        name="file of a message",
        table=t.files,
        since=t.files.c.gone_at,
        keep=timedelta(days=1),
        source="its bytes are erased with the content of its last message; what is left of a sweep cut off, default",
        evidence=False,
    ),
    Class(
        name="envelope of a mail",
        table=t.mail_envelopes,
        since=t.mail_envelopes.c.created_at,
        keep=timedelta(days=7),
        source="mail is tried for five days, and bounces come within two more, default",
        only=~_under_way(),
        evidence=False,
    ),
    Class(
        name="letter as it was handed in",
        table=t.mail_letters,
        since=t.mail_letters.c.created_at,
        keep=timedelta(days=7),
        source="as its envelopes, default",
        only=~_addressed(),
        evidence=False,
    ),
    Class(
        name="decision",
        table=t.decisions,
        since=t.decisions.c.at,
        keep=5 * _YEAR,
        source=_TCPA,
        kinds=("decision",),
    ),
    Class(
        name="event",
        table=t.records,
        since=t.records.c.at,
        keep=5 * _YEAR,
        source=_TCPA,
        kinds=("*",),
        only=t.records.c.kind.not_in((*_OF_THE_RELATIONSHIP, *_FOR_GOOD)),
    ),
    Class(
        name="withdrawn consent",
        table=t.consents,
        since=t.consents.c.withdrawn_at,
        keep=5 * _YEAR,
        source="16 CFR 310.5: consent proof, from its end",
    ),
    Class(
        name="answer about a reassigned number",
        table=t.reassigned,
        since=t.reassigned.c.asked_at,
        keep=5 * _YEAR,
        source=f"47 CFR 64.1200(m): whoever relies on an answer has to show it; {_TCPA}",
    ),
    Class(name="complaint", table=t.complaints, since=t.complaints.c.at, keep=5 * _YEAR, source=_TCPA),
    Class(name="overturn", table=t.overturns, since=t.overturns.c.at, keep=5 * _YEAR, source=_TCPA),
    Class(name="notice of a step", table=t.statements, since=t.statements.c.at, keep=5 * _YEAR, source=_TCPA),
    Class(name="mail with a notice", table=t.mails, since=t.mails.c.at, keep=5 * _YEAR, source=_TCPA),
    Class(
        name="contact of a customer",
        table=t.account_contacts,
        since=t.accounts.c.updated_at,
        keep=184 * timedelta(days=1),
        source="GDPR Art. 5(1)(e): no longer than an appeal may be filed after the end, default",
        only=t.account_contacts.c.account.in_(_CLOSED),
    ),
    Class(name="snooze", table=t.snoozes, since=t.snoozes.c.until, keep=5 * _YEAR, source=_TCPA),
    Class(name="appeal", table=t.appeals, since=t.appeals.c.decided_at, keep=5 * _YEAR, source=_TCPA),
    Class(
        name="case",
        table=t.cases,
        since=t.cases.c.closed_at,
        keep=10 * _YEAR,
        source="31 CFR 501.601, the longest that can apply to one, from its end",
        only=t.cases.c.holds.is_(False),
    ),
    Class(
        name="entry of a case",
        table=t.case_events,
        since=t.case_events.c.at,
        keep=10 * _YEAR,
        source="31 CFR 501.601, with its case",
        only=~_of_a_case(),
    ),
    Class(
        name="recording",
        table=t.recordings,
        since=t.recordings.c.erased_at,
        keep=4 * _YEAR,
        source="rulebook 13: as long as its sound, and four years",
    ),
    Class(
        name="consent to a recording",
        table=t.recording_events,
        since=t.recording_events.c.at,
        keep=4 * _YEAR,
        source="rulebook 13, with its recording",
        only=~_of_a_recording(),
    ),
    Class(
        name="authority order",
        table=t.authority_orders,
        since=t.authority_orders.c.until,
        keep=6 * _YEAR,
        source="45 CFR 164.316(b)(2), the longest that can apply to one, from its end",
    ),
    Class(
        name="acceptance",
        table=t.acceptances,
        since=t.accounts.c.updated_at,
        keep=6 * _YEAR,
        source=_ACCEPTANCE,
        only=t.acceptances.c.account.in_(_CLOSED),
    ),
    Class(
        name="end user",
        table=t.end_users,
        since=t.accounts.c.updated_at,
        keep=6 * _YEAR,
        source=_ACCEPTANCE,
        only=t.end_users.c.account.in_(_CLOSED),
    ),
    Class(
        name="claim to a caller ID",
        table=t.caller_id_claims,
        since=t.caller_id_claims.c.filed_at,
        keep=5 * _YEAR,
        source=f"rulebook 18 asks two years and more; {_TCPA}",
    ),
    Class(
        name="event of a relationship",
        table=t.records,
        since=t.accounts.c.updated_at,
        keep=6 * _YEAR,
        source=_ACCEPTANCE,
        kinds=("*",),
        only=t.records.c.account.in_(_CLOSED) & t.records.c.kind.in_(_OF_THE_RELATIONSHIP),
    ),
    Class(
        name="alert",
        table=t.alerts,
        since=t.alerts.c.at,
        keep=400 * timedelta(days=1),
        source="thirteen months, default",
    ),
    Class(
        name="sum of decisions",
        table=t.tallies,
        since=t.tallies.c.hour,
        keep=400 * timedelta(days=1),
        source="thirteen months, default",
        evidence=False,
    ),
    Class(
        name="call to a customer's server",
        table=t.webhook_attempts,
        since=t.webhook_attempts.c.at,
        keep=timedelta(days=7),
        source="as long as its developer looks into it, default",
        evidence=False,
    ),
    Class(
        name="errand of the desk",
        table=t.errands,
        since=t.errands.c.at,
        keep=400 * timedelta(days=1),
        source="thirteen months, default",
        evidence=False,
    ),
    Class(
        name="session at the pages",
        table=t.sessions,
        since=t.sessions.c.started_at,
        keep=timedelta(days=1),
        source="it ends after twelve hours in any case, default",
        evidence=False,
    ),
    Class(name="act at the pages", table=t.acts, since=t.acts.c.at, keep=6 * _YEAR, source="45 CFR 164.316(b)(2)"),
    Class(name="second look", table=t.second_reviews, since=t.second_reviews.c.first_at, keep=5 * _YEAR, source=_TCPA),
    Class(
        name="carrier's name for a message",
        table=t.carrier_ids,
        since=t.carrier_ids.c.at,
        keep=timedelta(days=30),
        source="a report comes within days or never, default",
        evidence=False,
    ),
    Class(
        name="code of a recipient",
        table=t.recipient_codes,
        since=t.recipient_codes.c.asked_at,
        keep=timedelta(days=2),
        source="counted for a day, default",
        evidence=False,
    ),
    Class(
        name="session of a recipient",
        table=t.recipient_sessions,
        since=t.recipient_sessions.c.since,
        keep=timedelta(days=1),
        source="it ends within hours, default",
        evidence=False,
    ),
)


def held(connection: Connection, now: datetime) -> frozenset[str]:
    """Accounts of which nothing is erased: under an authority's order that has not ended, or a case that holds them,
    and their subaccounts."""
    o, c, a = t.authority_orders.c, t.cases.c, t.accounts.c
    ordered = select(o.account).where(or_(o.until.is_(None), o.until > now))
    kept = select(c.account).where(c.holds.is_(True), or_(c.holds_until.is_(None), c.holds_until > now))
    own = frozenset(connection.execute(ordered.union(kept)).scalars())
    below = connection.execute(select(a.account).where(a.parent.in_(own))).scalars()
    return own | frozenset(below)


def sweep(
    connection: Connection, ledger: Recorder, now: datetime, *, batch: int = 1000, classes: Sequence[Class] = CLASSES
) -> dict[str, int]:
    """Erase up to `batch` rows of each class that are past it; how many of each. Nothing left: an empty dict."""
    spared = held(connection, now)
    counts = {each.name: _erase(connection, ledger, each, now, spared, batch) for each in classes if each.keep}
    return {name: count for name, count in counts.items() if count}


async def sweep_all(database: Database, ledger: Recorder, now: datetime, *, batch: int = 1000) -> Mapping[str, int]:
    """Erase all that is past its class, in transactions short enough for those who write meanwhile."""
    total: Counter[str] = Counter()
    while counts := await database.write(lambda c: sweep(c, ledger, now, batch=batch)):
        total.update(counts)
    return dict(total)


def _erase(  # noqa: PLR0917 - one class of one sweep
    connection: Connection, ledger: Recorder, each: Class, now: datetime, spared: frozenset[str], batch: int
) -> int:
    if each.keep is None:
        return 0
    before = now - each.keep
    keys = _past(connection, each, before - _MARGIN, spared, batch)
    if not keys:
        return 0
    primary = list(each.table.primary_key)
    kinds = _kinds(connection, each, keys)
    connection.execute(delete(each.table).where(tuple_(*primary).in_(keys)))
    if each.evidence:
        said = {"class": each.name, "source": each.source, "kinds": kinds, "count": len(keys)}
        # what ages with its account is younger than the account's end, so the entry answers up to now
        said["before"] = before if each.since.table is each.table else now
        events = [(account, "erasure", each.name, said | {"spared": sorted(spared)}) for account in _named(each, keys)]
        ledger.record_all(connection, events, now)
    return len(keys)


def _named(each: Class, keys: Sequence[tuple[Any, ...]]) -> list[str]:
    """For whom the entry answers: for all accounts, or for those whose relationship ended."""
    if each.since.table is each.table:
        return [""]
    return sorted({key[0] for key in keys})


def _past(
    connection: Connection, each: Class, before: datetime, spared: frozenset[str], batch: int
) -> list[tuple[Any, ...]]:
    """Keys of rows that are past their class."""
    found = select(*each.table.primary_key).where(each.since < before).limit(batch)
    if each.since.table is not each.table:
        found = found.join(each.since.table, each.since.table.c.account == each.table.c.account)
    if each.only is not None:
        found = found.where(each.only)
    if spared and "account" in each.table.c:
        found = found.where(each.table.c.account.not_in(spared))
    return [tuple(row) for row in connection.execute(found)]


def _kinds(connection: Connection, each: Class, keys: Sequence[tuple[Any, ...]]) -> list[str]:
    """The ledger's kinds of the rows that go."""
    if each.kinds != ("*",):
        return list(each.kinds)
    found = select(t.records.c.kind).where(either((t.records.c.account, t.records.c.id), "keys")).distinct()
    return sorted(connection.execute(found, {"keys": keys}).scalars())
