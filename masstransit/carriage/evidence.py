"""Evidence to hand on about one message, decision, step, appeal or person: what belongs to it, and taking it out.

What a file of evidence proves, and how, stands in `masstransit.bundle`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.bundle import About, Bundle, gather, seal
from masstransit.carriage.overturning import Word
from masstransit.errors import NotFound
from masstransit.ledger import Ledger, checkpoint
from masstransit.model.sid import new_sid
from masstransit.storage import appeals, communications, consents, decisions, standing
from masstransit.storage.keys import Keys


def take_out(connection: Connection, ledger: Ledger, keys: Keys, about: About, word: Word) -> tuple[Bundle, bytes]:
    """The bundle and its file. That it was taken out, by whom and why, is on record; everything in it is signed.
    Raises `NotFound` where there is nothing."""
    checkpoint(connection, keys, word.at)  # signs what the last one did not see yet
    bundle = gather(connection, about, word.at)
    if not bundle.pieces:
        raise NotFound(f"there is nothing on record about {about.what}")
    told = {"about": about.what, "by": word.by, "because": word.because, "entries": len(bundle.pieces)}
    for account in sorted(about.accounts):  # under a name of its own: who gets the next file learns nothing of it
        ledger.record(connection, account, "disclosure", new_sid("EV"), told, word.at)
    return bundle, seal(bundle, keys)


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


def of_person(connection: Connection, keys: Keys, account: str, number: str) -> About:
    """A person's wishes toward a customer and those whom it belongs to."""
    person, owners = keys.person(number), {account, consents.root_of(connection, account)}
    answers = consents.reassigned_of(connection, owners, [person])
    given = consents.consents_of(connection, owners, [person])
    beside = {
        "person": {"number": number, "ref": person},
        "consents": [row._asdict() for row in given],
        "reassigned": [row._asdict() for row in answers],
    }
    return About(
        what=person, accounts=owners, refs={person}, beside=beside, notes=tuple(_changed_hands(given, answers))
    )


def _changed_hands(given: Sequence[Row[Any]], answers: Sequence[Row[Any]]) -> Iterator[str]:
    """Which consents were another's: the number has a new owner since."""
    for answer in answers:
        for row in given:
            if answer.answer == "yes" and row.given_at <= answer.asked_at:
                yield (
                    f"the consent to {row.purpose} of {_day(row.given_at)} was given before the number changed hands: "
                    f"the Reassigned Numbers Database said so when it was asked on {_day(answer.asked_at)}"
                )


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
