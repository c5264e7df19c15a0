"""Cases that concern the account and that it may see: its calls to stop an end user, and notices about what it sends,
which it answers here. What is sealed, and what authorities ask, is not among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Form, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, sheet
from masstransit.carriage.cases import acts
from masstransit.carriage.cases.end_user_stop import HARMS
from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, NotFound
from masstransit.model.case import KINDS
from masstransit.storage import cases

_SEEN = tuple(kind.name for kind in KINDS.values() if kind.shown)
_LONGEST_NAME = 128  # characters of an end user's name, as of the field EndUser of a message
_LONGEST = 256


def _shown(row: Row[Any], base: str) -> dict[str, Any]:
    due = row.due or None
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "kind": row.kind,
        "about": row.about,
        "from": row.requester,
        "reference": row.reference or None,
        "end_user": row.target if row.scope == "end_user" else None,
        "status": row.outcome or "open",
        "next": KINDS[row.kind].deadline(due).says if due else None,
        "date_due": iso8601(row.due_at) if due else None,
        "because": (row.because or None) if row.closed_at is not None else None,
        "date_created": iso8601(row.opened_at),
        "date_closed": iso8601(row.closed_at),
        "url": f"{base}/v1/Cases/{row.sid}",
    }


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(lambda c: cases.shown_to(c, request.account, _SEEN, part))
    return page_v1(
        request,
        asked,
        "cases",
        found,
        lambda row: _shown(row, request.base),
        lambda row: (stamp(row.opened_at), row.sid),
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: _own(c, request))
    return Answer(200, _shown(row, request.base))


async def stop(request: Request, house: House) -> Answer:
    """Stop one end user: what it sends is refused within a second."""
    form = request.form
    name, reason = form.need("EndUser"), form.text("Reason", _LONGEST) or ""
    form.text("EndUser", _LONGEST_NAME)
    told = {"account": request.account, "end_user": name, "harm": form.one_of("Harm", HARMS) or "other"}
    word = Word(by=request.caller.principal, because=reason, at=house.clock.now())

    def keep(connection: Connection) -> Row[Any]:
        calendar = house.business_days
        sid = acts.open_case(connection, house.ledger, "end-user-stop", told, word, calendar=calendar)
        return _found(cases.find(connection, sid, request.account))

    return Answer(201, _shown(await house.database.write(keep), request.base))


async def counter(request: Request, house: House) -> Answer:
    """A counter-notice (17 USC 512(g)(3)): the material is back 10 to 14 business days later, if nobody sues."""
    has, said = _statement(request.form)
    word = Word(by=request.caller.principal, because=said, at=house.clock.now())

    def keep(connection: Connection) -> Row[Any]:
        row = _own(connection, request)
        if row.kind != "copyright":
            raise BadInput("Only a copyright notice is answered by a counter-notice; against others, write to us.")
        told = {"has": ",".join(has)}
        acts.do(connection, house.ledger, row.sid, "counter", told, word, calendar=house.business_days)
        return _own(connection, request)

    return Answer(200, _shown(await house.database.write(keep), request.base))


def _statement(form: Form) -> tuple[Sequence[str], str]:
    """Which of the law's items a counter-notice has, and its words, which are sent on as they are."""
    words = {"signature": "Signature", "material": "Material", "jurisdiction": "Contact"}
    told: Mapping[str, str] = {item: (form.text(field, _LONGEST) or "").strip() for item, field in words.items()}
    sworn, consents = form.flag("Mistake") or False, form.flag("Jurisdiction") or False
    has = [item for item, said in told.items() if said and (item != "jurisdiction" or consents)]
    said = f"signed {told['signature']}; material: {told['material']}; reached at {told['jurisdiction']}"
    return [*has, *(("mistake",) if sworn else ())], said


def _own(connection: Connection, request: Request) -> Row[Any]:
    """The case that the request names, where the account may see it. Raises `NotFound`."""
    row = _found(cases.find(connection, request.parts["sid"], request.account))
    if row.kind not in _SEEN or row.silent:
        raise NotFound("The requested case was not found")
    return row


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("The requested case was not found")
    return row


_SCHEMA = record(
    **{"from": TEXT},
    sid=TEXT,
    account_sid=TEXT,
    kind={"type": "string", "enum": list(_SEEN)},
    about=TEXT,
    reference=MAYBE,
    end_user=MAYBE,
    status=TEXT,
    next=MAYBE,
    date_due=MAYBE,
    because=MAYBE,
    date_created=MAYBE,
    date_closed=MAYBE,
    url=TEXT,
)

ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/Cases",
        endpoint=stop,
        fields=frozenset({"EndUser", "Harm", "Reason"}),
        status=201,
        shows=_SCHEMA,
        summary=f"Stop one end user (EndUser); Harm is one of {', '.join(HARMS)}, Reason says more",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Cases",
        endpoint=read,
        pages=True,
        shows=sheet("cases", _SCHEMA),
        summary="Cases that concern the account and that it may see, the newest first",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Cases/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One case: what it is about, what comes next and by when, or how it ended",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Cases/{sid}",
        endpoint=counter,
        fields=frozenset({"Signature", "Material", "Mistake", "Contact", "Jurisdiction"}),
        shows=_SCHEMA,
        summary="Answer a copyright notice: Signature, Material with its former location, Mistake=true (stated under "
        "penalty of perjury), Contact (name, address, number), Jurisdiction=true (consent to it, and to service)",
    ),
)
