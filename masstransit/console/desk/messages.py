"""The whole story of a message or a decision, from the record.

    GET  /desk/messages                 find one by its name; what was stopped lately
    GET  /desk/messages/{id}            its story: each decision with its findings, what shows them, and what followed
    POST /desk/messages/{id}/overturn   a person's word that a decision was wrong

What a message says is not shown here: who has to read it does so in the review queue, where that is on record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage import overturning
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.calling import identity_of, ladder_of, one_under_way
from masstransit.console.desk.findings import Found, found
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.decision import Decision
from masstransit.model.user import Right
from masstransit.storage import appeals, calls, decisions, queue, reviews, standing
from masstransit.storage.paging import Slice
from masstransit.story import at_rest, follows, silent, story_of

_LEGS = Slice(size=20)  # of a call, on its page
_NAME = re.compile(r"[A-Za-z]{2}[0-9A-Za-z-]{1,62}")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A decision, as it is told."""

    decision: Decision
    follows: str  #: in a clause
    findings: Sequence[Found]
    wrong: str  #: by whom it was found wrong, when and why; "": by nobody
    steps: Sequence[Any]  #: that were made for what it found
    appeals: Sequence[Any]  #: against it
    silent: Sequence[str]  #: facts of which nothing could be learned
    may_overturn: bool


async def listed(house: House, asked: Asked) -> Answer:
    """Find one by its name; without a name, what was stopped lately."""
    wanted = asked.query.get("id")
    if wanted:
        if _NAME.fullmatch(wanted) is None:
            raise BadInput("Name: a message's (SM...), a decision's (DE...) or another that the record gave")
        await house.database.survey(lambda c: story_of(c, wanted))
        return Went(f"/desk/messages/{wanted}")
    part, rule = asked.slice(instant, str), asked.query.get("rule") or None
    stops = await house.database.survey(lambda c: decisions.stops(c, part, rule))
    deciding = {row.id: decisions.read(row).deciding for row in stops.rows}
    why = {name: finding.reason if finding is not None else "" for name, finding in deciding.items()}
    return Shown("desk/messages.html", {"sheet": stops, "why": why, "rule": rule})


async def one(house: House, asked: Asked) -> Answer:
    """Its story."""
    id_ = asked.parts["id"]

    def look(connection: Connection) -> Mapping[str, Any]:
        story = story_of(connection, id_)
        account = story.account
        about = story.decisions[0].subject if story.decisions else id_
        ids = [decision.id for decision in story.decisions]
        steps = standing.resting_on(connection, ids)
        row = calls.find(connection, account, about) if story.call else None
        offer = next((each for each in story.decisions if row is not None and each.id == row.decision), None)
        hold = queue.hold_of(connection, account, about)
        held = hold is not None and hold.outcome is None

        def told(decision: Decision) -> Told:
            rests = at_rest(story, decision)
            return Told(
                decision=decision,
                follows=follows(decision),
                findings=[found(finding, rests.get(finding.rule, "")) for finding in decision.findings],
                wrong=story.overturned.get(decision.id, ""),
                steps=[step for step in steps if step.decision == decision.id],
                appeals=appeals.against(connection, decision.account, decision.id),
                silent=silent(decision),
                may_overturn=not held and decision.stopped_by is not None and decision.id not in story.overturned,
            )

        return {
            "id": id_,
            "about": about,
            "account": account,
            "message": story.message,
            "call": story.call,
            "scheduled": story.scheduled,
            "recordings": story.recordings,
            "record": calls.read(row) if row is not None and row.ended_at is not None else None,
            "identity": identity_of(offer),
            "ladder": ladder_of(row, story.decisions) if row is not None else None,
            "parent": row.parent if row is not None else None,
            "legs": calls.page(connection, account, calls.Filters(parent=about), _LEGS).rows if row is not None else (),
            "under_way": one_under_way(house, row, offer) if row is not None else None,
            "told": [told(decision) for decision in story.decisions],
            "hold": hold,
            "held": held,
            "second": reviews.asked(connection, account, about),
            "ledger": story.ledger,
        }

    return Shown("desk/message.html", await house.database.survey(look))


async def overturn(house: House, asked: Asked) -> Answer:
    """A person says that a decision was wrong; its rule's budget is reckoned with."""
    id_, because = asked.parts["id"], asked.form.need("because", "Why")
    decision, word = asked.form.need("decision", "Decision", longest=64), asked.word(because)

    def keep(connection: Connection) -> Sequence[str]:
        made = decisions.locate(connection, decision)
        if made is None or id_ not in {made.id, made.subject}:
            raise NotFound(f"{id_} has no decision {decision}")
        overturning.overturn(connection, house.ledger, made, word)
        told = {"because": because[:256]}
        note(connection, house, asked, "overturned", decision, account=made.account, told=told)
        return house.reckon(connection, house.ledger, word.at)

    said = [f"On record: {decision} was wrong; its sender may offer the message again."]
    said += await house.database.write(keep)
    return Went(f"/desk/messages/{id_}", " ".join(said))


PAGES: Sequence[Page] = (
    page("/desk/messages", Right.WATCH, listed),
    page("/desk/messages/{id}", Right.WATCH, one),
    act("/desk/messages/{id}/overturn", Right.WORK_CASES, overturn),
)
