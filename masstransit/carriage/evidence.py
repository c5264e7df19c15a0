"""Evidence to hand on about one message, decision, step or appeal: what belongs to it.

What a file of evidence proves, and how, stands in `masstransit.bundle`.
"""

from __future__ import annotations

from sqlalchemy import Connection

from masstransit.bundle import About
from masstransit.errors import NotFound
from masstransit.storage import appeals, communications, decisions, standing


def of_thing(connection: Connection, id_: str) -> About:
    """A message with its decisions, the steps that rest on them, and the appeals against those. A step of which nobody
    may be told is in its own evidence alone. Raises `NotFound`."""
    appeal = appeals.locate(connection, id_) if id_.startswith("AL") else None
    about = appeal.about if appeal is not None else id_
    step = standing.find(connection, about) if about.startswith("ST") else None
    decision = decisions.locate(connection, step.decision or "" if step is not None else about)
    subject = decision.subject if decision is not None else about
    row, made = communications.locate(connection, subject), decisions.about(connection, subject)
    account = next((each.account for each in (row, step, *made) if each is not None), None)
    if account is None:
        raise NotFound(
            f"there is nothing on record about {id_}: give a SID (SM...), a decision (DE...) or a step (ST...)"
        )
    steps = [each for each in standing.resting_on(connection, [d.id for d in made]) if not each.silent]
    things = {about, subject, *(each.id for each in made), *(each.step_id for each in steps)}
    against = [each.sid for thing in things for each in appeals.against(connection, account, thing)]
    beside = {"message": row._asdict()} if row is not None else {}
    return About(what=id_, accounts={account}, refs=things | {*against}, beside=beside)
