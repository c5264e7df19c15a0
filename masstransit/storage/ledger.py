"""Queries of the ledger: its chains, its checkpoints, and the records that its digests cover.

What the bytes mean, and how they are proven, stands in `masstransit.ledger`. Every walk is in bounded steps, so that a
ledger of any length is read in little memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Label,
    Row,
    Text,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    type_coerce,
)

from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either, insert_or_ignore
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import checkpoints, decisions, ledger, records

STEP = 1000  # rows a query, on a walk


def _micros(column: Column[datetime]) -> Label[int]:
    """An instant as it is stored, so that a damaged one can be read too."""
    return type_coerce(column, BigInteger).label("micros")


_HEAD = Lookup(
    select(ledger.c.seq, ledger.c.hash)
    .where(ledger.c.chain == bindparam("b_chain"))
    .order_by(ledger.c.seq.desc())
    .limit(1)
)
_APPEND = Bulk(insert(ledger))
_NEXT_CHAIN = select(func.min(ledger.c.chain)).where(ledger.c.chain > bindparam("b_after"))
_ROWS = select(*(c for c in ledger.c if c.name != "at"), _micros(ledger.c.at))
_WALK = (
    _ROWS.where(ledger.c.chain == bindparam("b_chain"), ledger.c.seq > bindparam("b_after"))
    .order_by(ledger.c.seq)
    .limit(STEP)
)
_SPAN = _ROWS.where(
    ledger.c.chain == bindparam("b_chain"), ledger.c.seq.between(bindparam("b_first"), bindparam("b_last"))
).order_by(ledger.c.seq)
_KEEP = Bulk(insert(records))


class Recorder(Protocol):
    """What queries need of a ledger that write what they do in it (`masstransit.ledger.Ledger`)."""

    def record(  # noqa: PLR0917 - as the ledger has it
        self, connection: Connection, account: str, kind: str, ref: str, value: Any, at: datetime
    ) -> None: ...

    def record_all(self, connection: Connection, events: Sequence[tuple[str, str, str, Any]], at: datetime) -> None: ...


def digest_of(salt: bytes, record: bytes) -> bytes:
    """What the ledger keeps of a record."""
    return hashlib.sha256(salt + record).digest()


# --- chains -------------------------------------------------------------------------------------------------------


def head(connection: Connection, chain: str) -> tuple[int, bytes] | None:
    """The last row of a chain: its number and hash."""
    last = _HEAD.first(connection, b_chain=chain)
    return (last.seq, last.hash) if last else None


def append(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, whole as the table has them."""
    _APPEND.run(connection, rows)


def chains(connection: Connection, after: str = "") -> Iterator[str]:
    """The chains by name: all, or those after one. Each is found in the key's index, so that the length of the ledger
    does not count."""
    name = connection.execute(_NEXT_CHAIN, {"b_after": after}).scalar()
    while name is not None:
        yield name
        name = connection.execute(_NEXT_CHAIN, {"b_after": name}).scalar()


def heads(connection: Connection) -> dict[str, tuple[int, bytes]]:
    """Every chain's last row."""
    found = ((name, head(connection, name)) for name in chains(connection))
    return {name: last for name, last in found if last is not None}


def walk(connection: Connection, chain: str) -> Iterator[list[Row[*tuple[Any, ...]]]]:
    """A chain's rows in order, `STEP` at a time."""
    after = -1
    while rows := list(connection.execute(_WALK, {"b_chain": chain, "b_after": after})):
        yield rows
        after = rows[-1].seq


def span(connection: Connection, chain: str, first: int, last: int) -> list[Row[*tuple[Any, ...]]]:
    """A chain's rows from one to another, both included."""
    return list(connection.execute(_SPAN, {"b_chain": chain, "b_first": first, "b_last": last}))


_HASHES = select(ledger.c.chain, ledger.c.seq, ledger.c.hash).where(either((ledger.c.chain, ledger.c.seq), "keys"))


def hashes(connection: Connection, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """(chain, number) -> hash, of rows that are there."""
    found: dict[tuple[str, int], bytes] = {}
    for start in range(0, len(keys), STEP):
        rows = connection.execute(_HASHES, {"keys": keys[start : start + STEP]})
        found |= {(row.chain, row.seq): row.hash for row in rows}
    return found


# --- what the digests cover -----------------------------------------------------------------------------------------


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep records that no other table keeps."""
    _KEEP.run(connection, rows)


def decisions_of(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Row[*tuple[Any, ...]]]:
    """(account, id) -> decisions that are there; `STEP` keys at most."""
    if not keys:
        return {}
    d = decisions.c
    found = connection.execute(
        select(d.account, d.id, d.subject, d.verdict, d.revision, d.stopped_by, d.record, d.salt).where(
            either((d.account, d.id), "keys")
        ),
        {"keys": keys},
    )
    return {(row.account, row.id): row for row in found}


def records_of(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[*tuple[Any, ...]]]:
    """(account, id) -> records that are there; `STEP` keys at most."""
    if not keys:
        return {}
    r = records.c
    found = connection.execute(
        select(r.account, r.id, r.kind, _micros(r.at), r.record, r.salt).where(either((r.account, r.id), "keys")),
        {"keys": keys},
    )
    return {(row.account, row.id): row for row in found}


def counted(connection: Connection) -> tuple[int, int]:
    """How many decisions and records there are."""
    return (
        connection.execute(select(func.count()).select_from(decisions)).scalar_one(),
        connection.execute(select(func.count()).select_from(records)).scalar_one(),
    )


def of_kind(connection: Connection, kind: str) -> Iterator[Row[*tuple[Any, ...]]]:
    """The records of one kind, a query a `STEP` of them."""
    last: tuple[str, str] = ("", "")
    r = records.c
    while True:
        rows = connection.execute(
            select(r.account, r.id, r.record)
            .where(r.kind == kind, tuple_(r.account, r.id) > tuple_(*last))
            .order_by(r.account, r.id)
            .limit(STEP)
        ).all()
        yield from rows
        if len(rows) < STEP:
            return
        last = (rows[-1].account, rows[-1].id)


def about(connection: Connection, account: str, kind: str, ref: str) -> list[Row[*tuple[Any, ...]]]:
    """The ledger's rows of one kind about one thing, in order of time."""
    found = connection.execute(
        select(ledger.c.chain, ledger.c.seq)
        .where(ledger.c.account == account, ledger.c.ref == ref, ledger.c.kind == kind)
        .order_by(ledger.c.at, ledger.c.chain, ledger.c.seq)
    )
    return list(found)


def entries(
    connection: Connection, accounts: Collection[str], refs: Collection[str], since: datetime | None = None
) -> list[Row[*tuple[Any, ...]]]:
    """The ledger's rows about some things of some accounts, in order of time."""
    query = _ROWS.where(ledger.c.account.in_(accounts), ledger.c.ref.in_(refs))
    if since is not None:
        query = query.where(ledger.c.at >= since)
    return list(connection.execute(query.order_by(ledger.c.at, ledger.c.chain, ledger.c.seq)))


def listed(connection: Connection, account: str, ref: str, part: Slice) -> Sheet:
    """The ledger's rows about one thing of an account, the newest first; without what they hold."""
    query = select(ledger.c.chain, ledger.c.seq, ledger.c.at, ledger.c.kind, ledger.c.digest, ledger.c.hash)
    about = query.where(ledger.c.account == account, ledger.c.ref == ref)
    return sheet(connection, about, (ledger.c.at, ledger.c.chain, ledger.c.seq), part)


def last_of(connection: Connection, chain: str) -> Row[*tuple[Any, ...]] | None:
    """The last row of a chain, with when it was written."""
    query = select(ledger.c.seq, ledger.c.at, ledger.c.hash).where(ledger.c.chain == chain)
    return connection.execute(query.order_by(ledger.c.seq.desc()).limit(1)).first()


# --- checkpoints ----------------------------------------------------------------------------------------------------


def last_checkpoint(connection: Connection) -> Row[*tuple[Any, ...]] | None:
    """The newest checkpoint's number and signature."""
    c = checkpoints.c
    return connection.execute(select(c.number, c.signature).order_by(c.number.desc()).limit(1)).first()


def newest_checkpoint(connection: Connection) -> Row[*tuple[Any, ...]] | None:
    """The newest checkpoint, to be shown."""
    c = checkpoints.c
    return connection.execute(select(c.number, c.at, c.heads, c.signature).order_by(c.number.desc()).limit(1)).first()


def covering(connection: Connection, chain: str, seq: int) -> int | None:
    """The first checkpoint that signed a chain's row; None: none has yet. Checkpoints never lose what one has seen, so
    that it is found by halving."""
    last = last_checkpoint(connection)
    low, high = 1, last.number if last else 0
    found = None
    while low <= high:
        middle = (low + high) // 2
        if _seen(connection, middle, chain) >= seq:
            found, high = middle, middle - 1
        else:
            low = middle + 1
    return found


def _seen(connection: Connection, number: int, chain: str) -> int:
    """The last row of a chain that a checkpoint signed; 0: none."""
    heads = connection.execute(select(checkpoints.c.heads).where(checkpoints.c.number == number)).scalar_one()
    return int(heads.get(chain, (0, ""))[0])


def checkpoint_of(connection: Connection, number: int) -> tuple[Row[*tuple[Any, ...]], bytes]:
    """A checkpoint, and the signature of the one before it."""
    c = checkpoints.c
    row = connection.execute(
        select(c.number, _micros(c.at), c.heads, c.root, c.signature).where(c.number == number)
    ).one()
    before = connection.execute(select(c.signature).where(c.number == number - 1)).scalar_one_or_none()
    return row, before or b""


def keep_checkpoint(connection: Connection, row: dict[str, Any]) -> None:
    """Keep a checkpoint; where another process was quicker with that number, its own stands."""
    insert_or_ignore(connection, checkpoints, row)


def walk_checkpoints(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """Checkpoints in order; their heads as the text that is stored."""
    c = checkpoints.c
    after = -(1 << 31)
    while True:
        rows = connection.execute(
            select(c.number, _micros(c.at), type_coerce(c.heads, Text).label("heads"), c.root, c.signature)
            .where(c.number > after)
            .order_by(c.number)
            .limit(50)
        ).all()
        yield from rows
        if len(rows) < 50:
            return
        after = rows[-1].number
