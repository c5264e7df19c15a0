"""How a batch of each kind's rows is kept, in one transaction: why some of them, by place, were not kept after all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from masstransit.carriage.rows import Row, Whose
from masstransit.ledger import Ledger
from masstransit.storage import (
    campaigns,
    consents,
    known_domains,
    media_hashes,
    numbering,
    numbers,
    reachability,
    senders,
    services,
)

Keep: TypeAlias = Callable[[Connection, Ledger, Sequence[Row], Whose], Mapping[int, str]]


def keep_numbers(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    numbers.put(connection, batch, whose.now)
    states = {r.number: r for r in senders.numbers_of(connection, [row["number"] for row in batch])}
    left = {}
    for place, row in enumerate(batch):
        now = states[row["number"]]
        if now.account is not None and now.account != whose.account:
            left[place] = f"{row['number']} is another account's"
        elif now.state != "in-use":
            left[place] = f"{row['number']} was given up and is {now.state}: nobody gets it before it is available"
    return left


def keep_inventory(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    numbers.put(connection, batch, whose.now)
    return {}


def keep_names(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    return {
        place: f"the account asked for no sender name '{row['sender']}'"
        for place, row in enumerate(batch)
        if not services.decide_alpha(connection, whose.account, row["sender"], row["status"])
    }


def keep_registrations(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    wanted = {number for row in batch for number in row["numbers"]}
    owners = numbers.owners(connection, list(wanted))
    others = {number for number in wanted if owners.get(number) != whose.account}
    left = {
        place: f"import its numbers first: {', '.join(sorted(foreign))} are not this account's"
        for place, row in enumerate(batch)
        if (foreign := others.intersection(row["numbers"]))
    }
    campaigns.put(connection, [row for place, row in enumerate(batch) if place not in left], whose.now)
    return left


def wishes(keep: Callable[..., None]) -> Keep:
    """Wishes, and whose number it is, are the root account's: they hold for the whole brand."""

    def kept(connection: Connection, ledger: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
        keep(connection, ledger, _of_root(connection, batch, whose), whose.now)
        return {}

    return kept


def _of_root(connection: Connection, batch: Sequence[Row], whose: Whose) -> list[Row]:
    root = consents.root_of(connection, whose.account)
    return [row | {"account": root} for row in batch]


def keep_only_receive(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    senders.never_originate_put(connection, batch)
    return {}


def keep_shut_down(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    reachability.shut_down_put(connection, batch)
    return {}


def keep_blocks(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    numbering.allocations_put(connection, batch, whose.now)
    return {}


def keep_hashes(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    media_hashes.list_hashes(connection, batch)
    return {}


def keep_domains(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    known_domains.list_domains(connection, batch)
    return {}
