"""`masstransit explain`: the whole story of a message or a decision, for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.errors import NotFound
from masstransit.model.address import parse
from masstransit.model.decision import Decision, Finding, Mode
from masstransit.storage import communications, decisions, demotions, ledger, overturns

_SHOWN = (
    "sid", "account", "kind", "direction", "channel", "status", "error_code", "error_message", "purpose", "campaign",
    "service", "end_user", "segments", "created_at", "send_at", "sent_at", "done_at", "trunk",
)  # fmt: skip


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record about one id."""

    id: str
    message: dict[str, Any] | None  #: None where the decision is about somebody at the door, or an outcome
    decisions: tuple[Decision, ...]
    overturned: dict[str, str]  #: decision id -> by whom it was found wrong, when and why
    stepped_down: dict[str, dict[str, str]]  #: decision id -> rules that were in shadow by their budget then, and why
    ledger: tuple[str, ...]  #: where each decision stands in the ledger: "chain 17"


def story_of(connection: Connection, id: str) -> Story:  # noqa: A002 - the SDKs' word
    """Everything about a SID or a decision id. Raises `NotFound`."""
    about = id
    if id.startswith("DE"):
        found = decisions.locate(connection, id)
        if found is None:
            raise NotFound(f"there is no decision {id} on record")
        about = found.subject
    row = communications.locate(connection, about)
    made = decisions.about(connection, about)
    if row is None and not made:
        raise NotFound(f"there is nothing on record about {id}: give a SID (SM...) or a decision id (DE...)")
    places = [
        f"{entry.chain} {entry.seq}"
        for decision in made
        for entry in ledger.about(connection, decision.account, "decision", decision.id)
    ]
    wrong = overturns.of_decisions(connection, [(decision.account, decision.id) for decision in made])
    return Story(
        id=id,
        message=_message(row) if row else None,
        decisions=tuple(made),
        overturned={id_: _overturned(said) for (_, id_), said in wrong.items()},
        stepped_down={decision.id: _stepped_down(connection, decision) for decision in made},
        ledger=tuple(places),
    )


def _overturned(said: Any) -> str:
    why = f": {said.because}" if said.because else ""
    return f"{said.way} by {said.by}, {_when(said.at)}{why}"


def _stepped_down(connection: Connection, decision: Decision) -> dict[str, str]:
    """Of the rules that found something in shadow, those that were there by their budget."""
    in_shadow = {finding.rule for finding in decision.findings if finding.mode is Mode.SHADOW}
    found = demotions.in_force(connection, decision.at) if in_shadow else ()
    return {row.rule: demotions.told(row) for row in found if row.rule in in_shadow}


def _message(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return shown | {"from": parse(row.sender).masked, "to": parse(row.recipient).masked, "body": row.body is not None}


def tell(story: Story) -> Iterator[str]:
    """The story in lines."""
    message = story.message
    if message is not None:
        yield f"{message['sid']}  {message['kind']} {message['direction']} by {message['channel']}"
        yield f"  account   {message['account']}"
        yield f"  from, to  {message['from']} -> {message['to']}"
        yield f"  purpose   {message['purpose'] or 'not stated'}"
        yield f"  offered   {_when(message['created_at'])}"
        if message["sent_at"]:
            yield f"  sent      {_when(message['sent_at'])} by trunk {message['trunk']}"
        if message["done_at"]:
            yield f"  ended     {_when(message['done_at'])}"
        error = f" ({message['error_code']}: {message['error_message']})" if message["error_code"] else ""
        yield f"  status    {message['status']}{error}"
    for decision in story.decisions:
        yield ""
        yield f"{decision.id}  {decision.verdict.name} at {decision.moment.name}, attempt {decision.attempt}"
        yield f"  decided   {_when(decision.at)}, policy {decision.revision}"
        if decision.id in story.overturned:
            yield f"  wrong     {story.overturned[decision.id]}"
        for finding in decision.findings:
            yield from _finding(finding, story.stepped_down.get(decision.id, {}).get(finding.rule, ""))
        if not decision.findings:
            yield "  nothing was found against it"
        yield f"  facts     {', '.join(sorted(decision.facts)) or 'none were needed'}"
    for place in story.ledger:
        yield f"  ledger    {place}"


def _finding(finding: Finding, stepped_down: str) -> Iterator[str]:
    shadow = " (in shadow)" if finding.mode is Mode.SHADOW else ""
    yield f"  {finding.rule:<9} {finding.verdict.name}{shadow}: {finding.reason}"
    if stepped_down and shadow:
        yield f"            {stepped_down}"
    if finding.remedy:
        yield f"            remedy: {finding.remedy}"
    for name, value in finding.evidence.items():
        yield f"            {name}: {value}"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
