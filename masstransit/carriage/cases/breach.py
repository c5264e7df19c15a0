"""Breaches of data (rulebook 2.4): which notices are due to whom depends on what was reached and how many it touches.
Whether customers may be told before the agencies had their days is for counsel: the old and the amended text of 47 CFR
64.2011 say otherwise, and which one is in force was not confirmed."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage.cases import deadlines, docket
from masstransit.carriage.cases.docket import Act
from masstransit.errors import BadInput, Conflict

_MANY = 500  # customers, from which the agencies hear of it (FCC 23-111)


class Breach(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a breach."""

    what: str  #: what happened, in a sentence without anybody's data
    customers: int  #: whose data was reached
    harm: bool  #: whether it is likely to do them harm
    personal: bool = False  #: of people in the European Union
    proprietary: bool = True  #: customers' own network information, or what names them
    health: bool = False  #: health information of others, held for them


class Notified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice that was given."""

    whom: str  #: the deadline's name: data-authority, agencies, customers, covered-entities
    how: str  #: by which way, and its number


def opened(act: Act, told: Breach) -> str:
    """Put a breach on record, with the notices that are due from now on; its case. Raises `BadInput`."""
    if not told.what.strip() or told.customers < 0:
        raise BadInput("say what happened, and how many customers it touches", field="what")
    due = {
        "data-authority": told.personal,
        "agencies": told.proprietary and (told.customers >= _MANY or told.harm),
        "customers": told.proprietary and told.harm,
        "covered-entities": told.health,
    }
    opening = docket.Opening(
        kind="breach", about=told.what, details=msgspec.to_builtins(told),
        starts=[name for name, applies in due.items() if applies],
    )  # fmt: skip
    return docket.enter(act, opening)


def notify(act: Act, case: Row[Any], told: Notified) -> dict[str, Any]:
    """A notice was given. Raises `BadInput` for one that is not due."""
    due = [each.name for each in deadlines.running(case) if each.met is None]
    if told.whom not in due or not told.how.strip():
        raise BadInput(f"whom '{told.whom[:32]}': of {', '.join(due) or 'nobody any more'}, and how", field="whom")
    docket.note(act, case, "notified", data=msgspec.to_builtins(told), meets=(told.whom,))
    return {"left": [name for name in due if name != told.whom]}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a breach's case ends. Raises `Conflict` while a notice is due."""
    del act
    left = [each.name for each in deadlines.running(case) if each.met is None]
    if outcome == "notified" and left:
        raise Conflict(f"{case.sid}: {', '.join(left)} were not notified yet")
