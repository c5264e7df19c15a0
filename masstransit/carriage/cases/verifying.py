"""Whether a request is genuine (rulebook 14.1): a person calls the authority back at a number that it publishes itself.
Forged requests are a known abuse, so that nothing is disclosed or stopped before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.errors import BadInput, Conflict
from masstransit.model.address import e164, parse


class CallBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who was called back, and what they said."""

    called: str  #: the authority's number, which it publishes
    published: str  #: where it does: a page, a directory
    spoke_to: str  #: the person's name and office
    genuine: bool  #: whether they know the request


def unit(told: str, account: str) -> tuple[str, str]:
    """Scope and target, told as SCOPE:TARGET; "" is the whole account."""
    scope, _, target = told.partition(":")
    if scope in {"", "account"}:
        return "account", target.strip() or account
    if scope == "number":
        return scope, parse(target).text
    return scope, target.strip()


def stoppable(told: str, account: str) -> tuple[str, str]:
    """The same of a unit that can be stopped. Raises `BadInput` for a message, which is none."""
    scope, target = unit(told, account)
    if scope == "message":
        raise BadInput("a message can't be stopped: name a number, campaign, end user or account", field="unit")
    return scope, target


def checked(case: Row[Any], told: CallBack) -> Mapping[str, str]:
    """What goes on record of a call-back. Raises `Conflict` where there was one, and `BadInput` for a number that
    can't be, or that came with the request itself."""
    if case.details.get("verified"):
        raise Conflict(f"{case.sid} is verified already: {case.details['verified']['spoke_to']} was called")
    called = e164(told.called)
    given = case.details.get("contact", "")
    if given and parse(given).text == called.text:
        raise BadInput(
            "the number that was called came with the request: call one that the authority publishes itself",
            field="called",
        )
    if not told.published.strip() or not told.spoke_to.strip():
        raise BadInput("say where the number is published, and with whom you spoke", field="published")
    return {"called": called.text, "published": told.published[:256], "spoke_to": told.spoke_to[:256]}
