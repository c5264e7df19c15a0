"""The review queue: what is held waits here for a person, the nearest deadline first.

    GET  /desk/review                   what waits, how much the desk can take, how alike people decide
    GET  /desk/review/next              the next that nobody has open
    GET  /desk/review/{account}/{sid}   one: what was found, with the words marked
    POST /desk/review/{account}/{sid}   release or refuse it, and on to the next
    POST /desk/review/{account}/{sid}/uncover   harmful words are covered until somebody means to read them
    GET  POST /desk/review/second/...   the same, for a second look at what another decided

Who opens one has it for some minutes. Each opening is an act on record: bodies are people's letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Row

from masstransit.carriage import reviewing
from masstransit.console.acting import act as did
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.console.rendering import highlighted
from masstransit.errors import Conflict, NotFound
from masstransit.model.decision import Decision, Finding
from masstransit.model.user import Right
from masstransit.storage import acts, communications, decisions, queue, reviews, standing
from masstransit.story import evidence

_LISTED = 100
_MONTH = timedelta(days=30)
_OUTCOMES = (reviewing.RELEASED, reviewing.REFUSED)
_HARMFUL = frozenset({"16", "17"})  # clauses of which the words may harm who reads them
_HARMFUL_LABELS = ("hate", "sexual", "threat")


async def listed(house: House, asked: Asked) -> Answer:
    """What waits."""
    clause = asked.query.get("clause") or None

    def look(connection: Connection) -> Mapping[str, Any]:
        looks = reviews.since(connection, asked.now - _MONTH)
        return {
            "holds": queue.waiting_holds(connection, at_most=_LISTED, clause=clause),
            "by_clause": queue.holds_by_clause(connection),
            "ended": queue.ended_holds(connection, asked.now - timedelta(days=1)),
            "agreement": reviewing.agreement([(each.first, each.second) for each in looks]),
            "apart": [each for each in looks if each.second is not None and each.second != each.first],
            "second": reviews.waiting(connection, asked.who.name, _LISTED),
            "seen": acts.count(connection, asked.who.user, "uncovered", asked.now - timedelta(days=1)),
        }

    values = await house.database.survey(look)
    told = {"clause": clause, "capacity": house.settings.capacity, "exposures": house.settings.exposures}
    return Shown("desk/review.html", {**values, **told})


async def following(house: House, asked: Asked) -> Answer:
    """On to the next that nobody else has open."""
    clause = asked.query.get("clause") or None
    free_for = (asked.who.user, asked.now)
    found = await house.database.read(lambda c: queue.waiting_holds(c, at_most=1, clause=clause, free_for=free_for))
    if not found:
        return Went("/desk/review", "Nothing waits for you.")
    return Went(_path(found[0].account, found[0].sid, clause or ""))


def _path(account: str, sid: str, clause: str = "", *, second: bool = False) -> str:
    return f"/desk/review/{'second/' if second else ''}{account}/{sid}" + (f"?clause={quote(clause)}" if clause else "")


async def one(house: House, asked: Asked) -> Answer:
    """One that is held, opened for this reviewer."""
    account, sid = asked.parts["account"], asked.parts["sid"]

    def look(connection: Connection) -> dict[str, Any]:
        until = asked.now + reviewing.TAKEN_FOR
        if not queue.take_hold(connection, account, sid, who=asked.who.user, now=asked.now, until=until):
            hold = queue.hold_of(connection, account, sid)
            if hold is None:
                raise NotFound(f"{sid} is not held")
            if hold.outcome is not None:
                raise Conflict(f"{sid} was {hold.outcome} by {hold.decided_by}")
            raise Conflict("another reviewer has this one open: take the next")
        note(connection, house, asked, "opened", sid, account=account)
        return _values(connection, house, asked, account, sid)

    return Shown("desk/review_one.html", await house.database.write(look) | {"second": False})


def _values(connection: Connection, house: House, asked: Asked, account: str, sid: str) -> dict[str, Any]:
    """What a reviewer sees of a message. Raises `NotFound`."""
    row = communications.find(connection, account, sid)
    decision = decisions.last_hold(connection, account, sid)
    if row is None or decision is None:
        raise NotFound(f"there is no message {sid} that was held")
    day_ago = asked.now - timedelta(days=1)
    return {
        "row": row,
        "decision": decision,
        "hold": queue.hold_of(connection, account, sid),
        "findings": [_told(finding) for finding in decision.findings],
        "text": highlighted(row.body, _spans(decision)) if row.body is not None else None,
        "covered": _is_harmful(decision) and not acts.has(connection, asked.who.user, "uncovered", sid),
        "exposed": acts.count(connection, asked.who.user, "uncovered", day_ago),
        "exposures": house.settings.exposures,
        "steps": standing.all_of(connection, asked.now, account),
        "clause": asked.query.get("clause"),
    }


def _told(finding: Finding) -> tuple[Finding, Sequence[str]]:
    return finding, list(evidence(finding.evidence))


def _spans(decision: Decision) -> Sequence[str]:
    """The words that findings rest on."""
    spans: list[str] = []
    for finding in decision.findings:
        told = finding.evidence.get("spans")
        groups = told.values() if isinstance(told, Mapping) else [told or ()]
        spans += [word for words in groups for word in words if isinstance(word, str)]
    return spans


def _is_harmful(decision: Decision) -> bool:
    """Whether the words may harm who reads them: clause 16 or 17 spoke, or hate, threats or sex were read in them."""
    labels = [finding.evidence.get("labels") for finding in decision.findings]
    read = any(isinstance(told, Mapping) and told.get(name, 0) >= 0.5 for told in labels for name in _HARMFUL_LABELS)
    return read or any(finding.clause in _HARMFUL for finding in decision.findings)


async def uncover(house: House, asked: Asked) -> Answer:
    """Somebody means to read harmful words: it is counted, and there is a limit a day."""
    account, sid = asked.parts["account"], asked.parts["sid"]

    def keep(connection: Connection) -> None:
        seen = acts.count(connection, asked.who.user, "uncovered", asked.now - timedelta(days=1))
        if seen >= house.settings.exposures:
            raise Conflict(
                f"you have read {seen} harmful messages since yesterday, which is the most for one person: decide by "
                "what was found, or leave it to somebody else"
            )

    await did(house, asked, "uncovered", sid, keep, account=account)
    return Went(_path(account, sid, asked.form.get("clause"), second=asked.form.get("second") == "1"))


async def decide(house: House, asked: Asked) -> Answer:
    """Release or refuse, and on to the next."""
    account, sid = asked.parts["account"], asked.parts["sid"]
    outcome = asked.form.one_of("outcome", _OUTCOMES, "Decision")
    word = asked.word(asked.form.get("because"))

    def keep(connection: Connection) -> None:
        house.reviewer.decide(connection, house.ledger, _row(connection, account, sid), word, outcome)

    await did(house, asked, outcome, sid, keep, account=account)
    house.released()
    clause = asked.form.get("clause")
    return Went("/desk/review/next" + (f"?clause={quote(clause)}" if clause else ""), f"{sid} is {outcome}.")


def _row(connection: Connection, account: str, sid: str) -> Row[Any]:
    row = communications.find(connection, account, sid)
    if row is None:
        raise NotFound(f"there is no message {sid}")
    return row


# --- second looks ---------------------------------------------------------------------------------------------------


async def one_again(house: House, asked: Asked) -> Answer:
    """What another decided, without how."""
    account, sid = asked.parts["account"], asked.parts["sid"]

    def look(connection: Connection) -> Mapping[str, Any]:
        told = reviews.asked(connection, account, sid)
        if told is None or told.second is not None or told.first_by == asked.who.name:
            raise NotFound(f"nobody asks you for a second look at {sid}")
        note(connection, house, asked, "opened", sid, account=account)
        return _values(connection, house, asked, account, sid)

    return Shown("desk/review_one.html", {**await house.database.write(look), "second": True})


async def decide_again(house: House, asked: Asked) -> Answer:
    """The second word; it changes nothing of what was done, and is counted."""
    account, sid = asked.parts["account"], asked.parts["sid"]
    outcome, word = asked.form.one_of("outcome", _OUTCOMES, "Decision"), asked.word(asked.form.get("because"))

    def keep(connection: Connection) -> bool:
        return house.reviewer.second(connection, house.ledger, _row(connection, account, sid), word, outcome)

    alike = await did(house, asked, f"second-{outcome}", sid, keep, account=account)
    said = "The first decided the same." if alike else "The first decided otherwise: an officer sees both."
    return Went("/desk/review", said)


PAGES: Sequence[Page] = (
    page("/desk/review", Right.REVIEW, listed),
    page("/desk/review/next", Right.REVIEW, following),
    page("/desk/review/second/{account}/{sid}", Right.REVIEW, one_again),
    act("/desk/review/second/{account}/{sid}", Right.REVIEW, decide_again),
    page("/desk/review/{account}/{sid}", Right.REVIEW, one),
    act("/desk/review/{account}/{sid}", Right.REVIEW, decide),
    act("/desk/review/{account}/{sid}/uncover", Right.REVIEW, uncover),
)
