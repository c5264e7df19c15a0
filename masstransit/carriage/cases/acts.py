"""All that can be opened and done, kind by kind, in one table: a command or a page looks here what there is, what each
act has to be told, and does it.

    sid = open_case(connection, ledger, "traceback", {"requester": "ITG", ...}, word, calendar=calendar)
    made = do(connection, ledger, sid, "answer", {"known_by": "their portal"}, word, calendar=calendar)

What is told comes as text, by the names of the struct's fields: dates as 2026-01-31 or with a time, yes or no, several
with commas between. An act answers with what is to be shown or sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases import (
    authority,
    blocking_notice,
    breach,
    claims,
    csam,
    docket,
    end_user_stop,
    infringement,
    intimate_images,
    sanctions,
    tracebacks,
    verifying,
)
from masstransit.carriage.cases.docket import Act
from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.storage import cases

_WORDS = {"yes": True, "true": True, "no": False, "false": False}
_WHERE = re.compile(r" - at `\$\.?(\w*)`$")


class Opens(msgspec.Struct, frozen=True):
    """How a kind is opened: what has to be told, and what does it."""

    reads: type[msgspec.Struct]
    does: Callable[[Act, Any], str]


class Does(msgspec.Struct, frozen=True):
    """What can be done in a case of a kind."""

    says: str
    reads: type[msgspec.Struct]
    does: Callable[[Act, Row[Any], Any], Mapping[str, Any]]
    sends: bool = False  #: what it answers with goes to somebody outside: it belongs into a file
    reopens: str = ""  #: a case that ended so can still be answered by it


_VERIFY = "the authority was called back at a number that it publishes"

OPENS: Mapping[str, Opens] = {
    "authority": Opens(authority.Request, authority.opened),
    "blocking-notice": Opens(blocking_notice.Notice, blocking_notice.opened),
    "breach": Opens(breach.Breach, breach.opened),
    "copyright": Opens(infringement.Notice, infringement.opened),
    "csam": Opens(csam.Found, csam.opened),
    "end-user-stop": Opens(end_user_stop.Stop, end_user_stop.opened),
    "intimate-images": Opens(intimate_images.Report, intimate_images.opened),
    "sanctions": Opens(sanctions.Hit, sanctions.opened),
    "traceback": Opens(tracebacks.Trace, tracebacks.opened),
    **{sort: Opens(claims.Claim, partial(claims.opened, sort=sort)) for sort in claims.SORTS},
}

ACTS: Mapping[str, Mapping[str, Does]] = {
    "authority": {
        "verify": Does(_VERIFY, verifying.CallBack, authority.verify),
        "disclose": Does("make what the process allows to be sent", authority.Asked, authority.disclose, sends=True),
        "renew": Does("a preservation goes on for 90 days, once", docket.Nothing, authority.renew),
    },
    "blocking-notice": {
        "verify": Does(_VERIFY, verifying.CallBack, blocking_notice.verify),
        "report": Does("the authority heard what was found", blocking_notice.Reported, blocking_notice.report),
    },
    "breach": {"notify": Does("a notice was given", breach.Notified, breach.notify)},
    "copyright": {
        "mend": Does("items came in that the notice lacked", infringement.Items, infringement.mend),
        "counter": Does(
            "its customer's counter-notice came in", infringement.Items, infringement.counter, reopens="uncontested"
        ),
        "forward": Does("the counter-notice was sent on", docket.Nothing, infringement.forward),
        "suit": Does("the holder went to court", infringement.Suit, infringement.suit),
    },
    "csam": {
        "look": Does("somebody has to look at the material", csam.Look, csam.look),
        "hand-off": Does("make what goes to NCMEC beside the material", docket.Nothing, csam.hand_off, sends=True),
        "report": Does("NCMEC has the report", csam.Reported, csam.report),
    },
    "intimate-images": {"remove": Does("take it down", intimate_images.Taken, intimate_images.remove)},
    "sanctions": {
        "confirm": Does("it is the one on the list", sanctions.Confirmed, sanctions.confirm),
        "report": Does("OFAC has the report", sanctions.Reported, sanctions.report),
    },
    "traceback": {"answer": Does("make the record to send", tracebacks.Known, tracebacks.answer, sends=True)},
    **{sort: {"uphold": Does("the claim is right", claims.Material, claims.uphold)} for sort in claims.SORTS},
}

#: What happens before a case ends by somebody's word; a kind without one ends as that word says.
_CLOSINGS: Mapping[str, Callable[[Act, Row[Any], str], None]] = {
    "authority": authority.closing,
    "blocking-notice": blocking_notice.closing,
    "breach": breach.closing,
    "copyright": infringement.closing,
    "csam": csam.closing,
    "intimate-images": intimate_images.closing,
    "sanctions": sanctions.closing,
    "traceback": tracebacks.closing,
    **dict.fromkeys(claims.SORTS, claims.closing),
}


def open_case(
    connection: Connection, ledger: Ledger, kind: str, told: Mapping[str, str], word: Word, *, calendar: BusinessDays
) -> str:
    """Open a case; its name. Raises `BadInput`, `NotFound` and `Conflict`."""
    if kind not in OPENS:
        raise BadInput(f"kind '{kind[:32]}': one of {', '.join(sorted(OPENS))}", field="kind")
    act = Act(connection=connection, ledger=ledger, word=word, calendar=calendar)
    return OPENS[kind].does(act, read(OPENS[kind].reads, told))


def do(  # noqa: PLR0917 - on which record, in which case, what, and by whose word
    connection: Connection,
    ledger: Ledger,
    sid: str,
    name: str,
    told: Mapping[str, str],
    word: Word,
    *,
    calendar: BusinessDays,
) -> Mapping[str, Any]:
    """Do something in a case; what is to be shown or sent. Raises `BadInput`, `NotFound` and `Conflict`."""
    made = act_of(connection, sid, name)
    act = Act(connection=connection, ledger=ledger, word=word, calendar=calendar)
    values = read(made.reads, told)
    if made.reopens:
        docket.reopen(act, sid, made.reopens)
    return made.does(act, docket.found(connection, sid), values)


def act_of(connection: Connection, sid: str, name: str) -> Does:
    """What an act in a case is. Raises `NotFound`, and `BadInput` for one that its kind does not know."""
    case = cases.find(connection, sid)
    if case is None:
        raise NotFound(f"there is no case {sid[:40]}: masstransit cases list shows those that are open")
    known = ACTS.get(case.kind, {})
    if name not in known:
        can = f"of {', '.join(sorted(known))}" if known else "none but note and close"
        raise BadInput(f"'{name[:32]}' is no act in a case of the kind {case.kind}: {can}", field="act")
    return known[name]


def note(connection: Connection, ledger: Ledger, sid: str, word: Word, *, calendar: BusinessDays) -> None:
    """Put on record what was said or done, in the words of `word`. Raises `NotFound` and `Conflict`."""
    act = Act(connection=connection, ledger=ledger, word=word, calendar=calendar)
    docket.note(act, docket.found(connection, sid), "note")


def close(
    connection: Connection, ledger: Ledger, sid: str, outcome: str, word: Word, *, calendar: BusinessDays
) -> None:
    """End a case by somebody's word, with what that does. Raises `BadInput`, `NotFound` and `Conflict`."""
    act, case = Act(connection=connection, ledger=ledger, word=word, calendar=calendar), docket.found(connection, sid)
    before = _CLOSINGS.get(case.kind)
    if before is not None:
        before(act, case, outcome)
    docket.close(act, case, outcome)


def read(struct: type[msgspec.Struct], told: Mapping[str, str]) -> Any:
    """What was told, as an act reads it. Raises `BadInput` that names the field."""
    kinds = {field.name: str(field.type) for field in msgspec.structs.fields(struct)}
    values = {name: _value(name, kinds.get(name, ""), said.strip()) for name, said in told.items()}
    try:
        return msgspec.convert(values, struct, strict=False)
    except msgspec.ValidationError as wrong:
        where = _WHERE.search(str(wrong))
        raise BadInput(_WHERE.sub(lambda at: f": {at[1]}", str(wrong)), field=where[1] if where else "") from wrong


def _value(name: str, kind: str, said: str) -> Any:
    if "bool" in kind:
        if said.casefold() not in _WORDS:
            raise BadInput(f"{name} '{said[:16]}': yes or no", field=name)
        return _WORDS[said.casefold()]
    if "datetime" in kind:
        return _instant(name, said)
    if "tuple" in kind:
        return [each.strip() for each in re.split(r"[,\n]", said) if each.strip()] if name != "samples" else [
            each.strip() for each in said.splitlines() if each.strip()
        ]  # fmt: skip
    return said


def _instant(name: str, said: str) -> datetime | None:
    """An instant; without a zone it is UTC."""
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError as wrong:
        raise BadInput(f"{name} '{said[:32]}': write it as 2026-01-31, or with a time", field=name) from wrong
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
