"""What people said after they got messages: complaints, opt-outs, and answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, or_, select

from masstransit.storage import consents
from masstransit.storage.tables import communications, complaints, opt_outs


class Got(msgspec.Struct, frozen=True):
    """A message that went to a person."""

    sid: str
    person: str
    at: datetime


class Aftermath(msgspec.Struct, frozen=True):
    """Which of some messages were followed by a complaint of their person, by an opt-out, or by anything else that the
    person wrote back."""

    complained: frozenset[str] = frozenset()
    opted_out: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()


def after(connection: Connection, account: str, messages: Sequence[Got], within: timedelta) -> Aftermath:
    """What followed an account's messages: a complaint about the message itself, or anything that its person said of
    the sender within some time."""
    if not messages:
        return Aftermath()
    people, first = {m.person for m in messages}, min(m.at for m in messages)
    c, o = complaints.c, opt_outs.c
    said = connection.execute(
        select(c.communication, c.person, c.at).where(
            c.account == account,
            or_(c.communication.in_([m.sid for m in messages]), c.person.in_(people) & (c.at >= first)),
        )
    ).all()
    root = consents.root_of(connection, account)
    left = connection.execute(select(o.person, o.since).where(o.account == root, o.person.in_(people))).all()
    m = communications.c
    mine = (m.account == account, m.person.in_(people), m.direction == "inbound", m.created_at >= first)
    wrote = connection.execute(select(m.person, m.created_at).where(*mine, m.exemption.is_(None))).all()
    named = {row.communication for row in said}
    complaints_of = _by_person((row.person, row.at) for row in said)
    opt_outs_of = _by_person((row.person, row.since) for row in left)
    answers_of = _by_person((row.person, row.created_at) for row in wrote)
    return Aftermath(
        frozenset(m.sid for m in messages if m.sid in named or _followed(m, complaints_of, within)),
        frozenset(m.sid for m in messages if _followed(m, opt_outs_of, within)),
        frozenset(m.sid for m in messages if _followed(m, answers_of, within)),
    )


def _by_person(said: Iterable[tuple[str | None, datetime]]) -> Mapping[str, Sequence[datetime]]:
    found: dict[str, list[datetime]] = defaultdict(list)
    for person, at in said:
        found[person or ""].append(at)
    return found


def _followed(message: Got, said: Mapping[str, Sequence[datetime]], within: timedelta) -> bool:
    return any(message.at <= at <= message.at + within for at in said.get(message.person, ()))
