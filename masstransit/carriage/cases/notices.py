"""A notice of rights on record: clause 15 stops what a complete one names, until it is withdrawn or answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from masstransit.errors import BadInput, NotFound
from masstransit.facts.rights import material_of
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import rights

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
MATERIALS = ("text", "domain")  #: what a notice can name


def put(connection: Connection, ledger: Ledger, account: str, told: Mapping[str, Any], at: datetime) -> str:
    """Put a notice on record: `kind`, `material`, `holder`, `work`, `complete`; its name. Of a text only what tells it
    from others is kept. Raises `BadInput`."""
    kind, material = told["kind"], told["material"]
    if kind not in MATERIALS:
        raise BadInput(f"kind '{kind[:16]}': one of {', '.join(MATERIALS)}", field="kind")
    target = material_of(kind, material)
    if kind == "domain" and _DOMAIN.fullmatch(target) is None:
        raise BadInput(f"'{material[:253]}' is no domain: write it as shop.example.com", field="material")
    name = new_sid("RN")
    row = {
        "account": account, "notice": name, "kind": kind, "target": target, "holder": told["holder"][:256],
        "work": told["work"][:256], "complete": told["complete"], "since": at, "countered_at": None, "suit": False,
        "withdrawn_at": None,
    }  # fmt: skip
    rights.record_notice(connection, row)
    ledger.record(connection, account, "rights-notice", name, row, at)
    return name


def became(  # noqa: PLR0917 - of which notice, and what became of it
    connection: Connection, ledger: Ledger, account: str, notice: str, what: str, at: datetime
) -> None:
    """What became of a notice: `completed`, `countered`, `suit`, `withdrawn`. Raises `NotFound`."""
    values: Mapping[str, dict[str, datetime | bool]] = {
        "completed": {"complete": True},
        "countered": {"countered_at": at},
        "suit": {"suit": True},
        "withdrawn": {"withdrawn_at": at},
    }
    if not rights.answer_notice(connection, account, notice, values[what]):
        raise NotFound(f"there is no notice {notice} against {account}")
    ledger.record(connection, account, "rights-notice", notice, {"notice": notice, "became": what}, at)
