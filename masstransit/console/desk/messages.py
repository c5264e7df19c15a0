"""The whole story of a message or a decision.

GET  /desk/messages?id=...           find one
GET  /desk/messages/{id}             its story
POST /desk/messages/{id}/overturn    it was stopped wrongly; it is not sent by that
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from masstransit.carriage import overturning
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import decisions
from masstransit.story import evidence, story_of


async def find(house: House, asked: Asked) -> Answer:
    """By SID or decision id."""
    wanted = asked.query.get("id")
    if wanted:
        return (
            Went(f"/desk/messages/{wanted[:64]}") if wanted.isalnum() else Shown("desk/find.html", {"wanted": wanted})
        )
    return Shown("desk/find.html", {"wanted": ""})


async def one(house: House, asked: Asked) -> Answer:
    """Its story."""
    story = await house.database.survey(lambda c: story_of(c, asked.parts["id"]))
    told = [
        (decision, [(finding, list(evidence(finding.evidence))) for finding in decision.findings])
        for decision in story.decisions
    ]
    return Shown("desk/message.html", {"story": story, "told": told})


async def overturn(house: House, asked: Asked) -> Answer:
    """Say that a decision was wrong: the rule is measured by it."""
    decision, word = asked.parts["id"], asked.word(asked.form.need("because", "Why"))

    def keep(connection: Connection) -> str:
        made = decisions.locate(connection, decision)
        if made is None:
            raise NotFound(f"there is no decision {decision[:40]} on record")
        overturning.overturn(connection, house.ledger, made, word)
        return made.subject

    subject = await did(house, asked, "overturned", decision, keep)
    return Went(f"/desk/messages/{subject}", "It is on record as stopped wrongly; the sender may offer it again.")


PAGES: Sequence[Page] = (
    page("/desk/messages", Right.WATCH, find),
    page("/desk/messages/{id}", Right.WATCH, one),
    act("/desk/messages/{id}/overturn", Right.WORK_CASES, overturn),
)
