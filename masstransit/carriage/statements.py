"""What a customer is told of its standing, at the moment of action (rulebook 0.4): a step that is proposed, acts or is
lifted, what became of an appeal, which numbers its provider wants back (rulebook R2), and which material somebody says
is theirs (17 USC 512(g)(2)(A)).

It says what was done and why, what shows it, what it reaches and limits, how to put it right, until when it lasts, and
how to appeal. It is kept for good with its ledger entry, in the transaction of what it tells; a notice brings it to the
account's own URL and mail to its contacts, and the debugger's log has it in a sentence.

Where law or safety forbids telling (`SILENT`), it is kept with the reason why, and its customer sees nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import mail, notices
from masstransit.carriage.contacts import NOTICES, RECLAMATION
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import alerts, statements
from masstransit.storage import notices as stored_notices

STATEMENT = "statement"  #: the kind of notice that brings one
BLOCKED = 30004  #: the SDKs' code of what this comes to in the debugger's log
APPEALS = "/policy/v1/Appeals"  #: where a customer appeals
#: For so long a step or a decision can be appealed against: six months (Regulation (EU) 2022/2065 Art. 20(1)), never
#: short of six of the calendar's.
APPEAL_WITHIN = timedelta(days=184)

#: Why a customer may not be told of a step.
SILENT: Mapping[str, str] = {
    "csam": "abuse of children was reported (18 USC 2258A)",
    "gag": "a court forbids to tell (18 USC 2705(b))",
    "request": "an authority asked, and nobody has verified it yet: it may be forged, or sealed",
    "sealed": "the process is sealed",
    "threat": "telling would put a life in danger",
}

STEPS = ("warn", "throttle", "block", "suspend")
PROPOSED, LIFTED = "proposed", "lifted"
RECEIVED, UPHELD, OVERTURNED = "appeal-received", "appeal-upheld", "appeal-overturned"
RECLAIMING, RECLAIMED, KEPT = "number-reclaimed-soon", "number-reclaimed", "number-kept"
TAKEN_DOWN, RESTORED = "material-taken-down", "material-restored"
_OF_NUMBERS = (RECLAIMING, RECLAIMED, KEPT)
KINDS = (*STEPS, PROPOSED, LIFTED, RECEIVED, UPHELD, OVERTURNED, RECLAIMING, RECLAIMED, KEPT, TAKEN_DOWN, RESTORED)

_HAPPENS = {"warn": "is warned", "throttle": "is slowed down", "block": "waits for a person", "suspend": "is suspended"}
_LIMITS = {
    "warn": "nothing is limited; what is found within 90 days after it weighs more",
    "throttle": "it sends at a person's pace; codes, answers and warnings of danger are not slowed down",
    "block": "what it sends waits until a person has looked; codes, answers and warnings of danger go out",
    "suspend": "nothing that it sends goes out but warnings of danger",
    PROPOSED: "nothing yet: a person has to confirm it first",
}
_NONE = "nothing any more"


def of_step(
    connection: Connection, ledger: Ledger, step: Mapping[str, Any], what: str, at: datetime, *, why: str = ""
) -> None:
    """State what became of a step (a row of `standing`): it acts (by its own name), is proposed, or is lifted."""
    ended = what == LIFTED
    said = {
        **_of(step),
        "limits": _LIMITS.get(what, _NONE),
        "remedy": "" if ended else step["remedy"],
        "date_ends": None if ended else _text(step["expires_at"]),
        "appeal_until": None if ended else _text(at + APPEAL_WITHIN),
        "because": why,
        "text": _sentence(step, what, at),
    }
    whose = {"account": step["account"], "step": step["step_id"], "appeal": None, "silent": step["silent"]}
    _keep(connection, ledger, {"at": at, "what": what, **whose, "said": said})


def of_appeal(
    connection: Connection, ledger: Ledger, appeal: Mapping[str, Any], against: Mapping[str, Any], what: str
) -> None:
    """State what became of an appeal (a row of `appeals`): it was received, or decided. `against` is the step, or a
    decision in a step's words."""
    said = {
        **_of(against),
        "limits": "",
        "remedy": "",
        "date_ends": None,
        "appeal_until": None,
        "because": appeal["because"] or "",
        "text": _answered(appeal, what),
    }
    whose = {"account": appeal["account"], "step": against["step_id"], "appeal": appeal["sid"], "silent": ""}
    at = appeal["decided_at"] or appeal["filed_at"]
    _keep(connection, ledger, {"at": at, "what": what, **whose, "said": said})


def of_number(
    connection: Connection, ledger: Ledger, case: Mapping[str, Any], what: str, *, text: str, at: datetime
) -> None:
    """State what becomes of a number that its provider wants back (a row of `reclamations`), in a sentence."""
    soon = what == RECLAIMING
    said = {
        "scope": "number",
        "target": case["number"],
        "clause": "R",
        "rule": "R2" if soon else "R1",
        "reason": case["said"],
        "decision_sids": [],
        "limits": "the number is taken back on that day" if soon else _NONE,
        "remedy": "use it, or say why it is to stay (POST /policy/v1/Reclamations)" if soon else "",
        "date_ends": f"{case['deadline']}T00:00:00Z" if soon else None,
        "appeal_until": None,
        "because": "",
        "text": text,
    }
    _keep(connection, ledger, {"at": at, "what": what, "account": case["account"], "step": None,
                               "appeal": None, "silent": "", "said": said}, about=case["sid"])  # fmt: skip


def of_material(
    connection: Connection, ledger: Ledger, case: Mapping[str, Any], what: str, *, text: str, at: datetime
) -> None:
    """State what becomes of material under a notice of rights (a row of `cases`), in a sentence."""
    down = what == TAKEN_DOWN
    said = {
        "scope": "account",
        "target": case["account"],
        "clause": "15",
        "rule": "15.3",
        "reason": case["about"],
        "decision_sids": [],
        "limits": "messages with this material are refused" if down else _NONE,
        "remedy": f"answer the notice if you may use it (POST /policy/v1/Cases/{case['sid']})" if down else "",
        "date_ends": None,
        "appeal_until": None,
        "because": "",
        "text": text,
    }
    _keep(connection, ledger, {"at": at, "what": what, "account": case["account"], "step": None,
                               "appeal": None, "silent": "", "said": said}, about=case["sid"])  # fmt: skip


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A statement (a row of `statements`) as its customer is told it, by webhook and by the API."""
    return {
        "sid": row["sid"],
        "account_sid": row["account"],
        "kind": row["what"],
        "step_sid": row["step"],
        "appeal_sid": row["appeal"],
        **row["said"],
        "appeal_path": APPEALS,
        "date_created": _text(row["at"]),
    }


def unit(scope: str, target: str) -> str:
    """What a step is against, in words: "end user acme"."""
    return f"{scope.replace('_', ' ')} {target}"


def _of(step: Mapping[str, Any]) -> dict[str, Any]:
    """Which rule found what of whom."""
    found = {name: step[name] for name in ("scope", "target", "clause", "rule", "reason")}
    return found | {"decision_sids": [step["decision"]] if step["decision"] else []}


def _keep(connection: Connection, ledger: Ledger, told: Mapping[str, Any], *, about: str | None = None) -> None:
    """Keep a statement and tell it; one of which nobody may be told is kept with the reason. It is `about` the step or
    the appeal, where nothing else is said."""
    row = {"sid": new_sid("NT"), **told}
    account, sid, at = row["account"], row["sid"], row["at"]
    statements.add(connection, row)
    ledger.record(connection, account, "notice", sid, row | {"why": SILENT.get(row["silent"], "")}, at)
    if row["silent"]:
        return
    about = about or row["step"] or row["appeal"]
    event = shown(row)
    mail.queue(connection, account, RECLAMATION if row["what"] in _OF_NUMBERS else NOTICES, event, about, at)
    if url := statements.url_of(connection, account):
        body = {"kind": STATEMENT, "event": event}
        notice = notices.row(at, account=account, id=sid, way="webhook", target=url, body=body, about=about)
        stored_notices.add(connection, [notice])
    level = "warning" if row["what"] in (*STEPS, PROPOSED, RECLAIMING, RECLAIMED, TAKEN_DOWN) else "notice"
    alerts.add(connection, [alerts.alert(account, BLOCKED, row["said"]["text"], at, about=about, level=level)])


def _sentence(step: Mapping[str, Any], what: str, at: datetime) -> str:
    """A step as the debugger's log has it: clause, what it reaches, why, the remedy, its end, and how to appeal."""
    name, whom = step["step_id"], unit(step["scope"], step["target"])
    clause = f"clause {step['clause']}" + (f", rule {step['rule']}" if step["rule"] != step["clause"] else "")
    if what == LIFTED:
        return f"{name} is lifted: nothing of {clause} stands in the way of the {whom} by it any more"
    ends = f"{step['expires_at']:%Y-%m-%d %H:%M} UTC"
    if what == PROPOSED:
        begin = f"It is proposed that the {whom} be suspended under {clause}: {step['reason']}. "
        begin += f"It begins when a person confirms it, and lapses at {ends}. "
    else:
        begin = f"The {whom} {_HAPPENS[what]} until {ends} under {clause}: {step['reason']}. "
    return (
        begin
        + (f"To put it right: {step['remedy']}. " if step["remedy"] else "")
        + f"To appeal, by {at + APPEAL_WITHIN:%Y-%m-%d}, post StepSid={name} and Text to {APPEALS}"
        + (f"; it rests on {step['decision']}" if step["decision"] else "")
    )


def _answered(appeal: Mapping[str, Any], what: str) -> str:
    name, about, why = appeal["sid"], appeal["about"], appeal["because"]
    if what == RECEIVED:
        return (
            f"Your appeal {name} against {about} is on record: somebody else than who decided it decides by "
            f"{appeal['due_at']:%Y-%m-%d %H:%M} UTC"
        )
    if what == OVERTURNED:
        return f"Your appeal {name} against {about} is granted: it was wrong, and is undone. {why}"
    return f"Your appeal {name} against {about} is not granted: it stands. {why}"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
