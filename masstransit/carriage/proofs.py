"""A person's own file: what they agreed to and took back toward a customer, and the proof that it stood on record.

    sealed = await database.write(lambda c: proofs.prove(c, ledger, keys, Whose(...), TakenOut(...)))

For the operator, who answers a court, a carrier or a customer; and for the recipient, who asks what is said of them. It
has the words that they were shown, when and how they agreed and what proves it, STOPs and blocks, and what was answered
about the number's reassignment. Of anybody else it tells nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.bundle import About, Bundle, TakenOut, hand_out
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import E164
from masstransit.storage import consents, reachability
from masstransit.storage.keys import Keys


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient, toward a customer."""

    account: str
    person: str  #: as records name them
    masked: str  #: the number, as it may be read over somebody's shoulder
    number: str = ""  #: the whole of it, where it was asked by that: the file says it then
    since: datetime | None = None  #: what was said before is another's: the number changed hands


def whose(keys: Keys, account: str, number: E164) -> Whose:
    """The person behind a number that the asker has."""
    return Whose(account=account, person=keys.person(number.text), masked=number.masked, number=number.text)


def prove(connection: Connection, ledger: Ledger, keys: Keys, whose: Whose, taken: TakenOut) -> tuple[Bundle, bytes]:
    """The bundle and its file. That it was taken out is on record. Raises `NotFound` where nothing is."""
    about = _about(connection, whose)
    try:
        return hand_out(connection, ledger, keys, about, taken)
    except NotFound as nothing:
        raise NotFound(
            f"there is nothing on record about {whose.masked} toward {whose.account}: no consent, STOP or block"
        ) from nothing


def _about(connection: Connection, whose: Whose) -> About:
    """A person's wishes toward a customer and those whom it belongs to."""
    person, owners = whose.person, {whose.account, consents.root_of(connection, whose.account)}
    beside: dict[str, Any] = {"person": {"number": whose.number or whose.masked, "ref": person}}
    for name, (look, at) in _BESIDE.items():
        rows = [row._asdict() for row in look(connection, owners, [person])]
        beside[name] = [row for row in rows if whose.since is None or row[at] >= whose.since]
    beside["shut_down_at"] = reachability.shut_down(connection, [person]).get(person)
    return About(what=person, accounts=owners, refs={person}, since=whose.since, beside=beside)


#: What holds now, beside the ledger, which says how it came to hold; and by which time it is dated.
_BESIDE = {
    "consents": (consents.consents_of, "given_at"),
    "opt_outs": (consents.opt_outs_of, "since"),
    "blocks": (consents.blocks_of, "since"),
    "reassigned": (consents.reassigned_of, "asked_at"),
}
