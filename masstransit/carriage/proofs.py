"""A person's own file: what they agreed to and took back toward a customer, and the proof that it stood on record.

    sealed = await database.write(lambda c: proofs.prove(c, ledger, keys, Whose(...), TakenOut(...)))

For the operator, who answers a court, a carrier or a customer; and for the recipient, who asks what is said of them. It
has the words that they were shown, when and how they agreed and what proves it, STOPs and blocks, and what was answered
about the number's reassignment. Of anybody else it tells nothing.
"""

from __future__ import annotations

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
    number: E164


def prove(connection: Connection, ledger: Ledger, keys: Keys, whose: Whose, taken: TakenOut) -> tuple[Bundle, bytes]:
    """The bundle and its file. That it was taken out is on record. Raises `NotFound` where nothing is."""
    about = _about(connection, keys, whose)
    try:
        return hand_out(connection, ledger, keys, about, taken)
    except NotFound as nothing:
        raise NotFound(
            f"there is nothing on record about {whose.number.masked} toward {whose.account}: no consent, STOP or block"
        ) from nothing


def _about(connection: Connection, keys: Keys, whose: Whose) -> About:
    """A person's wishes toward a customer and those whom it belongs to."""
    person, owners = keys.person(whose.number.text), {whose.account, consents.root_of(connection, whose.account)}
    beside: dict[str, Any] = {"person": {"number": whose.number.text, "ref": person}}
    for name, look in _BESIDE.items():
        beside[name] = [row._asdict() for row in look(connection, owners, [person])]
    beside["shut_down_at"] = reachability.shut_down(connection, [person]).get(person)
    return About(what=person, accounts=owners, refs={person}, beside=beside)


#: What holds now, beside the ledger, which says how it came to hold.
_BESIDE = {
    "consents": consents.consents_of,
    "opt_outs": consents.opt_outs_of,
    "blocks": consents.blocks_of,
    "reassigned": consents.reassigned_of,
}
