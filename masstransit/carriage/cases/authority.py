"""Requests of authorities (rulebook 14.1, 14.4, 14.5): verified by a call-back, answered as far as their process goes.

    subpoena        18 USC 2703(c)(2)        who the subscriber is
    court-order     18 USC 2703(d)           and records of its messages: from, to, when
    warrant         18 USC 2703(a), (b)      and what they say
    preservation    18 USC 2703(f)           nothing; it is kept for 90 days, and once for 90 more
    emergency       18 USC 2702(b)(8), (c)(4)  what a danger to life makes necessary: within the hour
    nsl             18 USC 2709              who the subscriber is
    suspension      clause 14                nothing; what it names is stopped
    pen-trap, wiretap, foreign, informal     nothing from here: see `PROCESSES`

From the moment a request is on record nothing of its account is erased. Its customer sees nothing of the case; what a
suspension stops it is told, unless there is a gag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.cases import deadlines, docket, orders
from masstransit.carriage.cases.docket import Act, Nothing
from masstransit.carriage.cases.verifying import CallBack, checked, stoppable, unit
from masstransit.errors import BadInput, Conflict
from masstransit.model.case import KINDS
from masstransit.storage import cases, ways

SUBSCRIBER, RECORDS, CONTENT = "subscriber", "records", "content"
_AT_MOST = 50_000  # messages of one disclosure
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of process, and how far it goes."""

    law: str
    discloses: frozenset[str] = frozenset()
    starts: str = "answer"  #: the deadline that counts from its coming in
    instead: str = ""  #: where nothing is disclosed: what it takes, or who does it


PROCESSES: Mapping[str, Process] = {
    "suspension": Process(law="clause 14", starts="suspend", instead="it stops what it names, and discloses nothing"),
    "subpoena": Process(law="18 USC 2703(c)(2)", discloses=frozenset({SUBSCRIBER})),
    "nsl": Process(law="18 USC 2709", discloses=frozenset({SUBSCRIBER})),
    "court-order": Process(law="18 USC 2703(d)", discloses=frozenset({SUBSCRIBER, RECORDS})),
    "warrant": Process(law="18 USC 2703(a), (b)", discloses=frozenset({SUBSCRIBER, RECORDS, CONTENT})),
    "emergency": Process(
        law="18 USC 2702(b)(8), (c)(4)", discloses=frozenset({SUBSCRIBER, RECORDS, CONTENT}), starts="review"
    ),
    "preservation": Process(law="18 USC 2703(f)", starts="preserve", instead="it takes process to disclose anything"),
    "pen-trap": Process(law="18 USC 3121 ff.", instead="it is of what is to come: counsel arranges it"),
    "wiretap": Process(law="18 USC 2516; 47 USC 1002", instead="it is of what is to come: counsel arranges it"),
    "foreign": Process(
        law="18 USC 2702, 2523", instead="it takes a treaty's request through a court here, or a CLOUD Act agreement"
    ),
    "informal": Process(law="18 USC 2702", instead="it takes process; what is asked about is kept meanwhile"),
}


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request as it came in."""

    account: str
    authority: str
    reference: str  #: the authority's own
    process: str  #: one of `PROCESSES`
    unit: str = ""  #: SCOPE:TARGET; "": the whole account
    contact: str = ""  #: the number that the request gives; it is not the one to call back
    since: datetime | None = None  #: of what is asked for; None: from the beginning
    until: datetime | None = None  #: None: up to when it came in
    by_when: datetime | None = None  #: the day that the process sets
    gag: bool = False  #: the customer must not be told


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be disclosed."""

    what: tuple[str, ...]  #: of subscriber, records, content


def opened(act: Act, told: Request) -> str:
    """Put a request on record; its case. From now on nothing of the account is erased. Raises `BadInput`, `NotFound`
    and `Conflict`."""
    process = PROCESSES.get(told.process)
    if process is None:
        raise BadInput(f"process '{told.process[:32]}': one of {', '.join(PROCESSES)}", field="process")
    if not told.authority.strip() or not told.reference.strip():
        raise BadInput("a request has the authority's name and its reference", field="authority")
    scope, target = (stoppable if told.process == "suspension" else unit)(told.unit, told.account)
    span = [told.since or _FIRST, told.until or act.word.at]
    if span[0] >= span[1]:
        raise BadInput("'since' lies before 'until'", field="since")
    sid = docket.enter(
        act,
        docket.Opening(
            kind="authority",
            account=told.account,
            about=f"{told.process} ({process.law}) about {scope.replace('_', ' ')}",
            requester=told.authority.strip(),
            reference=told.reference.strip(),
            scope=scope,
            target=target,
            silent="gag" if told.gag else "request",
            details={"process": told.process, "contact": told.contact, "gag": told.gag, "span": span},
            starts=(process.starts,),
            due={process.starts: told.by_when} if told.by_when and process.starts == "answer" else {},
            holds=True,
        ),
    )
    if told.process == "preservation":
        _keep_until_due(act, docket.found(act.connection, sid))
    return sid


def verify(act: Act, case: Row[Any], told: CallBack) -> dict[str, str]:
    """The authority was called back. A suspension that is genuine is carried out at once; a request that is not ends
    the case. What was done. Raises `BadInput` and `Conflict`."""
    verified = {**checked(case, told), "by": act.word.name, "at": act.word.at.isoformat()}
    if not told.genuine:
        case = docket.note(act, case, "call-back", data=verified | {"genuine": False})
        docket.close(act, case, "forged")
        return {"closed": "forged"}
    done: dict[str, str] = {}
    if case.details["process"] == "suspension":
        done = orders.carry_out(act, case, gag=case.details["gag"])
    details = {**case.details, "verified": verified, **done}
    docket.note(act, case, "verified", data=verified | done, meets=("suspend",), details=details)
    return done


def disclose(act: Act, case: Row[Any], told: Asked) -> dict[str, Any]:
    """What goes to the authority: no more than its process allows, of the unit and the time that it names. That it
    went, how much and its digest are on record. Raises `BadInput` for what the process does not reach, and `Conflict`
    before it is verified."""
    process, wanted = PROCESSES[case.details["process"]], frozenset(told.what)
    if not case.details.get("verified"):
        raise Conflict(f"{case.sid} is not verified: call {case.requester} back at a number that it publishes")
    if beyond := sorted(wanted - process.discloses):
        reach = ", ".join(sorted(process.discloses)) or f"nothing: {process.instead}"
        raise BadInput(f"{case.details['process']} ({process.law}) does not reach {beyond[0]}; it reaches {reach}")
    if not wanted:
        raise BadInput(f"say what: of {', '.join(sorted(process.discloses))}", field="what")
    made = {"case": case.sid, "authority": case.requester, "reference": case.reference, "law": process.law}
    if SUBSCRIBER in wanted:
        made["subscriber"] = ways.subscriber(act.connection, case.account)
    if wanted & {RECORDS, CONTENT}:
        made["messages"] = _messages(act.connection, case, content=CONTENT in wanted)
    digest = hashlib.sha256(msgspec.json.encode(made, order="deterministic")).hexdigest()
    counted = {"what": sorted(wanted), "messages": len(made.get("messages", ())), "sha256": digest}
    docket.note(act, case, "disclosed", data=counted, meets=("answer", "review"))
    return made


def renew(act: Act, case: Row[Any], told: Nothing) -> dict[str, str]:
    """A preservation is renewed for another 90 days, once. Raises `Conflict`."""
    del told
    if case.details["process"] != "preservation":
        raise Conflict(f"{case.sid} is no preservation: there is nothing to renew")
    if case.details.get("renewed"):
        raise Conflict(f"{case.sid} was renewed before, and is so once (18 USC 2703(f)(2))")
    if not case.details.get("verified"):
        raise Conflict(f"{case.sid} is not verified: call {case.requester} back at a number that it publishes")
    (first,) = (each for each in deadlines.running(case) if each.name == "preserve")
    days = timedelta(days=KINDS["authority"].deadline("preserve").count)
    again = msgspec.structs.replace(first, due=first.due + days, met=None)
    renewed = docket.note(act, case, "renewed", starts=(again,), details={**case.details, "renewed": True})
    _keep_until_due(act, renewed)
    return {"until": again.due.isoformat()}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a request's case ends: what it stopped may go again. Raises `Conflict` for an answer that was not
    given."""
    if outcome == "answered" and not cases.entries(act.connection, case.account, case.sid, "disclosed"):
        raise Conflict(f"{case.sid} was not answered: disclose what its process allows, or say how else it ended")
    orders.take_back(act, case)


def _keep_until_due(act: Act, case: Row[Any]) -> None:
    """A preservation holds as long as its days count."""
    (until,) = (each.due for each in deadlines.running(case) if each.name == "preserve")
    cases.set_hold(act.connection, case, holds=True, until=until)


def _messages(connection: Connection, case: Row[Any], *, content: bool) -> list[dict[str, Any]]:
    since, until = (datetime.fromisoformat(at) for at in case.details["span"])
    unit_, span = (case.scope, case.target), (since, until)
    found = ways.of_unit(connection, [case.account], unit_, span, at_most=_AT_MOST + 1, content=content)
    if len(found) > _AT_MOST:
        raise BadInput(f"that is more than {_AT_MOST:,} messages: ask the authority for a narrower time or unit")
    return [row._asdict() for row in found]
