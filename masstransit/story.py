"""`masstransit explain`: the whole story of a message or a decision, for the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.clause import Clause, Rule
from masstransit.errors import NotFound
from masstransit.model.address import parse
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.policy import AUP
from masstransit.storage import communications, decisions, ledger

_SHOWN = (
    "sid", "account", "kind", "direction", "channel", "status", "error_code", "error_message", "purpose", "campaign",
    "service", "end_user", "segments", "created_at", "send_at", "sent_at", "done_at", "trunk",
)  # fmt: skip


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record about one id."""

    id: str
    message: dict[str, Any] | None  #: None where the decision is about somebody at the door, or an outcome
    decisions: tuple[Decision, ...]
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
    return Story(id=id, message=_message(row) if row else None, decisions=tuple(made), ledger=tuple(places))


def _message(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return shown | {"from": parse(row.sender).masked, "to": parse(row.recipient).masked, "body": row.body is not None}


def tell(story: Story) -> Iterator[str]:
    """The story in lines, for whoever has to answer for it: what happened, and of each finding where it stands in the
    policy, what was found, what shows it, what would have made it right, and how to contradict it."""
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
        yield from _decision(decision)
    for place in story.ledger:
        yield f"  ledger    {place}"


def _decision(decision: Decision) -> Iterator[str]:
    yield f"{decision.id}  {decision.verdict.name} at {decision.moment.name}, attempt {decision.attempt}"
    yield f"  decided   {_when(decision.at)}, policy {decision.revision}"
    if decision.deciding is not None and len(decision.findings) > 1:
        yield f"  decided by {decision.deciding.rule}: of what binds, the strictest finding decides"
    for finding in decision.findings:
        yield from _finding(finding)
    if not decision.findings:
        yield "  nothing was found against it"
    elif decision.verdict > Verdict.FLAG:
        yield f"  appeal    the sender writes to the operator and quotes {decision.id}; somebody else than who decided"
        yield "            looks at it anew"
    yield f"  facts     {', '.join(sorted(decision.facts)) or 'none were needed'}"


_FOLLOWS: Mapping[Verdict, str] = {
    Verdict.ALLOW: "nothing follows",
    Verdict.FLAG: "it goes out, and a person looks afterwards",
    Verdict.DELAY: "it goes out later",
    Verdict.HOLD: "it waits until a person has looked",
    Verdict.REFUSE: "it does not go out",
}


def _finding(finding: Finding) -> Iterator[str]:
    shadow = finding.mode is Mode.SHADOW
    follows = "nothing: the rule is in shadow, and only recorded" if shadow else _FOLLOWS[finding.verdict]
    yield ""
    yield f"  {finding.rule:<9} {finding.verdict.name}{' (in shadow)' if shadow else ''}: {finding.reason}"
    clause, made = _place(finding)
    if clause is not None:
        yield f"            clause {clause.number}, {clause.title}"
    if made is not None:
        yield f"            rule: {made.says}{f' ({made.law})' if made.law else ''}"
    yield f"            what follows: {follows}{f', from {_when(finding.until)} on' if finding.until else ''}"
    for line in evidence(finding.evidence):
        yield f"            shown by: {line}"
    if finding.remedy:
        yield f"            to put it right: {finding.remedy}"


def _place(finding: Finding) -> tuple[type[Clause] | None, Rule | None]:
    """Where a finding stands in today's policy; an old record may name a rule that is gone."""
    clause = next((each for each in AUP if each.number == finding.clause), None)
    made = next((each for each in clause.rules() if each.id == finding.rule), None) if clause else None
    return clause, made


# --- evidence in words ----------------------------------------------------------------------------------------------

_WINDOW = re.compile(r"_(\d+)([mhd])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
#: Names of evidence that don't say by themselves what they are.
_CALLED: Mapping[str, str] = {
    "about": "what it is about", "at": "when", "because": "because", "by": "known by", "claims": "speaks for",
    "copies": "copies sent", "different": "different spellings", "of": "goes on for", "said": "what the person wrote",
    "spans": "words", "undone": "disguise that was undone", "via": "which way it came", "why": "why",
    "unit": "counted for", "unknown": "what could not be learned",
}  # fmt: skip
_LOOKS: Mapping[str, str] = {
    "otp": "a one-time code", "phi": "health information", "shaft": "goods that carriers gate", "sexual": "sexual",
    "spam": "advertising", "impersonation": "speaking for somebody else", "scam": "a fraud", "phishing": "phishing",
    "robocall": "a recorded call", "hate": "hate", "threat": "a threat", "harassment": "abuse",
}  # fmt: skip


def evidence(told: Mapping[str, Any]) -> Iterator[str]:
    """What a finding rests on, a line each: names without underscores, shares in per cent, no braces."""
    for name, value in told.items():
        if value is None or value in ("", (), [], {}):
            continue
        if name == "labels":
            yield "it reads like " + ", ".join(
                f"{_LOOKS.get(label, label)} ({score:.0%})" for label, score in value.items()
            )
        elif name == "spans" and isinstance(value, Mapping):
            words = dict.fromkeys(word for some in value.values() for word in some)
            yield f"words: {_said(list(words))}"
        else:
            yield f"{_called(name)}: {_said(value, share=name.endswith('share') or name == 'idle')}"


def _called(name: str) -> str:
    if name in _CALLED:
        return _CALLED[name]
    found = _WINDOW.search(name)
    if found is None:
        return name.replace("_", " ")
    what = name[: found.start()]
    return f"{_CALLED.get(what, what.replace('_', ' '))} in {found[1]} {_UNITS[found[2]]}"


def _said(value: Any, *, share: bool = False) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _when(value)
    if isinstance(value, int | float) and share:
        return f"{value:.1%}"
    if isinstance(value, Mapping):
        return ", ".join(f"{_called(str(name))} {_said(each)}" for name, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_said(each) for each in value)
    return _moment(value) if isinstance(value, str) else str(value)


def _moment(text: str) -> str:
    """Times are kept in the record as ISO 8601."""
    try:
        return _when(datetime.fromisoformat(text)) if _ISO.match(text) else text
    except ValueError:
        return text


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
