"""Copyright notices (17 USC 512(c), (g)): what a notice needs to have, its customer's counter-notice, and what becomes
of the material.

A notice with all six items makes the notice of rights by which clause 15 stops the material at once; one that lacks
some stops nothing, and who gave it is asked to put it right. A counter-notice goes to who gave the notice. Ten to
fourteen business days later the material is back, unless a suit was filed: clause 15 lets it through on the eleventh,
and the case ends then. A notice that nobody answered in its time is a strike; three in twelve months propose the end of
the account's sending, which a person confirms.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import standing, statements
from masstransit.carriage.cases import deadlines, docket, notices
from masstransit.carriage.cases.docket import Act, Nothing
from masstransit.errors import BadInput, Conflict
from masstransit.model.case import KINDS
from masstransit.model.sid import new_sid
from masstransit.storage import cases
from masstransit.storage import standing as steps

#: What a notice has to have (17 USC 512(c)(3)(A)), by the names that a form has.
ITEMS = {
    "signature": "a signature, physical or electronic",
    "work": "which work it is about",
    "material": "which material, and where it is",
    "contact": "how to reach whoever complains",
    "good-faith": "a statement of good-faith belief that the use is not authorised",
    "accuracy": "a statement that it is accurate and, under penalty of perjury, that they may act",
}
#: What a counter-notice has to have (17 USC 512(g)(3)).
COUNTER_ITEMS = {
    "signature": "a signature, physical or electronic",
    "material": "which material, and where it was",
    "mistake": "a statement under penalty of perjury that it was taken down by mistake",
    "jurisdiction": "name, address and number, and consent to a federal court's jurisdiction and to service",
}
STRIKES = 3  #: valid uncontested notices (rulebook 15.5, default)
_WITHIN = timedelta(days=366)  # twelve months, never short of a calendar year
_STRIKE = "uncontested"


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice as it came in."""

    account: str  #: that sends the material
    holder: str  #: whose right it is
    work: str  #: which work
    kind: str = "text"  #: what the material is: one of `notices.MATERIALS`
    material: str  #: the text or the domain; of a text only what tells it from others is kept
    reference: str = ""  #: by which the holder knows it
    has: tuple[str, ...] = ()  #: of `ITEMS`, those that it has


class Items(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items of a notice or a counter-notice that came in."""

    has: tuple[str, ...]


class Suit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suit that the holder filed to restrain the customer (17 USC 512(g)(2)(C))."""

    court: str
    number: str  #: the court's


def opened(act: Act, told: Notice) -> str:
    """Put a notice on record; its case. With all six items the material is stopped at once. Raises `BadInput`,
    `NotFound` and `Conflict`."""
    has, lacks = _of(ITEMS, told.has)
    if not told.holder.strip() or not told.work.strip():
        raise BadInput("a notice says who holds the right, and in which work", field="holder")
    sid = docket.enter(
        act,
        docket.Opening(
            kind="copyright",
            account=told.account,
            about=f"a {told.kind} that {told.holder[:128]} says is theirs: {told.work[:256]}",
            requester=told.holder.strip(),
            reference=told.reference.strip(),
            details={"has": has, "kind": told.kind},
        ),
    )
    row = {"kind": told.kind, "material": told.material, "holder": told.holder, "work": told.work}
    notice = notices.put(act.connection, act.ledger, told.account, row | {"complete": not lacks}, act.word.at)
    case = docket.found(act.connection, sid)
    details = {**case.details, "notice": notice}
    if lacks:
        docket.note(act, case, "defective", data={"lacks": lacks}, details=details)
    else:
        _taken_down(act, case, details)
    return sid


def mend(act: Act, case: Row[Any], told: Items) -> dict[str, Any]:
    """Items that a defective notice lacked came in; what it still lacks. Raises `BadInput` and `Conflict`."""
    before = case.details["has"]
    has, lacks = _of(ITEMS, (*before, *told.has))
    if not set(ITEMS) - set(before):
        raise Conflict(f"{case.sid} lacks nothing")
    details = {**case.details, "has": has}
    if lacks:
        docket.note(act, case, "mended", data={"lacks": lacks}, details=details)
        return {"lacks": lacks}
    notices.became(act.connection, act.ledger, case.account, case.details["notice"], "completed", act.word.at)
    _taken_down(act, case, details)
    return {"lacks": []}


def counter(act: Act, case: Row[Any], told: Items) -> dict[str, Any]:
    """Its customer's counter-notice: from when the material is back. Raises `BadInput` where it lacks something, and
    `Conflict` where there is nothing to answer."""
    _, lacks = _of(COUNTER_ITEMS, told.has)
    if lacks:
        raise BadInput("a counter-notice also has " + "; ".join(COUNTER_ITEMS[each] for each in lacks), field="has")
    if set(ITEMS) - set(case.details["has"]):
        raise Conflict(f"{case.sid} lacks what the law asks of a notice: nothing is stopped by it")
    if case.details.get("countered"):
        raise Conflict(f"{case.sid} was answered before")
    kind, at = KINDS["copyright"], act.word.at
    starts = [deadlines.start(kind.deadline(name), at, act.calendar) for name in ("forward", "restore")]
    notices.became(act.connection, act.ledger, case.account, case.details["notice"], "countered", at)
    details = {**case.details, "countered": at}
    docket.note(act, case, "countered", meets=("contest",), starts=starts, details=details)
    back = starts[1].not_before or starts[1].due
    return {"restored_from": back.isoformat(), "restored_by": starts[1].due.isoformat()}


def forward(act: Act, case: Row[Any], told: Nothing) -> dict[str, Any]:
    """The counter-notice was sent to who gave the notice. Raises `Conflict` where there is none."""
    del told
    if not case.details.get("countered"):
        raise Conflict(f"{case.sid} has no counter-notice to send on")
    docket.note(act, case, "forwarded", meets=("forward",))
    return {}


def suit(act: Act, case: Row[Any], told: Suit) -> dict[str, Any]:
    """The holder went to court: the material stays down, and the case ends. Raises `Conflict` where nobody had
    answered the notice."""
    if not case.details.get("countered"):
        raise Conflict(f"{case.sid} has no counter-notice: nothing would be restored, whether or not there is a suit")
    docket.close(act, docket.note(act, case, "suit", data=msgspec.to_builtins(told)), "in-court")
    notices.became(act.connection, act.ledger, case.account, case.details["notice"], "suit", act.word.at)
    return {"closed": "in-court"}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a notice's case ends by somebody's word. Raises `Conflict` for what only its own act or time can do."""
    if outcome in {"in-court", "restored", _STRIKE}:
        raise Conflict(f"{outcome} is not for saying: it comes by the holder's suit, or by time")
    if outcome == "defective" and not set(ITEMS) - set(case.details["has"]):
        raise Conflict(f"{case.sid} lacks nothing: it can be withdrawn by who gave it")
    notices.became(act.connection, act.ledger, case.account, case.details["notice"], "withdrawn", act.word.at)


def settle(act: Act, case: Row[Any], *, strikes: int = STRIKES) -> str:
    """What time does to a case: its material is back, or its notice has become a strike. How it ended; "": it goes
    on."""
    of = {each.name: each for each in deadlines.running(case) if each.met is None}
    restore, contest = of.get("restore"), of.get("contest")
    if restore is not None and act.word.at >= (restore.not_before or restore.due):
        docket.close(act, case, "restored")
        text = f"What you send of {case.about} goes out again ({case.sid}): nobody went to court in time"
        statements.of_material(
            act.connection, act.ledger, case._asdict(), statements.RESTORED, text=text, at=act.word.at
        )
        return "restored"
    if contest is not None and act.word.at >= contest.due:
        docket.close(act, case, _STRIKE)
        _propose(act, case, strikes)
        return _STRIKE
    return ""


def against(connection: Connection, account: str, at: datetime) -> int:
    """The strikes of an account: valid notices of the last twelve months that it did not answer."""
    return len(cases.closed_as(connection, account, "copyright", _STRIKE, at - _WITHIN))


def _propose(act: Act, case: Row[Any], strikes: int) -> None:
    """A repeat infringer's sending is proposed to end (17 USC 512(i)(1)(A)); once while that waits or stands."""
    number = against(act.connection, case.account, act.word.at)
    unit = (case.account, "account", case.account)
    earlier = steps.against(act.connection, *unit, act.word.at - standing.LASTS["suspend"])
    if number < strikes or any((row.step, row.rule) == ("suspend", "15.5") for row in earlier):
        return
    row = {
        "account": case.account, "step_id": new_sid("ST"), "scope": "account", "target": case.account,
        "step": "suspend", "clause": "15", "rule": "15.5",
        "reason": f"{number} notices of copyright within twelve months that nobody answered",
        "remedy": "answer the notices that are wrong, and take down what is not yours", "silent": "", "decision": None,
        "since": act.word.at, "acts_from": None, "confirmed_by": None,
        "expires_at": act.word.at + standing.LASTS["suspend"],
    }  # fmt: skip
    standing.put(act.connection, act.ledger, row)


def _taken_down(act: Act, case: Row[Any], details: dict[str, Any]) -> None:
    """The material is stopped; its customer hears of it (17 USC 512(g)(2)(A)) and may answer."""
    contest = deadlines.start(KINDS["copyright"].deadline("contest"), act.word.at, act.calendar)
    docket.note(act, case, "taken-down", meets=("take-down",), starts=(contest,), details=details)
    text = (
        f"Somebody gave notice of {case.about}. Messages with it are refused ({case.sid}). If you may use it, answer "
        f"with a counter-notice by {contest.due:%Y-%m-%d}: POST /policy/v1/Cases/{case.sid}; it is back 10 to 14 "
        "business days later unless they go to court. A notice that nobody answers is a strike"
    )
    statements.of_material(act.connection, act.ledger, case._asdict(), statements.TAKEN_DOWN, text=text, at=act.word.at)


def _of(items: dict[str, str], has: Collection[str]) -> tuple[list[str], list[str]]:
    """Which items there are, and which are lacking. Raises `BadInput` for one that is none."""
    if unknown := sorted(set(has) - set(items)):
        raise BadInput(f"has '{unknown[0][:32]}': of {', '.join(items)}", field="has")
    return [each for each in items if each in has], [each for each in items if each not in has]
