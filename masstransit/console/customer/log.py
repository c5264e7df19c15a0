"""A customer's log of messages: what their numbers sent and received, and how each was decided.

    GET  /account/log         by day, number, status and verdict
    GET  /account/log/{sid}   one, with its decision cards

Calls are listed and shown by `calls`, which asks for them in the same way.

A card says what the account may know: the clause, a plain sentence and the remedy. What a finding rests on (figures,
words) is told to senders with proven standing alone, and of no rule that looks for who tries to get round the rules
(rulebook 3.3). What an authority asks is never shown (`storage.verdicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clause import Clause
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import E164, masked, parse
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.model.user import Right
from masstransit.storage import (
    accounts,
    communications,
    decisions,
    media,
    notices,
    numbers,
    overturns,
    queue,
    traffic_log,
    verdicts,
    webhook_attempts,
)
from masstransit.storage.paging import Sheet, Slice
from masstransit.storage.traffic_log import Wanted
from masstransit.story import evidence

STATUSES = (
    "queued", "accepted", "scheduled", "sending", "sent", "delivered", "undelivered", "failed", "canceled", "refused",
    "received", "read",
)  # fmt: skip
CARDS = 20  #: that are shown at most
_CALLS = 20
#: Finds what is wanted of an account's log.
_Of: TypeAlias = Callable[[Connection, str, Wanted, Slice], Sheet]
#: Clauses whose findings are told without what they rest on, whoever asks: it would teach how to get round them.
_COVERED = frozenset({"2", "3", "14"})
_SAID_WHEN: Mapping[Moment, str] = {
    Moment.ADMISSION: "at the door",
    Moment.OFFER: "before it went out",
    Moment.CHANGE: "as it changed",
    Moment.OUTCOME: "by what became of it",
}


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as its account may see it."""

    decision: Decision
    when: str
    deciding: Finding | None
    place: str = ""  #: which clause, by its title
    rests: Sequence[str] = ()  #: what it rests on, a line each
    others: Sequence[Finding] = ()  #: what else binds
    taken_back: Row[Any] | None = None
    appealable: bool = False


# --- the list -------------------------------------------------------------------------------------------------------


async def listed(house: House, asked: Asked) -> Answer:
    """The log, or the part of it that is asked for."""
    return await part_of(house, asked, traffic_log.messages_of, "customer/log.html", STATUSES)


async def part_of(house: House, asked: Asked, of: _Of, template: str, statuses: Sequence[str]) -> Answer:
    """What is asked for of a log, by a page of its own."""
    part, fields = asked.slice(instant, str), {name: asked.query.get(name) for name in _FIELDS}
    day, address = _day(fields["day"]), parse(fields["number"]) if fields["number"] else None
    _known(fields, statuses)

    def look(connection: Connection) -> tuple[Wanted, Any]:
        wanted = Wanted(status=fields["status"] or None, verdict=fields["verdict"] or None)
        if address is not None:
            own = numbers.owners(connection, [address.text]).get(address.text) == asked.who.account
            if own or not isinstance(address, E164):
                wanted = msgspec.structs.replace(wanted, own=address.text)
            else:
                wanted = msgspec.structs.replace(wanted, person=house.keys.person(address.text))
        if wanted.needs_day or day is not None:
            begins = datetime.combine(day or asked.now.astimezone(UTC).date(), time(), UTC)
            wanted = msgspec.structs.replace(wanted, since=begins, until=begins + timedelta(days=1))
        return wanted, of(connection, asked.who.account, wanted, part)

    wanted, found = await house.database.survey(look)
    if wanted.since is not None:
        fields["day"] = f"{wanted.since:%Y-%m-%d}"
    query = urlencode({name: value for name, value in fields.items() if value})
    choices = {"statuses": statuses, "verdicts": [verdict.name for verdict in Verdict]}
    values = {"sheet": found, "fields": fields, "query": f"&{query}" if query else "", "shown": shown_to}
    return Shown(template, {**values, **choices, "assumed": wanted.since is not None and day is None})


_FIELDS = ("day", "number", "status", "verdict")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise BadInput("Day: write it as 2026-01-31", field="day") from wrong


def _known(fields: Mapping[str, str], statuses: Sequence[str]) -> None:
    """Raises `BadInput` for a status or verdict that there is not."""
    if fields["status"] and fields["status"] not in statuses:
        raise BadInput(f"Status: one of {', '.join(statuses)}", field="status")
    if fields["verdict"] and fields["verdict"] not in Verdict.__members__:
        raise BadInput(f"Verdict: one of {', '.join(Verdict.__members__)}", field="verdict")


def shown_to(row: Row[Any]) -> str:
    """A recipient as the account may read it: masked once it has ended, where the account asked for that."""
    hidden = row.attrs.get("obfuscate") and row.done_at is not None
    return masked(row.recipient) if hidden else str(row.recipient)


# --- one ------------------------------------------------------------------------------------------------------------


async def one(house: House, asked: Asked) -> Answer:
    """A message, and what was decided about it."""
    account, sid = asked.who.account, asked.parts["sid"]
    if sid.startswith("CA"):
        return Went(f"/account/log/calls/{sid}")

    def look(connection: Connection) -> dict[str, Any]:
        row = communications.find(connection, account, sid)
        if row is None:
            raise NotFound(f"there is nothing {sid[:40]} in your log")
        made = verdicts.about(connection, account, sid)[:CARDS]
        return {
            "row": row,
            "cards": cards(connection, house, account, [decisions.read(each) for each in made]),
            "hold": queue.hold_of(connection, account, sid),
            "locked": media.locked(connection, account, at_most=1, message=sid),
            "source": media.source_of(connection, account, sid),
            "calls_made": webhook_attempts.about(connection, account, sid, _CALLS),
            "under_way": notices.under_way(connection, account, _CALLS, about=sid),
        }

    return Shown("customer/log_one.html", {**await house.database.survey(look), "shown": shown_to})


def cards(connection: Connection, house: House, account: str, made: Sequence[Decision]) -> Sequence[Card]:
    """Decisions as cards, in their order."""
    holder = accounts.find(connection, account)
    proven = holder is not None and holder.proven
    wrong = overturns.of_decisions(connection, [(account, each.id) for each in made])
    titles = {clause.number: clause.title for clause in _policy(house)}
    return [_card(each, titles, wrong.get((account, each.id)), proven=proven) for each in made]


def _policy(house: House) -> Sequence[Clause]:
    return house.in_force.policy


def _card(decision: Decision, titles: Mapping[str, str], wrong: Row[Any] | None, *, proven: bool) -> Card:
    deciding = decision.deciding
    binding = [finding for finding in decision.findings if finding.mode is Mode.ENFORCED and finding is not deciding]
    told = deciding is not None and proven and deciding.clause not in _COVERED
    return Card(
        decision=decision,
        when=_SAID_WHEN.get(decision.moment, ""),
        deciding=deciding,
        place=titles.get(deciding.clause, "") if deciding is not None else "",
        rests=list(evidence(_own(deciding))) if deciding is not None and told else (),
        others=binding,
        taken_back=wrong,
        appealable=decision.stopped_by is not None and wrong is None,
    )


def _own(finding: Finding) -> Mapping[str, Any]:
    """What a finding rests on, but for the step's name: not of every step may its sender be told."""
    return {name: value for name, value in finding.evidence.items() if name != "step"}


PAGES: Sequence[Page] = (
    page("/account/log", Right.READ_LOG, listed),
    page("/account/log/{sid}", Right.READ_LOG, one),
)
