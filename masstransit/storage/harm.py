"""What customers sent, or tried to send, that is found to harm: messages that were refused for it, and messages that
went out with a file that is found to harm by now. What a person overturned is marked, and left to whoever counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Text, and_, select, true, type_coerce

from masstransit.storage import decisions as record
from masstransit.storage import files
from masstransit.storage.tables import communications, decisions, media, overturns, standing
from masstransit.storage.tables import files as kept

_C = communications.c
_MOST = 1000  # messages of one look, the newest


class Harm(msgspec.Struct, frozen=True, kw_only=True):
    """A message with files that harm."""

    account: str
    message: str
    end_user: str | None
    campaign: str | None
    at: datetime  #: when it was refused, or else offered
    found: Mapping[str, tuple[str, ...]]  #: digest of a file -> what was found in it
    overturned: bool = False  #: a person said that it was refused wrongly


def refused(connection: Connection, rule: str, since: datetime, *, of: Collection[str] | None = None) -> list[Harm]:
    """Messages of customers that a rule about files refused since then, the newest first: of some accounts, or of all.
    The rule's evidence tells `digests` and `names`."""
    d, o = decisions.c, overturns.c
    query = (
        select(_C.end_user, _C.campaign, o.way, decisions)
        .join(communications, and_(_C.account == d.account, _C.sid == d.subject))
        .join(overturns, and_(o.account == d.account, o.decision == d.id), isouter=True)
        .where(d.stopped_by == rule, d.at >= since, _mine(of), _C.direction == "outbound")
        .order_by(d.at.desc(), d.id)
        .limit(_MOST)
    )
    found = []
    for row in connection.execute(query):
        evidence = next(f.evidence for f in record.read(row).findings if f.rule == rule)
        names = tuple(evidence.get("names", ()))
        harm = Harm(
            account=row.account,
            message=row.subject,
            end_user=row.end_user,
            campaign=row.campaign,
            at=row.at,
            found=dict.fromkeys(evidence.get("digests", ()), names),
            overturned=row.way is not None,
        )
        found.append(harm)
    return found


def went_out(connection: Connection, since: datetime, *, of: Collection[str]) -> list[Harm]:
    """Messages of some accounts that went out since then with a file that is found to harm by now, the newest first."""
    query = (
        select(kept, _C.sid.label("message"), _C.end_user, _C.campaign, _C.created_at)
        .join(media, and_(media.c.account == kept.c.account, media.c.sid == kept.c.sid))
        .join(communications, and_(_C.account == media.c.account, _C.sid == media.c.message))
        .where(
            kept.c.account.in_(of),
            type_coerce(kept.c.look, Text).contains('"state":"found"'),
            _C.created_at >= since,
            _C.direction == "outbound",
            _C.sent_at.is_not(None),
        )
        .order_by(_C.created_at.desc(), _C.sid)
        .limit(_MOST)
    )
    found = []
    for row in connection.execute(query):
        scan = files.medium(row).look.scan
        if scan.state != "found":  # the words stood elsewhere, in a text that was read off a picture
            continue
        found.append(
            Harm(
                account=row.account,
                message=row.message,
                end_user=row.end_user,
                campaign=row.campaign,
                at=row.created_at,
                found={row.digest: scan.names},
            )
        )
    return found


def last_step(connection: Connection, account: str, rule: str, end_user: str | None, *, lifter: str) -> datetime | None:
    """When a rule last brought about a step against an end user of an account, or against what of it names none; one
    that was lifted counts too, unless it was by `lifter`."""
    s = standing.c
    unit = and_(s.scope == "end_user", s.target == end_user) if end_user else s.scope != "end_user"
    query = select(s.since).where(s.account == account, s.rule == rule, unit, s.undone_by.is_distinct_from(lifter))
    return connection.execute(query.order_by(s.since.desc()).limit(1)).scalar_one_or_none()


def steps(connection: Connection, rule: str, at: datetime) -> list[Any]:
    """The steps of a rule that stand, whoever they are against."""
    s = standing.c
    stand = (s.rule == rule, s.undone_at.is_(None), s.expires_at > at)
    return list(connection.execute(select(standing).where(*stand).order_by(s.since, s.step_id)))


def _mine(of: Collection[str] | None) -> ColumnElement[bool]:
    return true() if of is None else decisions.c.account.in_(of)
