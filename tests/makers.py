"""Makers: only what matters is written in a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from masstransit.clause import Case, Clause
from masstransit.errors import Unknown
from masstransit.facts.content import LABELS, Content
from masstransit.model.address import callable_address, chat_handle, email_address, parse
from masstransit.model.call import CallRecord, Party
from masstransit.model.communication import Communication, Direction, Kind, Knock, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.letter import Letter
from masstransit.model.outcome import Outcome, OutcomeKind, outcome_of
from masstransit.model.subject import Subject
from tests.plain_words import faults

NOON = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)  # a Wednesday: 13:00 in New York, 10:00 in Los Angeles
ACCOUNT = "AC" + "1" * 32
SENDER = "+14155550100"
RECIPIENT = "+12125550123"
ROOM = "CH" + "2" * 32


def an_sms(
    *, sender: str = SENDER, recipient: str = RECIPIENT, text: str = "Your parcel is here.", **more: Any
) -> Communication:
    """An SMS from a customer to a person, or with `direction=Direction.INBOUND` the other way."""
    made: dict[str, Any] = {"id": "SM" + "0" * 32, "account": ACCOUNT, "kind": Kind.SMS, "channel": "rest", "at": NOON}
    return Communication(**{**made, **more}, sender=parse(sender), recipient=parse(recipient), text=text)


def a_chat(*, sender: str = "ada", recipient: str = ROOM, text: str = "Lunch?", **more: Any) -> Communication:
    """What a person says in a conversation; to another recipient than the conversation it is an invitation to it."""
    made: dict[str, Any] = {"id": "IM" + "0" * 32, "account": ACCOUNT, "kind": Kind.CHAT, "channel": "chat", "at": NOON}
    made |= {"purpose": Purpose.CONVERSATION, "conversation": ROOM, "end_user": sender}
    return Communication(**{**made, **more}, sender=chat_handle(sender), recipient=chat_handle(recipient), text=text)


def a_call(*, sender: str = SENDER, recipient: str = RECIPIENT, **more: Any) -> Communication:
    """A call from a customer to a person, as it is offered."""
    made: dict[str, Any] = {"id": "CA" + "0" * 32, "account": ACCOUNT, "kind": Kind.CALL, "channel": "sip", "at": NOON}
    return Communication(**{**made, **more}, sender=callable_address(sender), recipient=callable_address(recipient))


def a_mail(
    *, sender: str = "ada@northwind.example", recipient: str = "bob@reader.test", text: str = "Your table is ready.",
    letter: Mapping[str, Any] | None = None, **more: Any,
) -> Communication:  # fmt: skip
    """A customer's mail to a person; `letter` is what its head says."""
    made: dict[str, Any] = {
        "id": "EM" + "0" * 32,
        "account": ACCOUNT,
        "kind": Kind.EMAIL,
        "channel": "smtp",
        "at": NOON,
    }
    head = Letter(**{"return_path": sender, "subject": "Your table", **(letter or {})})
    return Communication(
        **{"letter": head, **made, **more}, sender=email_address(sender), recipient=email_address(recipient), text=text
    )


def an_arriving_mail(
    *, sender: str = "ada@example.com", recipient: str = "desk@shop.example", name: str = "Ada", reply_to: str = "",
    subject: str = "My order", text: str = "Is it there yet?", **more: Any,
) -> Communication:  # fmt: skip
    """A person's mail to a customer's address."""
    made: dict[str, Any] = {"id": "EM" + "0" * 32, "account": ACCOUNT, "kind": Kind.EMAIL, "channel": "mx", "at": NOON}
    made |= {"direction": Direction.INBOUND}
    made |= {"letter": Letter(return_path=sender, name=name, reply_to=reply_to, subject=subject)}
    return Communication(
        **{**made, **more}, sender=email_address(sender), recipient=email_address(recipient), text=text
    )


def a_record(
    *, talked: float | None = 45.0, rang: float = 8.0, sender: str = SENDER, recipient: str = RECIPIENT, **more: Any
) -> CallRecord:
    """A call that is over: answered after `rang` seconds and ended after `talked`; None: nobody answered."""
    offered: datetime = more.pop("offered_at", NOON)
    ringing = offered + timedelta(seconds=1)
    answered = ringing + timedelta(seconds=rang)
    made: dict[str, Any] = {
        "id": "CA" + "0" * 32,
        "account": ACCOUNT,
        "direction": Direction.OUTBOUND,
        "offered_at": offered,
        "ringing_at": ringing,
        "answered_at": None if talked is None else answered,
        "ended_at": answered + timedelta(seconds=talked or 0),
        "status": 487 if talked is None else 200,
        "released_by": Party.CALLER,
    }
    return CallRecord(**{**made, **more}, sender=callable_address(sender), recipient=callable_address(recipient))


def a_call_ended(record: CallRecord | None = None, **more: Any) -> Outcome:
    """The outcome that the end of a call is."""
    return outcome_of(record or a_record(**more))


def an_answer(*, text: str, sender: str = RECIPIENT, recipient: str = SENDER, **more: Any) -> Communication:
    """A person's message to a customer's number (MO)."""
    return an_sms(sender=sender, recipient=recipient, text=text, direction=Direction.INBOUND, **more)


def a_knock(**more: Any) -> Knock:
    """A login at the REST door with the right secret."""
    made: dict[str, Any] = {
        "id": "KN1",
        "account": ACCOUNT,
        "at": NOON,
        "door": "rest",
        "principal": ACCOUNT,
        "source": "192.0.2.7",
    }
    return Knock(**{**made, **more})


def an_outcome(what: OutcomeKind = OutcomeKind.DELIVERED, **more: Any) -> Outcome:
    """What became of an SMS."""
    made: dict[str, Any] = {"id": "OU1", "account": ACCOUNT, "kind": Kind.SMS, "at": NOON}
    return Outcome(**{**made, **more}, what=what)


def says(**told: Any) -> Content:
    """What a text says: labels by their scores, the rest by its name."""
    labels = dict.fromkeys(LABELS, 0.0) | {name: score for name, score in told.items() if name in LABELS}
    return Content(labels=labels, **{name: value for name, value in told.items() if name not in LABELS})


def rulings(clause: Clause, rule: str, subject: Subject, *facts: Any, unknown: tuple[type, ...] = ()) -> list[Ruling]:
    """What one rule of a clause says of a subject. Facts are given as values; `unknown` ones have no value.

    A subject that the rule does not hear gets no ruling; an unknown fact gets the rule's `when_unknown`.
    Whatever a test asks, a rule that is about one fact keeps silent where that says nothing: the gate does not ask it.
    Whatever is said has to read well (`plain_words.py`).
    """
    made = next(r for r in clause.rules() if r.id == rule)
    if not made.hears(subject):
        return []
    learned: Mapping[type, Any] = {type(f): f for f in facts} | {f: Unknown("silent") for f in unknown}
    try:
        found: list[Ruling] = list(getattr(clause, made.method)(Case(subject, learned)))
    except Unknown:
        return [Ruling(verdict=made.when_unknown, reason="unknown")] if made.when_unknown > Verdict.ALLOW else []
    if made.about is not None and found:
        assert made.about.speaking([learned[made.about]]), f"{rule} speaks though {made.about.__name__} says nothing"
    assert [fault for ruling in found for fault in faults(ruling)] == []
    return found


def changed(value: Any, **more: Any) -> Any:
    """A frozen value with some fields changed."""
    return msgspec.structs.replace(value, **more)
