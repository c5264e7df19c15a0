"""Claims to a mark, to somebody's name, voice or likeness, and to privacy (rulebook 15.6): no statute says how they are
made, so that a person looks at each before anything is stopped. What is found right is stopped as by a notice of
rights."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage.cases import docket, notices
from masstransit.carriage.cases.docket import Act
from masstransit.errors import BadInput, Conflict

SORTS = ("trademark", "likeness", "privacy")


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim as it came in."""

    account: str  #: that sends what it is about
    holder: str  #: whose right it is
    right: str  #: the mark and where it is registered, whose likeness, what is private
    reference: str = ""


class Material(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a claim that was found right stops."""

    kind: str = "text"  #: one of `notices.MATERIALS`
    material: str


def opened(act: Act, told: Claim, sort: str) -> str:
    """Put a claim on record; its case. Raises `BadInput`, `NotFound` and `Conflict`."""
    if not told.holder.strip() or not told.right.strip():
        raise BadInput("a claim says whose right it is, and which", field="holder")
    opening = docket.Opening(
        kind=sort,
        account=told.account,
        about=f"{told.holder[:128]}: {told.right[:256]}",
        requester=told.holder.strip(),
        reference=told.reference.strip(),
        details={"right": told.right[:256]},
    )
    return docket.enter(act, opening)


def uphold(act: Act, case: Row[Any], told: Material) -> dict[str, Any]:
    """A person finds the claim right: the material is stopped, and the case ends. Raises `BadInput`."""
    row = {"kind": told.kind, "material": told.material, "holder": case.requester, "work": case.details["right"]}
    notice = notices.put(act.connection, act.ledger, case.account, row | {"complete": True}, act.word.at)
    case = docket.note(act, case, "upheld", data={"notice": notice}, details={**case.details, "notice": notice})
    docket.close(act, case, "stopped")
    return {"notice": notice}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a claim's case ends by somebody's word. Raises `Conflict` for one that has to be upheld."""
    del act
    if outcome == "stopped":
        raise Conflict(f"{case.sid} stops nothing yet: uphold it, and say what is to be stopped")
