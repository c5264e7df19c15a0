"""Intimate images without consent (TAKE IT DOWN Act; rulebook 17.3): taken down within 48 hours of the report, with the
copies that are known. Whether the act reaches private messaging is unclear; it is honoured as if it did.

What is taken down is the content of messages and what was attached to them; the proof that they were sent stays. Who
was shown the image is told by no part of this.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage.cases import docket
from masstransit.carriage.cases.docket import Act
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.storage import cases, communications, media, redaction


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's report, or that of somebody who acts for them."""

    reporter: str
    message: str  #: SM... or MM...: a message that bears it
    signed: bool  #: it has a signature, and the good-faith statement that nobody consented


class Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be taken down beside the message of the report."""

    messages: tuple[str, ...] = ()  #: others that bear it, by their SIDs


def opened(act: Act, told: Report) -> str:
    """Put a report on record; its case. Raises `BadInput` and `NotFound`."""
    row = communications.locate(act.connection, told.message)
    if row is None:
        raise NotFound(f"there is no message {told.message[:40]}")
    if not told.signed or not told.reporter.strip():
        raise BadInput("a report is signed, and says in good faith that nobody consented: ask for that", field="signed")
    return docket.enter(
        act,
        docket.Opening(
            kind="intimate-images",
            account=row.account,
            about="an intimate image that its subject did not consent to",
            requester=told.reporter.strip(),
            reference=row.sid,
            scope="message",
            target=row.sid,
            silent="threat",
        ),
    )


def remove(act: Act, case: Row[Any], told: Taken) -> dict[str, Any]:
    """Take the content out of the message, of those that bear the same media, and of others that are named. Which were
    taken down, and which still wait to go out: those have to be cancelled first. Raises `NotFound`."""
    wanted = [(case.account, case.target), *media.copies(act.connection, case.account, case.target)]
    for sid in told.messages:
        row = communications.locate(act.connection, sid)
        if row is None:
            raise NotFound(f"there is no message {sid[:40]}")
        wanted.append((row.account, sid))
    gone, waiting = [], []
    for account, sid in dict.fromkeys(wanted):
        try:
            redaction.redact_body(act.connection, act.ledger, account, sid, act.word.at, act.word.name)
            gone.append(sid)
        except Conflict:
            waiting.append(sid)
    meets = () if waiting else ("look", "remove")
    docket.note(act, case, "removed", data={"removed": gone, "waiting": waiting}, meets=meets or ("look",))
    return {"removed": gone, "waiting": waiting}


def closing(act: Act, case: Row[Any], outcome: str) -> None:
    """Before a report's case ends. Raises `Conflict` where it says that something is down which is not."""
    done = cases.entries(act.connection, case.account, case.sid, "removed")
    if outcome == "removed" and (not done or done[-1].data["waiting"]):
        raise Conflict(f"{case.sid} is not taken down: remove it, after what waits to go out is cancelled")
