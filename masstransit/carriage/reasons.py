"""A statement of reasons for what a notice tells, with the fields of Regulation (EU) 2022/2065 Art. 17(3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from masstransit.carriage.statements import APPEALS, STEPS
from masstransit.errors import NotFound
from masstransit.model.decision import Decision, Mode
from masstransit.storage import decisions, standing, statements


class InForce(Protocol):
    """The policy in force."""

    @property
    def policy(self) -> tuple[Any, ...]: ...

    @property
    def revision(self) -> str: ...


_RESTRICTIONS = {
    "warn": "none: a warning, which weighs when something more is found",
    "throttle": "the service is limited: so many messages a minute",
    "block": "the service is suspended in part, until a person has looked",
    "suspend": "the service is suspended in part, or whole where the account is suspended",
}
_REDRESS = {
    "out_of_court": "a certified body for out-of-court dispute settlement, where one is competent for you",
    "judicial": "a court of competent jurisdiction",
}


def of_notice(connection: Connection, account: str, sid: str, in_force: InForce) -> dict[str, Any]:
    """The reasons of what an account's notice tells; instants as they are on record. Raises `NotFound` where it tells
    of nothing that was done against a sender."""
    told = statements.find(connection, account, sid)
    step = standing.find(connection, told.step, told.account) if told is not None and told.step else None
    if told is None or step is None or told.what not in STEPS:
        raise NotFound("The requested notice was not found, or it is of nothing that was done against a sender")
    key = (step.account, step.decision or "")
    return _stated(told, step, decisions.by_ids(connection, [key]).get(key), in_force)


def _stated(told: Row[Any], step: Row[Any], decision: Decision | None, in_force: InForce) -> dict[str, Any]:
    said = told.said
    return {
        "notice_sid": told.sid,
        "account_sid": told.account,
        "date_created": told.at,
        "restriction": {
            "kind": told.what,
            "means": _RESTRICTIONS[told.what],
            "limits": said["limits"],
            "scope": said["scope"],
            "target": said["target"],
            "territory": "everywhere",
            "date_begins": told.at,
            "date_ends": said["date_ends"],
        },
        "facts_and_circumstances": {
            "reason": said["reason"],
            "findings": _findings(decision),
            "decision_sids": said["decision_sids"],
            "source": _source(decision),
        },
        "automated_means": {
            "found_by_a_machine": decision is not None,
            "decided_by_a_machine": not step.confirmed_by,
            "explanation": _explained(step, decision),
        },
        "ground": _ground(said, decision, in_force),
        "redress": {
            "internal": f"appeal, free of charge: POST {APPEALS} with StepSid and Text; somebody else decides it",
            "step_sid": told.step,
            "until": said["appeal_until"],
            "remedy": said["remedy"],
            **_REDRESS,
        },
    }


def _findings(decision: Decision | None) -> list[dict[str, str]]:
    """What was found, as its account may see it: what shows it stays on the record (clause 3)."""
    found = decision.findings if decision is not None else ()
    return [{"rule": f.rule, "reason": f.reason} for f in found if f.mode is Mode.ENFORCED]


def _source(decision: Decision | None) -> str:
    if decision is None:
        return "what a person of the operator's looked into"
    return "what became of the account's messages, as carriers and recipients report it"


def _explained(step: Row[Any], decision: Decision | None) -> str:
    found = "a rule of the policy found it by itself" if decision is not None else "a person found it"
    if step.confirmed_by:
        return f"{found}; a person decided that it acts"
    return f"{found}; that it acts was decided without a person"


def _ground(said: Mapping[str, Any], decision: Decision | None, in_force: InForce) -> dict[str, Any]:
    """The clause that it rests on, and the law where the rule carries one out."""
    clause = next((each for each in in_force.policy if each.number == said["clause"]), None)
    rule = next((each for each in clause.rules() if each.id == said["rule"]), None) if clause is not None else None
    law = rule.law if rule is not None else ""
    return {
        "kind": "law and contract" if law else "contract",
        "law": law or None,
        "clause": said["clause"],
        "title": clause.title if clause is not None else "",
        "says": clause.says() if clause is not None else "",
        "rule": said["rule"],
        "rule_says": rule.says if rule is not None else "",
        "policy_revision": decision.revision if decision is not None else in_force.revision,
    }
