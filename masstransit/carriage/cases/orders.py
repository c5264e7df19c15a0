"""An authority's order on record: clause 14 judges by it, and while it is in force nothing of its account is erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage import lifting
from masstransit.carriage.cases.docket import Act
from masstransit.carriage.standing import ORDERS
from masstransit.errors import Conflict
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import reports, standing


def put(connection: Connection, ledger: Ledger, account: str, told: Mapping[str, Any], at: datetime) -> str:
    """Put an order on record: `scope`, `target`, `authority`, `reference`, `verified`, `gag`; its name."""
    name = new_sid("OR")
    row = {"account": account, "order": name, "since": at, "until": None} | dict(told)
    reports.record_order(connection, row)
    ledger.record(connection, account, "authority-order", name, row, at)
    return name


def end(connection: Connection, ledger: Ledger, account: str, order: str, at: datetime) -> bool:
    """An order ends. False: it is not in force."""
    if not reports.end_order(connection, account, order, at):
        return False
    ledger.record(connection, account, "authority-order", order, {"ended": at}, at)
    return True


def carry_out(act: Act, case: Row[Any], *, gag: bool) -> dict[str, str]:
    """Stop the unit of a case by a verified order: clause 14 refuses what it sends, and a step stands against it, of
    which its customer hears unless there is a `gag`. The names of both; a step that stands already stays."""
    told = {
        "scope": case.scope, "target": case.target, "authority": case.requester, "reference": case.reference,
        "verified": True, "gag": gag,
    }  # fmt: skip
    connection, ledger, word = act.connection, act.ledger, act.word
    order = put(connection, ledger, case.account, told, word.at)
    row = {"account": case.account, "scope": case.scope, "target": case.target, "step": "suspend"}
    try:
        step, _ = lifting.place(connection, ledger, ORDERS, row | {"silent": "gag" if gag else ""}, word)
    except Conflict:
        step = ""
    return {"order": order, "step": step}


def take_back(act: Act, case: Row[Any]) -> None:
    """End what `carry_out` did for a case, as far as it still stands."""
    connection, ledger, word = act.connection, act.ledger, act.word
    order, step = case.details.get("order", ""), case.details.get("step", "")
    if order:
        end(connection, ledger, case.account, order, word.at)
    row = standing.find(connection, step, case.account) if step else None
    if row is not None and row.undone_at is None:
        lifting.lift(connection, ledger, step, word)
