"""`masstransit explain`: the whole story of a message or a decision, for the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.errors import NotFound
from masstransit.facts.snoozes import Snoozed
from masstransit.ledger import record_id
from masstransit.model.address import callable_address, masked
from masstransit.model.call import ENDED
from masstransit.model.communication import Kind, Moment
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.policy import AUP
from masstransit.storage import (
    calls,
    communications,
    decisions,
    demotions,
    ledger,
    overturns,
    recordings,
    scheduled_calls,
)

_SHOWN = (
    "sid", "account", "kind", "direction", "channel", "status", "error_code", "error_message", "purpose", "campaign",
    "service", "end_user", "segments", "created_at", "send_at", "sent_at", "done_at", "trunk",
)  # fmt: skip
_SHOWN_OF_CALLS = (
    "sid", "account", "direction", "channel", "status", "error_code", "error_message", "purpose", "campaign",
    "end_user", "offered_at", "ringing_at", "answered_at", "ended_at", "response", "cause", "released_by",
    "answered_by", "brief", "internal", "trunk", "steps",
)  # fmt: skip
_ENDED_BY: Mapping[str, str] = {
    "caller": "the caller", "callee": "the called person", "house": "the house", "network": "a carrier on the way",
}  # fmt: skip


#: What is on record of a leg, in words: `recording_events.what`.
_MARKS: Mapping[str, str] = {
    "told": "heard the announcement to its end", "unheard": "did not hear the announcement to its end",
    "agreed": "agreed", "declined": "declined", "silent": "gave no answer", "joined": "came in, and it stopped",
}  # fmt: skip


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is on record of a recording: what a leg was told and answered, and what followed."""

    at: datetime
    said: str
    what: str  #: `recording_events.what`
    leg: int | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A recording, or something else that was done with a call."""

    account: str
    sid: str
    act: str
    state: str
    seconds: float
    erased_at: datetime | None
    marks: tuple[Mark, ...]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record about one id."""

    id: str
    message: dict[str, Any] | None  #: None where the decision is about somebody at the door, a call, or an outcome
    call: dict[str, Any] | None = None
    scheduled: dict[str, Any] | None = None  #: a call that was to be made later, and was not made yet or at all
    recordings: tuple[Recorded, ...] = ()  #: of the call, or the one that was asked for
    decisions: tuple[Decision, ...]
    overturned: Mapping[str, str] = {}  #: decision id -> by whom it was found wrong, when and why
    #: Decision id -> rules that were in shadow by their budget then, and why.
    stepped_down: Mapping[str, Mapping[str, str]] = {}
    ledger: tuple[str, ...]  #: where each decision stands in the ledger: "chain 17"

    @property
    def account(self) -> str:
        """Whose it is."""
        known = self.message or self.call or self.scheduled
        if known is not None:
            return str(known["account"])
        return self.recordings[0].account if self.recordings else self.decisions[0].account


def story_of(connection: Connection, id: str) -> Story:  # noqa: A002 - the SDKs' word
    """Everything about a SID or a decision id. Raises `NotFound`."""
    about = id
    if id.startswith("DE"):
        found = decisions.locate(connection, id)
        if found is None:
            raise NotFound(f"there is no decision {id} on record")
        about = found.subject
    about = about.removesuffix(ENDED)  # what was found when a call was over belongs to the call
    row = communications.locate(connection, about)
    call = calls.locate(connection, about)
    made = decisions.about(connection, about)
    if call is not None:
        made += decisions.about(connection, about + ENDED)
    one = recordings.locate(connection, about)
    kept = recordings.of_call(connection, call.account, about) if call is not None else [one] if one else []
    waits = scheduled_calls.locate(connection, about)
    if row is None and call is None and waits is None and not kept and not made:
        raise NotFound(
            f"there is nothing on record about {id}: give a SID (SM..., CA..., RE..., VM...) or a decision id (DE...)"
        )
    places = [
        f"{entry.chain} {entry.seq}"
        for decision in made
        for entry in ledger.about(connection, decision.account, "decision", decision.id)
    ]
    wrong = overturns.of_decisions(connection, [(decision.account, decision.id) for decision in made])
    return Story(
        id=id,
        message=_message(row) | {"edits": row.attrs.get("edits"), "edited": _edits(connection, row)} if row else None,
        call=_call(call) if call else None,
        scheduled=_scheduled(waits) if waits else None,
        recordings=tuple(recorded(connection, each) for each in kept),
        decisions=tuple(made),
        overturned={id_: _overturned(said) for (_, id_), said in wrong.items()},
        stepped_down={decision.id: _stepped_down(connection, decision) for decision in made},
        ledger=tuple(places),
    )


def recorded(connection: Connection, row: Any) -> Recorded:
    """A recording on record, with everything that is on record of it."""
    told = recordings.events(connection, row.account, row.sid)
    marks = [Mark(at=each.at, said=_mark(each), what=each.what, leg=each.leg) for each in told]
    shown = {name: getattr(row, name) for name in ("account", "sid", "act", "state", "seconds", "erased_at")}
    return Recorded(**shown, marks=tuple(marks))


def _mark(row: Any) -> str:
    """An event in words: who, what, and how that can be shown."""
    if row.leg is None:
        return f"it {row.what}" if row.what in {"began", "resumed", "ended"} else f"it was {row.what}"
    told = row.told
    shown = [told.get("proof"), told.get("how") if told.get("how") != "key" else None]
    shown += [f"in '{told['language']}'"] if told.get("language") else []
    by = ", ".join(each for each in shown if each)
    return f"leg {row.leg} {_MARKS.get(row.what, row.what)}" + (f" ({by})" if by else "")


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
    return shown | {"from": masked(row.sender), "to": masked(row.recipient), "body": row.body is not None}


def _edits(connection: Connection, row: Any) -> tuple[str, ...]:
    """What its author said in its place since, by SID, in order: the ledger's `chat-edit`."""
    if row.kind != Kind.CHAT.name:
        return ()
    places = ledger.about(connection, row.account, "chat-edit", row.sid)
    keys = [(row.account, record_id(place.chain, place.seq)) for place in places]
    kept = ledger.records_of(connection, keys)
    return tuple(msgspec.json.decode(kept[key].record)["edit"] for key in keys if key in kept)


def _call(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SHOWN_OF_CALLS}
    from_, to = callable_address(row.sender), callable_address(row.recipient)
    return shown | {"kind": "CALL", "from": from_.masked, "to": to.masked}


def _scheduled(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("sid", "account", "status", "created_at", "due_at", "ended_at")}
    return shown | {"from": callable_address(row.sender).masked, "to": callable_address(row.recipient).masked}


def tell(story: Story) -> Iterator[str]:
    """The story in lines, for whoever has to answer for it: what happened, and of each finding where it stands in the
    policy, what was found, what shows it, what would have made it right, and how to contradict it."""
    message = story.message
    if story.scheduled is not None:
        yield from _to_come(story.scheduled)
    if story.call is not None:
        yield from _course(story.call)
    if message is not None:
        yield f"{message['sid']}  {message['kind']} {message['direction']} by {message['channel']}"
        yield f"  account   {message['account']}"
        yield f"  from, to  {message['from']} -> {message['to']}"
        yield f"  purpose   {message['purpose'] or 'not stated'}"
        if message["edits"]:
            yield f"  edits     {message['edits']}"
        if message["edited"]:
            yield f"  edited    {', '.join(message['edited'])}"
        yield f"  offered   {_when(message['created_at'])}"
        if message["sent_at"]:
            yield f"  sent      {_when(message['sent_at'])} by trunk {message['trunk']}"
        if message["done_at"]:
            yield f"  ended     {_when(message['done_at'])}"
        error = f" ({message['error_code']}: {message['error_message']})" if message["error_code"] else ""
        yield f"  status    {message['status']}{error}"
    for one in story.recordings:
        yield from _of_recording(one)
    for decision in story.decisions:
        yield ""
        yield from _decision(decision, story)
    for entry in story.ledger:
        yield f"  ledger    {entry}"


def _to_come(call: Mapping[str, Any]) -> Iterator[str]:
    """A call that was to be made later."""
    yield f"{call['sid']}  CALL to be made later"
    yield f"  account   {call['account']}"
    yield f"  from, to  {call['from']} -> {call['to']}"
    yield f"  asked     {_when(call['created_at'])}"
    yield f"  due       {_when(call['due_at'])}"
    if call["ended_at"]:
        yield f"  ended     {_when(call['ended_at'])}"
    yield f"  status    {call['status']}"


def _course(call: Mapping[str, Any]) -> Iterator[str]:
    """A call from its offer to its end."""
    inside = ", between own lines" if call["internal"] else ""
    yield f"{call['sid']}  CALL {call['direction']} by {call['channel']}{inside}"
    yield f"  account   {call['account']}"
    yield f"  from, to  {call['from']} -> {call['to']}"
    yield f"  purpose   {call['purpose'] or 'not stated'}" + (
        f"; declared to be short: {call['brief']}" if call["brief"] else ""
    )
    yield f"  offered   {_when(call['offered_at'])}" + (f" by trunk {call['trunk']}" if call["trunk"] else "")
    if call["ringing_at"]:
        yield f"  rang      {_when(call['ringing_at'])}"
    if call["answered_at"]:
        by = f" by: {call['answered_by']}, as machine detection guesses" if call["answered_by"] else ""
        yield f"  answered  {_when(call['answered_at'])}{by}"
    if call["ended_at"]:
        yield f"  ended     {_when(call['ended_at'])} by {_ENDED_BY.get(call['released_by'], call['released_by'])}"
        cause = f", cause {call['cause']} (Q.850)" if call["cause"] is not None else ""
        talked = (call["ended_at"] - call["answered_at"]).total_seconds() if call["answered_at"] else None
        lasted = f", {talked:.0f} s after the answer" if talked is not None else ""
        yield f"  result    {call['response']} (SIP){cause}{lasted}"
    error = f" ({call['error_code'] or 'no code'}: {call['error_message']})" if call["error_message"] else ""
    yield f"  status    {call['status']}{error}"
    zero = call["offered_at"].timestamp() * 1000
    for nth, (at, leg, way, what) in enumerate(call["steps"]):
        yield f"  {'' if nth else 'SIP':<9} {(at - zero) / 1000:8.3f} s {'from' if way == 'in' else 'to'} {leg}: {what}"


def _of_recording(recorded: Recorded) -> Iterator[str]:
    gone = f"; its sound was erased {_when(recorded.erased_at)}" if recorded.erased_at and recorded.seconds else ""
    yield f"{recorded.sid}  {recorded.act} {recorded.state}, {recorded.seconds:.0f} s{gone}"
    for mark in recorded.marks:
        yield f"  {_when(mark.at)}  {mark.said}"


_FOLLOWS: dict[Verdict, str] = {
    Verdict.ALLOW: "it goes out",
    Verdict.FLAG: "it goes out, and a person looks afterwards",
    Verdict.DELAY: "it goes out later",
    Verdict.HOLD: "it waits until a person has looked",
    Verdict.REFUSE: "it does not go out",
}
_AT_THE_DOOR: Mapping[Verdict, str] = {
    Verdict.ALLOW: "it opens",
    Verdict.FLAG: "it opens, and a person looks afterwards",
    Verdict.DELAY: "it opens later",
    Verdict.HOLD: "it stays shut until a person has looked",
    Verdict.REFUSE: "it stays shut",
}
_OF_CALLS: Mapping[Verdict, str] = _FOLLOWS | {  # which don't wait
    Verdict.DELAY: "it is turned away for now",
    Verdict.HOLD: "it is turned away, and a person looks at what stopped it",
}


_WHILE_UNDER_WAY: Mapping[Verdict, str] = {
    Verdict.ALLOW: "it may begin",
    Verdict.FLAG: "it may begin, and a person looks afterwards",
    Verdict.DELAY: "it may begin later",
    Verdict.HOLD: "it does not begin before a person has looked",
    Verdict.REFUSE: "it does not begin, and the call goes on",
}
_LET_GO = "a person looked at it and let it go"
_EXEMPT = "nothing may stop it, whatever was found (a way to emergency help, or somebody's STOP, START or HELP)"


def follows(decision: Decision) -> str:
    """What becomes of a subject by a decision, in a clause; "": it is about what became of one before."""
    verdict, binding = decision.verdict, [f.verdict for f in decision.findings if f.mode is Mode.ENFORCED]
    if max(binding, default=Verdict.ALLOW) > verdict:
        return _LET_GO if verdict is Verdict.FLAG else _EXEMPT
    if decision.moment is Moment.OUTCOME:
        return ""
    if decision.moment is Moment.OFFER and decision.subject.startswith("CA"):
        return _OF_CALLS[verdict]
    return {Moment.ADMISSION: _AT_THE_DOOR, Moment.CHANGE: _WHILE_UNDER_WAY}.get(decision.moment, _FOLLOWS)[verdict]


def _decision(decision: Decision, story: Story) -> Iterator[str]:
    verdict, what = decision.verdict, follows(decision)
    told = f"{verdict.name} at {decision.moment.name}, attempt {decision.attempt}"
    yield f"{decision.id}  {told}" + (f": {what}" if what else "")
    yield f"  decided   {_when(decision.at)}, policy {decision.revision}"
    if decision.deciding is not None and verdict > Verdict.ALLOW:
        yield f"  by        {decision.deciding.rule}, the strictest finding that binds"
    if decision.id in story.overturned:
        yield f"  wrong     {story.overturned[decision.id]}"
    rests = at_rest(story, decision)
    for finding in decision.findings:
        yield from _finding(finding, rests.get(finding.rule, ""))
    if not decision.findings:
        yield "  nothing was found against it"
    elif verdict > Verdict.FLAG:
        yield f"  appeal    the sender posts DecisionSid={decision.id} and why to"
        yield "            /policy/v1/Appeals; somebody else than who decided looks at it anew"
    yield f"  facts     {len(decision.facts)} learned (--json shows them)" + _silent(silent(decision))


def silent(decision: Decision) -> Sequence[str]:
    """The facts of which nothing could be learned."""
    return sorted(name for name, fact in decision.facts.items() if isinstance(fact, Mapping) and "unknown" in fact)


def at_rest(story: Story, decision: Decision) -> Mapping[str, str]:
    """Of the rules that found something in shadow, why they bound nothing."""
    why = {**story.stepped_down.get(decision.id, {}), **_snoozed(decision)}
    return {f.rule: why[f.rule] for f in decision.findings if f.mode is Mode.SHADOW and f.rule in why}


def _snoozed(decision: Decision) -> dict[str, str]:
    """Rules that bound nothing of this one, because a person had said so."""
    told = decision.facts.get(Snoozed.__name__)
    snoozed = msgspec.convert(told, Snoozed) if told is not None else Snoozed()
    return {each.rule: f"snoozed for this sender until {_when(each.until)} ({each.snooze})" for each in snoozed.of}


def _silent(facts: Sequence[str]) -> str:
    return f"; nothing could be learned of {', '.join(facts)}" if facts else ""


def _finding(finding: Finding, rests: str) -> Iterator[str]:
    shadow = " (in shadow: recorded, and binds nothing)" if finding.mode is Mode.SHADOW else ""
    until = f" until {_when(finding.until)}" if finding.until is not None else ""
    yield f"  {finding.rule:<9} {finding.verdict.name}{until}{shadow}: {finding.reason}"
    yield from (f"            {line}" for line in place(finding))
    if rests:
        yield f"            {rests}"
    for nth, line in enumerate(evidence(finding.evidence)):
        yield f"            {'shown by: ' if nth == 0 else '          '}{line}"
    if finding.remedy:
        yield f"            to put it right: {finding.remedy}"


def place(finding: Finding) -> Iterator[str]:
    """Where a finding stands in today's policy; an old record may name a rule that is gone."""
    clause = next((each for each in AUP if each.number == finding.clause), None)
    if clause is None:
        return
    yield f"clause {clause.number}, {clause.title}"
    made = next((each for each in clause.rules() if each.id == finding.rule), None)
    if made is not None:
        yield f"rule: {made.says}{f' ({made.law})' if made.law else ''}"


# --- evidence in words ----------------------------------------------------------------------------------------------

_WINDOW = re.compile(r"_(\d+)([mhd])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
#: Names of evidence that don't say by themselves what they are.
_CALLED: Mapping[str, str] = {
    "at": "when", "by": "known by", "claimed": "brand that it names", "claims": "speaks for", "copies": "copies sent",
    "different": "different spellings", "kinds": "goods", "of": "goes on for", "said": "what the person wrote",
    "scope": "covers", "sip": "SIP status", "spans": "words", "tier": "published tier",
    "undone": "disguise that was undone", "unit": "counted for", "unknown": "what could not be learned",
    "via": "number that it was said to",
}  # fmt: skip
_LOOKS: Mapping[str, str] = {
    "otp": "a one-time code", "phi": "health information", "shaft": "goods that carriers gate", "sexual": "sexual",
    "spam": "advertising", "impersonation": "speaking for somebody else", "scam": "a fraud", "phishing": "phishing",
    "robocall": "a recorded call", "hate": "hate", "threat": "a threat", "harassment": "abuse",
}  # fmt: skip


_FAINT = 0.25  # the score below which a label is not worth telling beside others
_NO_WORD = re.compile(r"#|^(?:https?|www)$")  # a piece of a link, a number that is hidden


def evidence(told: Mapping[str, Any]) -> Iterator[str]:
    """What a finding rests on, a line each: names without underscores, shares in per cent, numbers masked."""
    for name, value in told.items():
        if value is None or value in ("", (), [], {}):
            continue
        if name == "labels":
            yield f"it reads like {_looks(value)}"
        elif name == "spans":
            words = [word for some in value.values() for word in some] if isinstance(value, Mapping) else list(value)
            plain = [word for word in dict.fromkeys(words) if not _NO_WORD.search(word)]
            if plain:
                yield f"words: {_said(plain)}"
        else:
            yield f"{_called(name)}: {_said(value, share=name.endswith('share') or name == 'idle')}"


def _looks(labels: Mapping[str, float]) -> str:
    shown = {label: score for label, score in labels.items() if score >= _FAINT} or labels
    return ", ".join(f"{_LOOKS.get(label, label)} ({score:.0%})" for label, score in shown.items())


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
    return _text(value) if isinstance(value, str) else str(value)


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_NUMBER = re.compile(r"\+\d{7,15}")


def _text(value: str) -> str:
    """Times are kept in the record as ISO 8601; numbers are shown masked, as everywhere."""
    if _NUMBER.fullmatch(value):
        return masked(value)
    try:
        return _when(datetime.fromisoformat(value)) if _ISO.match(value) else value
    except ValueError:
        return value


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
