"""Contacts: whom a customer names to be told by mail, what for, and in which order (rulebook R2: two for numbers).

They are named by the customer, at its pages or by the API, or by the operator. Each change stands in the ledger with
the address masked: who is a contact no longer leaves nothing of theirs there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.errors import BadAddress, BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import EmailAddress, mailbox
from masstransit.model.sid import new_sid
from masstransit.storage import contacts

NOTICES, RECLAMATION = "notices", "reclamation"
#: What a contact can be told of, in words.
USES: Mapping[str, str] = {
    NOTICES: "steps against your senders, appeals, and material that others say is theirs",
    RECLAMATION: "numbers that their provider wants back",
}
MOST = 10  #: contacts of one account
AT_ONCE = 2  #: of those who are named for something, so many are told; the others stand in for them
_LONGEST_NAME = 128
_IN_TURN = {NOTICES: (NOTICES,), RECLAMATION: (RECLAMATION, NOTICES)}  # a number goes before it goes unheard


def add(  # noqa: PLR0917 - whose, and who
    connection: Connection, ledger: Ledger, account: str, said: Mapping[str, Any], at: datetime, by: str
) -> Row[Any]:
    """Name somebody (`name`, `address`, `uses`), the last in order. Raises `BadInput` and `Conflict`."""
    fresh, rows = _read(said), contacts.of_account(connection, account)
    if len(rows) >= MOST:
        raise Conflict(f"the account has {MOST} contacts, which are the most: remove one first")
    _check_twice(rows, fresh["address"], "")
    place = max((row.place for row in rows), default=0) + 1
    kept = {"account": account, "contact": new_sid("CT"), "place": place, "created_at": at, "updated_at": at, **fresh}
    contacts.add(connection, kept | {"refused_at": None, "refusal": ""})
    _record(connection, ledger, kept, "added", at, by)
    return _found(connection, account, kept["contact"])


def change(  # noqa: PLR0917 - whose, which, and how it is to be
    connection: Connection, ledger: Ledger, account: str, contact: str, said: Mapping[str, Any], at: datetime, by: str
) -> Row[Any]:
    """Change what is told of one; who is saved again is tried again, whatever a relay said. `first` puts it first.
    Raises `NotFound`, `BadInput` and `Conflict`."""
    row = _found(connection, account, contact)
    rows = contacts.of_account(connection, account)
    fresh = _read({"name": row.name, "address": row.address, "uses": row.uses, **said})
    _check_twice(rows, fresh["address"], contact)
    fresh |= {"refused_at": None, "refusal": "", "updated_at": at}
    if said.get("first"):
        fresh["place"] = row.place if rows[0].contact == contact else rows[0].place - 1
    contacts.change(connection, account, contact, fresh)
    _record(connection, ledger, row._asdict() | fresh, "changed", at, by)
    return _found(connection, account, contact)


def remove(  # noqa: PLR0917 - whose, and which
    connection: Connection, ledger: Ledger, account: str, contact: str, at: datetime, by: str
) -> None:
    """Forget one. Raises `NotFound`."""
    row = _found(connection, account, contact)
    contacts.remove(connection, account, contact)
    _record(connection, ledger, row._asdict(), "removed", at, by)


def told(connection: Connection, account: str, use: str) -> Sequence[Row[Any]]:
    """Who is told at once: the first that can be reached; where none can, the first all the same."""
    named = named_for(connection, account, use)
    return ([row for row in named if row.refused_at is None] or named)[:AT_ONCE]


def named_for(connection: Connection, account: str, use: str) -> Sequence[Row[Any]]:
    """Everybody who is named for something, in order: by the account, or by its owner."""
    return contacts.named_for(connection, account, _IN_TURN[use])


def uses(words: Sequence[str]) -> list[str]:
    """What somebody is to be told of, in the order of `USES`. Raises `BadInput`."""
    if unknown := sorted(set(words) - set(USES)):
        raise BadInput(f"'{unknown[0][:32]}' is nothing that contacts are told of: {', '.join(USES)}", field="uses")
    if not words:
        raise BadInput(f"say what it is to be told of: {', '.join(USES)}", field="uses")
    return [use for use in USES if use in words]


def _read(said: Mapping[str, Any]) -> dict[str, Any]:
    name = str(said["name"]).strip()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadInput(f"a name has at most {_LONGEST_NAME} characters, and no line breaks", field="name")
    try:
        address = mailbox(str(said["address"])).text
    except BadAddress as wrong:
        raise BadInput(str(wrong), field="address") from wrong
    return {"name": name, "address": address, "uses": uses(said["uses"])}


def _check_twice(rows: Sequence[Row[Any]], address: str, but: str) -> None:
    for row in rows:
        if row.address.lower() == address.lower() and row.contact != but:
            raise Conflict(f"{address} is a contact already ({row.contact}): change that one")


def _record(  # noqa: PLR0917 - one event
    connection: Connection, ledger: Ledger, row: Mapping[str, Any], what: str, at: datetime, by: str
) -> None:
    said = {"what": what, "address": EmailAddress(row["address"]).masked, "uses": list(row["uses"]), "by": by}
    ledger.record(connection, row["account"], "contact", row["contact"], said, at)


def _found(connection: Connection, account: str, contact: str) -> Row[Any]:
    row = contacts.find(connection, account, contact)
    if row is None:
        raise NotFound(f"there is no contact {contact[:40]} of this account")
    return row
