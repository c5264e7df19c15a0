"""The inventory by people's words: a number is given up or handed on by its holder, and held or ported by the operator.

What stands against a number (`sanctions`) goes with it. Given up while it is blocked or suspended, it is quarantined,
so that nobody gets it before a person has looked; and it is not handed on, so that a step is not left behind with an
account. Each word is written with its ledger entry, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import E164
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, consents, number_holds, numbers, standing

HOLD, DISPUTE, PORT_OUT, QUARANTINE = "hold", "dispute", "port-out", "quarantine"
HOLDS = (HOLD, DISPUTE, PORT_OUT, QUARANTINE)  #: what keeps a number where it is
_STOPS = ("block", "suspend")
_HOUSE = "the house"


# --- what its holder says ---------------------------------------------------------------------------------------------


def give_up(connection: Connection, ledger: Ledger, account: str, sid: str, now: datetime) -> None:
    """A holder gives a number up. Raises `NotFound`, and `Conflict` for one that is held."""
    row = numbers.find(connection, account, sid)
    if row is None:
        raise NotFound(f"The number {sid} was not found")
    if held := number_holds.of(connection, row.number):
        kinds = ", ".join(hold.kind for hold in held)
        raise Conflict(f"The number {row.number} is held ({kinds}) and can't be given up; ask the operator")
    step = sanctions(connection, [row], now).get(row.number)
    numbers.release(connection, account, sid, now)
    ledger.record(connection, account, "number", sid, {"released": sid}, now)
    if step is not None:
        because = f"given up while {_unit(step)} {_STANDS[step.step]} ({step.step_id}): {step.reason}"
        number_holds.put(connection, row.number, QUARANTINE, because, by=_HOUSE, now=now)
        ledger.record(connection, account, "number", sid, {"held": QUARANTINE, "because": because}, now)


def hand_on(  # noqa: PLR0917 - whose, which, to whom and when
    connection: Connection, ledger: Ledger, account: str, sid: str, to: str, now: datetime
) -> Row[Any]:
    """A holder hands a number to another account of its family. Raises `NotFound`, and `Conflict` while something holds
    it or stands against it."""
    row = numbers.find(connection, account, sid)
    if row is None:
        raise NotFound(f"The number {sid} was not found")
    if number_holds.of(connection, row.number) or row.number in sanctions(connection, [row], now):
        raise Conflict(f"The number {row.number} is held, blocked or suspended, and stays with its account meanwhile")
    ledger.record(connection, account, "number", sid, {"transferred": to}, now)
    return numbers.transfer(connection, account, sid, to, now)


_STANDS: Mapping[str, str] = {"block": "was blocked", "suspend": "was suspended"}


def sanctions(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> Mapping[str, Row[Any]]:
    """The step that blocks or suspends each of some numbers (`number`, `account`, `campaign`): against itself, its
    campaign, its account or that one's owner. Numbers that none reaches are left out."""
    roots = consents.roots(connection, {row.account for row in rows if row.account})
    if not roots:
        return {}
    steps = [s for s in standing.acting(connection, {*roots, *roots.values()}, now) if s.step in _STOPS]
    found = {}
    for row in rows:
        mine = (row.account, roots.get(row.account, row.account))
        reach = {("number", row.number), ("campaign", row.campaign), *(("account", each) for each in mine)}
        step = next((s for s in steps if s.account in mine and (s.scope, s.target or s.account) in reach), None)
        if step is not None:
            found[row.number] = step
    return found


def _unit(step: Row[Any]) -> str:
    return "it" if step.scope == "number" else f"its {step.scope}"


# --- what the operator says -------------------------------------------------------------------------------------------


def hold(connection: Connection, ledger: Ledger, number: str, kind: str, word: Word) -> None:
    """Keep a number where it is. Raises `NotFound`, and `Conflict` where it is held so already."""
    row = _known(connection, number)
    if not number_holds.put(connection, number, kind, word.because, by=word.name, now=word.at):
        raise Conflict(f"{number} is held so already ({kind})")
    _note(connection, ledger, row, word, held=kind)


def let_go(connection: Connection, ledger: Ledger, number: str, kind: str | None, word: Word) -> str:
    """End one hold: of that kind, or the only one there is; its kind. A port to us that is called off ends too. Raises
    `NotFound` and `BadInput`."""
    row = _known(connection, number)
    held = [each.kind for each in number_holds.of(connection, number)]
    if kind is None and not held and numbers.gone(connection, number, "port-in", word.at):
        _note(connection, ledger, row, word, ended="port-in")
        return "port-in"
    if kind is None and len(held) > 1:
        raise BadInput(f"{number} is held by {', '.join(held)}: say which one ends")
    ending = kind or next(iter(held), "")
    if not number_holds.end(connection, number, ending):
        raise NotFound(f"{number} is not held" + (f" so ({kind})" if kind else ""))
    _note(connection, ledger, row, word, ended=ending)
    return ending


def port_in(connection: Connection, ledger: Ledger, number: E164, account: str, word: Word) -> None:
    """A customer's number is on its way here: it is theirs, and sends nothing before it has arrived. Raises `NotFound`
    and `Conflict`."""
    holder = accounts.find(connection, account)
    if holder is None or holder.status == "closed":
        raise NotFound(f"there is no account {account} that could have it")
    kind = "toll-free" if number.line == "toll-free" else "local"
    row = {"number": number.text, "account": account, "sid": new_sid("PN"), "region": number.region, "type": kind}
    if not numbers.port_in(connection, row, word.at):
        raise Conflict(f"the inventory has {number.text} already: masstransit numbers show says what it is")
    told = {"number": number.text, "port": "in", "by": word.name, "because": word.because}
    ledger.record(connection, account, "number", row["sid"], told, word.at)


def ported(connection: Connection, ledger: Ledger, number: str, word: Word) -> str:
    """The port that is under way is done, "in" or "out". What left us is for nobody here, and rests nowhere: its holder
    has it still, elsewhere. Raises `NotFound`, and `Conflict` where none is under way or something else holds it."""
    row = _known(connection, number)
    held = {each.kind for each in number_holds.of(connection, number)}
    if numbers.arrived(connection, number, word.at):
        way = "in"
    elif PORT_OUT not in held:
        raise Conflict(
            f"no port of {number} is under way: masstransit numbers lock {number} --for {PORT_OUT} begins it"
        )
    elif others := sorted(held - {PORT_OUT}):
        raise Conflict(f"{number} is held by {', '.join(others)} too: that ends first")
    elif not numbers.gone(connection, number, "in-use", word.at):
        raise Conflict(f"{number} is {row.state}: nobody has it who could take it elsewhere")
    else:
        number_holds.end_all(connection, number)
        way = "out"
    _note(connection, ledger, row, word, ported=way)
    return way


def serves(connection: Connection, ledger: Ledger, number: str, what: str, word: Word) -> None:
    """Say what a number serves, because of which it is never reclaimed; "": nothing any more. Raises `NotFound`."""
    row = _known(connection, number)
    numbers.mark(connection, number, word.at, kept_for=what)
    _note(connection, ledger, row, word, kept_for=what)


def _known(connection: Connection, number: str) -> Row[Any]:
    row = numbers.look_up(connection, number)
    if row is None:
        raise NotFound(f"the inventory has no number {number}")
    return row


def _note(connection: Connection, ledger: Ledger, row: Row[Any], word: Word, **what: str) -> None:
    told = {"number": row.number, "by": word.name, "because": word.because, **what}
    ledger.record(connection, row.account or "", "number", row.sid or row.number, told, word.at)
