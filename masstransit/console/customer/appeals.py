"""A customer's appeals: a word against a step or a decision, and what became of it.

GET   /account/appeals        those that are open, and those that were decided
GET   /account/appeals/new    a form for one
POST  /account/appeals        file it
GET   /account/appeals/{sid}  one, with its clock
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage.appeals import LONGEST, LONGEST_EVIDENCE, MOST_EVIDENCE, Filed, file
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.user import Right
from masstransit.storage import appeals, standing


async def listed(house: House, asked: Asked) -> Answer:
    """All, the newest first."""
    part, account = asked.slice(instant, str), asked.who.account
    found = await house.database.read(lambda c: appeals.listed(c, account, part))
    return Shown("customer/appeals.html", {"sheet": found})


async def begin(house: House, asked: Asked) -> Answer:
    """The form; what it is against may be named by the page that leads here."""
    account = asked.who.account
    steps = await house.database.read(
        lambda c: [step for step in standing.all_of(c, asked.now, account) if not step.silent]
    )
    due = house.business_days.due(asked.now)
    values = {"steps": steps, "about": asked.query.get("about")[:64], "due": due, "longest": LONGEST}
    return Shown("customer/appeal_new.html", {**values, "most": MOST_EVIDENCE})


async def create(house: House, asked: Asked) -> Answer:
    """File it. It is acknowledged by the page that follows, with the day by which it is decided."""
    filed = Filed(
        account=asked.who.account,
        about=_about(asked.form.need("about", "What it is against", longest=64)),
        text=asked.form.need("text", "Why", longest=LONGEST),
        evidence=_evidence(asked.form.get("evidence")),
        by=asked.who.user,
        at=asked.now,
    )
    due = house.business_days.due(asked.now)

    def keep(connection: Connection) -> Mapping[str, Any]:
        return file(connection, house.ledger, filed, due)

    row = await did(house, asked, "appealed", filed.about, keep)
    return Went(f"/account/appeals/{row['sid']}", f"Your appeal is filed. It is decided by {due:%Y-%m-%d}.")


def _about(sid: str) -> str:
    if sid[:2] not in {"ST", "DE"}:
        raise BadInput("What it is against: a step (ST...) or a decision (DE...), as notices and the log name it")
    return sid


def _evidence(text: str) -> tuple[str, ...]:
    """Pieces, a line each. Raises `BadInput`."""
    pieces = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(pieces) > MOST_EVIDENCE or any(len(piece) > LONGEST_EVIDENCE for piece in pieces):
        raise BadInput(f"Evidence: {MOST_EVIDENCE} lines at most, each of {LONGEST_EVIDENCE} characters at most")
    if "\0" in text:
        raise BadInput("Evidence: a NUL character can't be kept")
    return pieces


async def one(house: House, asked: Asked) -> Answer:
    """One."""
    sid = asked.parts["sid"]
    row = await house.database.read(lambda c: appeals.find(c, asked.who.account, sid))
    if row is None:
        raise NotFound(f"there is no appeal {sid[:40]} of yours")
    return Shown("customer/appeal.html", {"row": row})


PAGES: Sequence[Page] = (
    page("/account/appeals", Right.READ_LOG, listed),
    act("/account/appeals", Right.APPEAL, create),
    page("/account/appeals/new", Right.APPEAL, begin),
    page("/account/appeals/{sid}", Right.READ_LOG, one),
)
