"""A case as it was: the subject and its facts, out of what is on record.

Facts are kept as JSON under their names, a fact whose source was silent as `{"unknown": why}`. What was redacted since,
or was recorded in a shape that this version does not read, is lost: a rule that needs it can't be heard again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.clause import Case
from masstransit.errors import Unknown
from masstransit.facts.snoozes import Snoozed
from masstransit.model.communication import Communication, Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage import communications
from masstransit.storage.overturns import RELEASED
from masstransit.storage.redaction import GONE

_REDACTED = msgspec.json.encode(GONE)


class _Silent(msgspec.Struct, forbid_unknown_fields=True):
    """How a fact is kept whose source was silent."""

    unknown: str


class _Kept(msgspec.Struct):
    """A decision's record, with its facts still to be read."""

    findings: tuple[Finding, ...]
    facts: dict[str, msgspec.Raw]


_KEPT = msgspec.json.Decoder(_Kept)
_SILENT = msgspec.json.Decoder(_Silent)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about an offer, as it is on record, with what it was about."""

    decision: Decision  #: its facts are still JSON
    communication: Communication | None  #: None: not on record
    person: str = ""  #: its recipient, as the record compares people
    has_content: bool = False  #: what was said is still on record
    overturned: bool = False  #: a person found later that it was wrong
    let_go: str | None = None  #: the rule that had held it before a person looked and let it go


def stands_in_the_way(decision: Decision) -> str | None:
    """The rule by which something is not carried, now or ever: the first of the strictest that bind."""
    finding = decision.deciding if decision.verdict > Verdict.FLAG else None
    return finding.rule if finding is not None else None


def decided(row: Row[Any], stored: Row[Any] | None, overturned: Sequence[Row[Any]] = ()) -> Decided:
    """A decision's row with its communication's, and what people overturned of that. Raises `msgspec.MsgspecError` for
    a record that can't be read."""
    kept = _KEPT.decode(row.record)
    decision = Decision(
        id=row.id,
        subject=row.subject,
        account=row.account,
        moment=Moment[row.moment],
        attempt=row.attempt,
        at=row.at,
        verdict=Verdict[row.verdict],
        findings=kept.findings,
        facts={name: bytes(raw) for name, raw in kept.facts.items()},
        revision=row.revision,
    )
    if stored is None:
        return Decided(decision=decision, communication=None)
    return Decided(
        decision=decision,
        communication=communications.read(stored, attempt=row.attempt),
        person=stored.person or "",
        has_content=stored.body is not None or stored.payload is not None,
        overturned=any(said.decision == row.id for said in overturned),
        let_go=next((said.rule for said in reversed(overturned) if said.way == RELEASED and said.at <= row.at), None),
    )


class Reader:
    """Makes facts of what is on record."""

    def __init__(self) -> None:
        self._decoders: dict[type, msgspec.json.Decoder[Any]] = {}

    def case(
        self, made: Decided, subject: Communication, needed: Sequence[type], fresh: Mapping[type, Any]
    ) -> tuple[Case, dict[type, str]]:
        """The case as it was, with the facts that are needed; and which of those are lost, and how. `fresh` facts take
        the place of those on record."""
        case, lost, facts = Case(subject, fresh), dict[type, str](), made.decision.facts
        for fact in needed:
            if fact in fresh:
                continue
            kept = facts.get(fact.__name__)
            if kept is None:
                lost[fact] = "not on record"
            elif _REDACTED in kept:
                lost[fact] = "redacted"
            else:
                try:
                    case.learn(fact, self._fact(fact, kept))
                except msgspec.MsgspecError:
                    lost[fact] = "not readable"
        return case, lost

    def snoozed(self, made: Decided) -> Snoozed | None:
        """Which rules were snoozed then; None: none was, as of most."""
        kept = made.decision.facts.get(Snoozed.__name__)
        return None if kept is None else self._fact(Snoozed, kept)

    def _fact(self, fact: type, kept: bytes) -> Any:
        """A fact, or `Unknown` where its source was silent. Raises `msgspec.MsgspecError` for one of another shape."""
        if kept.startswith(b'{"unknown":'):
            return Unknown(_SILENT.decode(kept).unknown)
        if fact not in self._decoders:
            self._decoders[fact] = msgspec.json.Decoder(fact)
        return self._decoders[fact].decode(kept)
