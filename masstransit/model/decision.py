"""The words of a decision: verdict, ruling, finding, decision; and the stamp without which nothing is carried."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from masstransit.model.communication import Communication, Moment
from masstransit.model.subject import Subject


class Verdict(enum.IntEnum):
    """From the mildest to the strictest; the strictest finding decides."""

    ALLOW = 0
    FLAG = 1  #: carry; a person looks afterwards
    DELAY = 2  #: not now: when
    HOLD = 3  #: not before a person has looked
    REFUSE = 4


class Mode(enum.Enum):
    """Whether a rule binds. In shadow its findings are recorded and nothing follows."""

    ENFORCED = "enforced"
    SHADOW = "shadow"


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of a case. Made by `flag`, `delay`, `hold` and `refuse`; the gate makes it a finding."""

    verdict: Verdict
    reason: str  #: a plain sentence that the sender may read
    remedy: str = ""  #: how to put it right
    code: int | None = None  #: the SDKs' error code nearest to the reason
    until: datetime | None = None  #: for a delay: when it ends
    overload: bool = False  #: a delay of the sender (429, ESME_RTHROTTLED), not of this one recipient
    by_content: bool = False  #: a refusal for what is said is told afterwards, as SDK users know it (30007, 30450)
    evidence: Mapping[str, Any] = {}


def flag(reason: str, *, remedy: str = "", **evidence: Any) -> Ruling:
    """Carry it, and let a person look afterwards."""
    return Ruling(verdict=Verdict.FLAG, reason=reason, remedy=remedy, evidence=evidence)


def delay(
    reason: str, *, until: datetime, overload: bool = False, remedy: str = "", code: int | None = None, **evidence: Any
) -> Ruling:
    """Not now, but `until`. `overload` is for a sender who is too fast, never for a recipient's quiet hours."""
    return Ruling(
        verdict=Verdict.DELAY,
        reason=reason,
        remedy=remedy,
        code=code,
        until=until,
        overload=overload,
        evidence=evidence,
    )


def hold(reason: str, *, remedy: str = "", code: int | None = None, **evidence: Any) -> Ruling:
    """Not before a person has looked."""
    return Ruling(verdict=Verdict.HOLD, reason=reason, remedy=remedy, code=code, evidence=evidence)


def refuse(
    reason: str, *, remedy: str = "", code: int | None = None, by_content: bool = False, **evidence: Any
) -> Ruling:
    """Never, as it is."""
    return Ruling(
        verdict=Verdict.REFUSE, reason=reason, remedy=remedy, code=code, by_content=by_content, evidence=evidence
    )


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ruling with its place in the policy: what the record keeps."""

    clause: str  #: "7", "A"
    rule: str  #: "7.4"
    verdict: Verdict
    reason: str
    remedy: str = ""
    code: int | None = None
    until: datetime | None = None
    overload: bool = False
    by_content: bool = False
    mode: Mode = Mode.ENFORCED
    unknown: bool = False  #: the rule could not learn its facts, and `when_unknown` spoke
    evidence: Mapping[str, Any] = {}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says of a subject, with every finding and the facts they rest on."""

    id: str
    subject: str  #: the SID of the communication, or the id of the knock or outcome
    account: str
    moment: Moment
    attempt: int
    at: datetime
    verdict: Verdict
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]  #: fact name -> value, or {"unknown": why}
    revision: str  #: of the policy: its text's date and a hash of every figure

    @property
    def deciding(self) -> Finding | None:
        """The finding that decided: the first of the strictest that bind."""
        return next((f for f in self.findings if f.mode is Mode.ENFORCED and f.verdict == self.verdict), None)

    @property
    def stopped_by(self) -> str | None:
        """The rule that held or refused it; None: it was not stopped."""
        finding = self.deciding if self.verdict >= Verdict.HOLD else None
        return finding.rule if finding is not None else None

    @property
    def until(self) -> datetime | None:
        """When the last of its delays ends."""
        ends = [f.until for f in self.findings if f.mode is Mode.ENFORCED and f.until is not None]
        return max(ends, default=None)


def decision_id(subject: Subject) -> str:
    """The same offer, asked again, has the same decision: account, idempotency key (or id), moment and attempt."""
    key = subject.idempotency_key or subject.id
    seed = f"{subject.account}\0{key}\0{subject.moment.name}\0{subject.attempt}"
    return "DE" + hashlib.blake2b(seed.encode(), digest_size=16).hexdigest()


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """A communication that may be carried. Only a favourable decision, or an exemption, makes one."""

    communication: Communication
    decision: Decision

    def __post_init__(self) -> None:
        if self.decision.subject != self.communication.id:
            raise ValueError("the decision is about another communication")
        if self.decision.verdict > Verdict.FLAG:
            raise ValueError(f"a communication with verdict {self.decision.verdict.name} is not carried")
