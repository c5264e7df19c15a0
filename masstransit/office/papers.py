"""What operators put on record for clauses that no text can decide: papers, incidents, notices of rights.

Each is a row and an entry in the ledger, written in one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from masstransit import config
from masstransit.carriage.cases import notices, orders
from masstransit.clock import SystemClock
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.model.communication import Kind
from masstransit.model.sid import new_sid
from masstransit.office.record import on_record
from masstransit.storage import accounts, incidents, licences
from masstransit.storage.keys import Keys

#: Trades that a law asks a licence for (clause 12).
TRADES = (
    "cannabis", "financial-promotion", "firearms", "gambling", "lending", "pharmacy", "sanctions",
    "telephone-solicitation",
)  # fmt: skip
#: What a notice can name, and what can become of one.
MATERIALS, ANSWERS = notices.MATERIALS, ("countered", "suit", "withdrawn")
KINDS = ("any", *(kind.name.lower() for kind in Kind if kind.name and kind.value.bit_count() == 1))
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def day(told: str) -> datetime:
    """An instant as an operator writes it: a date, or a date and time; without a zone it is UTC. Raises `BadInput`."""
    try:
        read = datetime.fromisoformat(told)
    except ValueError as wrong:
        raise BadInput(f"'{told}' is no date: write it as 2026-01-31") from wrong
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


async def baa(
    settings: config.Settings,
    account: str,
    reference: str,
    *,
    scope: Sequence[str],
    signed: datetime,
    ended: datetime | None = None,
) -> None:
    """A signed business associate agreement (clause 11). Raises `BadInput` and `NotFound`."""
    if unknown := sorted(set(scope) - set(KINDS)):
        raise BadInput(f"scope '{unknown[0]}': one or several of {', '.join(KINDS)}")
    row = {"account": account, "reference": reference, "scope": list(scope), "signed_at": signed, "ended_at": ended}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        licences.record_associate_agreement(connection, row)
        ledger.record(connection, account, "baa", reference[:64], row, SystemClock().now())

    await on_record(settings, account, keep)


async def licence(settings: config.Settings, account: str, told: Mapping[str, Any]) -> None:
    """A licence that a customer showed (clause 12): `trade`, `place`, `number`, `authority`, `valid_from`,
    `valid_until`. Raises `BadInput` and `NotFound`."""
    if _PLACE.fullmatch(told["place"]) is None:
        raise BadInput(f"place '{told['place']}': a country such as GB, or a state of it such as US-NJ")
    row = {"account": account, **told}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        licences.record_licence(connection, row)
        ref = f"{told['trade']}@{told['place']}"
        ledger.record(connection, account, "licence", ref, row, SystemClock().now())

    await on_record(settings, account, keep)


async def incident(settings: config.Settings, told: Mapping[str, Any]) -> str:
    """Harm that was done to the platform (clause 1): `target`, `what`, `penalty`, `capacity`, `hours`, `route`,
    `until`. Its name."""
    now, name = SystemClock().now(), new_sid("IN")
    target = told["target"].strip().casefold()
    digits = "".join(c for c in target if c.isdigit())
    row = {"incident": name, "since": now, **told, "target": f"+{digits}" if target.startswith("+") else target}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        incidents.record_incident(connection, row)
        ledger.record(connection, "", "incident", name, row, now)

    await on_record(settings, None, keep)
    return name


async def rights_notice(settings: config.Settings, account: str, told: Mapping[str, Any], material: str) -> str:
    """A notice of somebody who holds a right in what an account sends (clause 15): `kind`, `holder`, `work`,
    `complete`. Its name. Of a text only what tells it from others is kept. Raises `BadInput` and `NotFound`."""

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> str:
        return notices.put(connection, ledger, account, {**told, "material": material}, SystemClock().now())

    return await on_record(settings, account, keep)


async def rights_answer(settings: config.Settings, account: str, notice: str, what: str) -> None:
    """What became of a notice: it was `countered`, a `suit` was filed, it was `withdrawn`. Raises `NotFound`."""

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        notices.became(connection, ledger, account, notice, what, SystemClock().now())

    await on_record(settings, account, keep)


async def lookup_purpose(settings: config.Settings, account: str, purpose: str) -> None:
    """What a customer looks numbers up for (clause 9). Raises `NotFound`."""
    now, told = SystemClock().now(), {"lookup_purpose": purpose[:256]}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        accounts.tell(connection, account, told, now)
        ledger.record(connection, account, "lookup-purpose", account, told, now)

    await on_record(settings, account, keep)


async def order(settings: config.Settings, account: str, told: Mapping[str, Any]) -> str:
    """Put an authority's order on record (clause 14); its name."""

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> str:
        return orders.put(connection, ledger, account, told, SystemClock().now())

    return await on_record(settings, account, keep)


async def end_order(settings: config.Settings, account: str, order: str) -> None:
    """An authority's order ends. Raises `NotFound` for one that is not in force."""

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        if not orders.end(connection, ledger, account, order, SystemClock().now()):
            raise NotFound(f"no order {order} about {account} is in force")

    await on_record(settings, account, keep)
