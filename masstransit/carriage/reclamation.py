"""Reclamation (the policy's last section): what people say in the case of a number that its provider wants back.

A provider's usage rule (`daily`) or its determination opens a case. The holder may contest it; every effort to prevent
it is on record; the provider answers; what was reclaimed rests before anybody else gets it, and can be given back until
then. Each word is written with its ledger entry, in one transaction.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage import statements
from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, number_usage, numbers, reclamations

RULE, DETERMINATION = "rule", "determination"  #: what opens a case
LONGEST_CONTEST = 8000  #: characters
_WINDOW = timedelta(days=365)  # of use that is shown to a provider


def case_of(number: Row[Any], *, cause: str, said: str, opened: date, deadline: date) -> dict[str, Any]:
    """A new case of somebody's number (`number`, `account`, `provider`)."""
    return {
        "sid": new_sid("RC"), "number": number.number, "account": number.account, "provider": number.provider,
        "cause": cause, "said": said[:512], "opened": opened.isoformat(), "deadline": deadline.isoformat(),
        "notices": [], "told": None, "contest": "", "contested_at": None, "answered_at": None, "outcome": "",
        "because": "", "closed_at": None, "before": {},
    }  # fmt: skip


def keep(connection: Connection, ledger: Ledger, case: Row[Any], because: str, now: datetime, *, by: str) -> bool:
    """End a case: the number stays. Who heard that it goes hears that. False: it was ended before."""
    if not reclamations.change(connection, case.sid, outcome="kept", because=because[:512], closed_at=now):
        return False
    reclamations.log(connection, case.sid, "keep", because, by=by, at=now)
    ledger.record(connection, case.account, "reclamation-ended", case.sid, {"kept": because, "by": by}, now)
    if case.notices:
        text = f"The number {case.number} stays yours ({case.sid}): {because}"
        statements.of_number(connection, ledger, case._asdict(), statements.KEPT, text=text, at=now)
    return True


def set_rule(connection: Connection, ledger: Ledger, provider: str, days: int, word: Word) -> str:
    """A provider's usage rule, in its words, in the place of its last one; the provider. Raises `BadInput`."""
    if days < 1:
        raise BadInput("days without use: one at least")
    row = {"provider": provider.lower()[:32], "days": days, "said": word.because[:512]}
    row |= {"by": word.name, "since": word.at}
    reclamations.set_rule(connection, row)
    ledger.record(connection, "", "usage-rule", str(row["provider"]), row, word.at)
    return str(row["provider"])


def determine(connection: Connection, ledger: Ledger, number: str, word: Word, *, provider: str, deadline: date) -> str:
    """A provider determined that a number lacks use, in the words of `word`; the case's name. Raises `NotFound`,
    `BadInput` and `Conflict`."""
    row = numbers.look_up(connection, number)
    if row is None or row.state != "in-use":
        raise NotFound(f"nobody here has the number {number}")
    today = word.at.astimezone(UTC).date()
    if deadline <= today:
        raise BadInput(f"--deadline {deadline}: a day to come")
    if opened := next((case for case in reclamations.of_number(connection, number) if case.closed_at is None), None):
        raise Conflict(f"{opened.sid} about this number is open already")
    made = case_of(row, cause=DETERMINATION, said=word.because, opened=today, deadline=deadline)
    made["provider"] = provider
    if not reclamations.open_cases(connection, [made]):
        raise Conflict(f"a case about {number} was opened just now")
    ledger.record(connection, row.account, "reclamation", made["sid"], made | {"by": word.name}, word.at)
    return str(made["sid"])


def contest(  # noqa: PLR0917 - whose, of what, and what is said
    connection: Connection, ledger: Ledger, account: str, sid: str, text: str, at: datetime
) -> Row[Any]:
    """Its holder says why a number is to stay; the case as it is then, which rests until the provider has answered.
    Raises `NotFound` and `Conflict`."""
    case = reclamations.find(connection, sid, account)
    if case is None:
        raise NotFound(f"there is no case {sid[:40]} of this account")
    if case.contested_at is not None:
        raise Conflict(f"{sid} is contested already, since {case.contested_at:%Y-%m-%d}")
    if not reclamations.change(connection, sid, contest=text, contested_at=at):
        raise Conflict(f"{sid} is closed: {case.outcome}")
    reclamations.log(connection, sid, "contest", text, by=account, at=at)
    ledger.record(connection, account, "reclamation-contested", sid, {"contest": text}, at)
    return _found(connection, sid)


def effort(connection: Connection, ledger: Ledger, sid: str, word: Word) -> None:
    """Something was done to prevent it: a letter, a call, a contest that was sent. Raises `NotFound`."""
    case = _found(connection, sid)
    reclamations.log(connection, sid, "effort", word.because, by=word.name, at=word.at)
    ledger.record(connection, case.account, "reclamation-effort", sid, {"by": word.name, "said": word.because}, word.at)


def answer(connection: Connection, ledger: Ledger, sid: str, word: Word, *, withdrawn: bool) -> None:
    """The provider answered: it lets the number be, or stands by its word, and the case goes on. Raises `NotFound` and
    `Conflict`."""
    case = _found(connection, sid)
    if case.closed_at is not None:
        raise Conflict(f"{sid} is closed: {case.outcome}")
    reclamations.log(connection, sid, "answer", word.because, by=word.name, at=word.at)
    if withdrawn:
        keep(connection, ledger, case, f"{case.provider} lets it be: {word.because}", word.at, by=word.name)
    else:
        reclamations.change(connection, sid, answered_at=word.at)
        kept = {"by": word.name, "said": word.because}
        ledger.record(connection, case.account, "reclamation-answered", sid, kept, word.at)


def restore(connection: Connection, ledger: Ledger, sid: str, word: Word) -> str:
    """Give a number back to whom it was taken from, while it rests; the number. Raises `NotFound` and `Conflict`."""
    case = _found(connection, sid)
    if case.outcome != "reclaimed":
        raise Conflict(f"{sid} is {case.outcome or 'open'}: nothing of it was reclaimed")
    holder = accounts.find(connection, case.account)
    if holder is None or holder.status == "closed":
        raise Conflict(f"{case.account} is closed: nobody is there to have {case.number} again")
    if not numbers.restore(connection, case.number, case.before, reclaimed_at=case.closed_at, now=word.at):
        raise Conflict(f"{case.number} does not rest any more: somebody else may have it, or it is held")
    reclamations.reopen(connection, sid, {"outcome": "restored", "because": word.because[:512], "closed_at": word.at})
    reclamations.log(connection, sid, "restore", word.because, by=word.name, at=word.at)
    ledger.record(connection, case.account, "reclamation-restored", sid, {"by": word.name}, word.at)
    text = f"The number {case.number} is yours again ({sid})"
    statements.of_number(connection, ledger, case._asdict(), statements.KEPT, text=text, at=word.at)
    return str(case.number)


def shown_to_provider(connection: Connection, sid: str) -> dict[str, Any]:
    """What goes to the provider with a contest: the case, its holder's words, the number's use, and what was done; to
    whom it was mailed is the holder's.
    Raises `NotFound`."""
    case = _found(connection, sid)
    row, since = numbers.look_up(connection, case.number), date.fromisoformat(case.opened) - _WINDOW
    if row is not None and row.acquired_at is not None:  # what came before was another's
        since = max(since, row.acquired_at.astimezone(UTC).date())
    use = number_usage.series(connection, case.number, since)
    return {
        "case": case.sid,
        "number": case.number,
        "provider": case.provider,
        "said": case.said,
        "opened": case.opened,
        "deadline": case.deadline,
        "contest": case.contest,
        "use": [{"day": row.day, "inbound": row.inbound, "outbound": row.outbound} for row in use],
        "done": [_told(row) for row in reclamations.history(connection, sid) if row.what != "mail"],
    }


def _told(row: Row[Any]) -> dict[str, Any]:
    return {"at": row.at.isoformat(), "what": row.what, "said": row.said, "by": row.by}


def _found(connection: Connection, sid: str) -> Row[Any]:
    case = reclamations.find(connection, sid)
    if case is None:
        raise NotFound(f"there is no case {sid}: masstransit numbers list shows those that are open")
    return case
