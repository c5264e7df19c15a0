"""The agreement's acceptance: somebody who may bind the customer accepts the edition of the policy in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.ledger import Ledger
from masstransit.model.edition import Edition
from masstransit.storage import agreements


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Who accepted it for whom, and from where."""

    account: str
    person: str
    role: str  #: what they are at the customer
    source: str  #: an IP address
    at: datetime


def accept(connection: Connection, ledger: Ledger, edition: Edition, by: Accepted) -> None:
    """Put it on record, with its ledger entry. The first acceptance of an edition stays."""
    said: dict[str, Any] = {
        "digest": edition.digest,
        "dated": edition.dated,
        "person": by.person[:256],
        "role": by.role[:256],
        "authorised": True,
        "method": "click",
        "source": by.source,
    }
    agreements.publish_edition(
        connection, digest=edition.digest, dated=edition.dated, source=edition.source, current_from=by.at
    )
    agreements.accept(connection, by.account, **said, at=by.at)
    ledger.record(connection, by.account, "acceptance", edition.digest[:64], said, by.at)
