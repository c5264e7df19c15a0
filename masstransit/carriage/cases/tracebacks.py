"""Tracebacks (47 CFR 64.1200(n)(1); rulebook 14.2): within 24 hours, weekends included, whoever may ask hears from
whom a message or a call came to us and to whom it went on; of a call, how far it was vouched for and why. What was
said is no part of that, and is not looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.cases import docket
from masstransit.carriage.cases.docket import Act
from masstransit.errors import BadInput, Conflict
from masstransit.model.address import parse
from masstransit.storage import accounts, cases, decisions, numbers, ways

_AT_MOST = 1000  # messages, and calls, of one traceback
_LONGEST = 24 * 60  # minutes to either side


class Trace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be traced back."""

    requester: str  #: the industry's traceback group, the Commission, an authority
    reference: str
    sender: str = ""  #: the number or name that people saw; "": any
    recipient: str = ""  #: the number that it came to; "": any
    at: datetime  #: when it came
    minutes: int = 15  #: to either side, because clocks differ


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the requester was found to be who it says."""

    known_by: str  #: its portal, a call-back to a published number ...


def opened(act: Act, told: Trace) -> str:
    """Put a traceback on record; its case. Raises `BadInput` and `Conflict`."""
    if not told.requester.strip() or not told.reference.strip():
        raise BadInput("a traceback has who asks, and its reference", field="requester")
    if not told.sender and not told.recipient:
        raise BadInput("say the number that it came from, or the one that it came to", field="sender")
    if not 1 <= told.minutes <= _LONGEST:
        raise BadInput(f"minutes {told.minutes}: from 1 to {_LONGEST}", field="minutes")
    ends = {
        "sender": parse(told.sender).text if told.sender else "",
        "recipient": parse(told.recipient).text if told.recipient else "",
    }
    return docket.enter(
        act,
        docket.Opening(
            kind="traceback",
            about=f"from whom it came at {told.at:%Y-%m-%d %H:%M} UTC, and where it went",
            requester=told.requester.strip(),
            reference=told.reference.strip(),
            details={**ends, "at": told.at, "minutes": told.minutes},
        ),
    )


def answer(act: Act, case: Row[Any], told: Known) -> dict[str, Any]:
    """The record to send: the way of each message and call, with no content; the case ends by it. Raises `BadInput`."""
    if not told.known_by.strip():
        raise BadInput("say how the requester was found to be who it says", field="known_by")
    asked = _asked(case.details)
    made = {
        "case": case.sid, "requester": case.requester, "reference": case.reference, "answered_at": act.word.at,
        "messages": [_told(*each) for each in _found(act.connection, *asked)],
        "calls": [_told_of_call(*each) for each in _calls(act.connection, *asked)],
    }  # fmt: skip
    digest = hashlib.sha256(msgspec.json.encode(made, order="deterministic")).hexdigest()
    counted = {name: len(made[name]) for name in ("messages", "calls")}
    data = {"known_by": told.known_by[:256], **counted, "sha256": digest}
    case = docket.note(act, case, "answered", data=data, meets=("answer",))
    docket.close(act, case, "answered" if any(counted.values()) else "nothing-found")
    return made


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a traceback ends by somebody's word. Raises `Conflict` for an answer that was not given."""
    if outcome == "answered" and not cases.entries(act.connection, case.account, case.sid, "answered"):
        raise Conflict(f"{case.sid} was not answered: answer makes the record to send")


#: Both ends, and between when.
_Asked: TypeAlias = tuple[tuple[str, str], tuple[datetime, datetime]]


def _asked(details: Mapping[str, Any]) -> _Asked:
    at, span = datetime.fromisoformat(details["at"]), timedelta(minutes=details["minutes"])
    return (details["sender"], details["recipient"]), (at - span, at + span)


def _found(
    connection: Connection, ends: tuple[str, str], between: tuple[datetime, datetime]
) -> Iterator[tuple[Row[Any], str, list[str]]]:
    """Each message with its customer's name, and the carriers' names for it."""
    rows = ways.between(connection, _whose(connection, ends[0]), ends, between, at_most=_AT_MOST + 1)
    _must_be_few(rows, "messages")
    names = ways.carriers_names(connection, [row.sid for row in rows])
    for row in rows:
        yield row, _known_as(connection, row.account), names.get(row.sid, [])


def _calls(
    connection: Connection, ends: tuple[str, str], between: tuple[datetime, datetime]
) -> Iterator[tuple[Row[Any], str, Mapping[str, Any]]]:
    """Each call with its customer's name, and the facts on which it was let go on. Whoever has a number, others may
    have shown it."""
    rows = ways.calls_between(connection, accounts.names(connection), ends, between, at_most=_AT_MOST + 1)
    _must_be_few(rows, "calls")
    made = decisions.by_ids(connection, [(row.account, row.decision) for row in rows if row.decision])
    for row in rows:
        decision = made.get((row.account, row.decision))
        yield row, _known_as(connection, row.account), decision.facts if decision is not None else {}


def _must_be_few(rows: Sequence[Row[Any]], what: str) -> None:
    if len(rows) > _AT_MOST:
        raise BadInput(f"that is more than {_AT_MOST:,} {what}: say both numbers, or fewer minutes")


def _known_as(connection: Connection, account: str) -> str:
    customer = accounts.find(connection, account)
    return customer.friendly_name if customer is not None else ""


def _whose(connection: Connection, sender: str) -> Collection[str]:
    """Whose messages are looked at: those of who has the number, or of everybody."""
    row = numbers.look_up(connection, sender) if sender else None
    return [row.account] if row is not None and row.account else accounts.names(connection)


def _told(row: Row[Any], customer: str, names: list[str]) -> dict[str, Any]:
    """A message's way: upstream the customer and its door, downstream the carrier."""
    return {
        "message": row.sid, "kind": row.kind, "from": row.sender, "to": row.recipient, "received_at": row.created_at,
        "upstream_account": row.account, "upstream_name": customer, "upstream_credential": row.principal,
        "upstream_channel": row.channel, "end_user": row.end_user, "campaign": row.campaign, "sent_at": row.sent_at,
        "downstream_carrier": row.trunk, "downstream_ids": names, "status": row.status, "ended_at": row.done_at,
    }  # fmt: skip


def _told_of_call(row: Row[Any], customer: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A call's way. One of a customer's came from there, and went on to a carrier with our word; one to a customer came
    from a carrier with the word of whoever signed it."""
    inbound = row.direction == "inbound"
    right, verified = _fact(facts, "CallerRight"), _fact(_fact(facts, "Verified"), "verification")
    word = verified if inbound else right
    return {
        "call": row.sid, "part_of": row.parent, "direction": row.direction, "from": row.sender, "to": row.recipient,
        "received_at": row.offered_at,
        "upstream_account": "" if inbound else row.account, "upstream_name": "" if inbound else customer,
        "upstream_carrier": row.trunk or row.principal if inbound else "",
        "upstream_credential": "" if inbound else row.principal, "end_user": row.end_user, "campaign": row.campaign,
        "downstream_account": row.account if inbound else "", "downstream_name": customer if inbound else "",
        "downstream_carrier": "" if inbound else row.trunk,
        "attestation": word.get("attestation", ""),
        "attested_because": verified.get("reason", "") if inbound else right.get("because", ""),
        "signer": verified.get("signer", ""), "origin_id": verified.get("origin", ""),
        "answered_at": row.answered_at, "ended_at": row.ended_at, "status": row.status, "sip": row.response,
    }  # fmt: skip


def _fact(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What was learned, as the record keeps it; {} where nothing was."""
    found = facts.get(name)
    return found if isinstance(found, Mapping) else {}
