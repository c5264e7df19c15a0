"""An import as it is asked for."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from masstransit.carriage.importing.columns import Reading
from masstransit.carriage.importing.kinds import KINDS, OfRegistry
from masstransit.carriage.rows import Whose
from masstransit.errors import BadInput
from masstransit.model.address import calling_code
from masstransit.storage.keys import Keys

_REGISTRY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_REGION = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it is asked for."""

    kind: str
    account: str = ""
    registry: str = ""
    region: str = ""
    dry_run: bool = False  #: read and report; keep nothing
    how: Reading = Reading()


def check(asked: Asked) -> None:
    """Raises `BadInput` for an import that says too little, or what has no meaning for its kind."""
    kind = KINDS[asked.kind]
    if kind.of_account and not asked.account:
        raise BadInput(f"{asked.kind} are an account's own: say --account AC...")
    if asked.account and not kind.of_account:
        raise BadInput(f"{asked.kind} are no account's own, the whole house goes by them: leave --account out")
    if isinstance(kind, OfRegistry):
        _check_list(asked)
    elif asked.registry or asked.region:
        raise BadInput(f"{asked.kind} are of no registry: --registry and --region are for do-not-call")
    asked.how.check(kind.columns)


def _check_list(asked: Asked) -> None:
    if not _REGISTRY.fullmatch(asked.registry):
        raise BadInput("--registry is the list's name in small letters, such as us-national or us-tx")
    if not _calling_code(asked.region):
        raise BadInput("--region is where the list holds: a country such as US, or a state of it such as US-TX")
    if asked.how.constants or asked.how.dates or asked.how.country:
        raise BadInput(f"{asked.kind} has numbers and no more, of --region: leave --set, --dates and --country out")


def whose_rows(asked: Asked, keys: Keys, now: datetime) -> Whose:
    """For whom an import's rows are read."""
    return Whose(
        keys=keys,
        now=now,
        account=asked.account,
        registry=asked.registry,
        region=asked.region,
        calling_code=_calling_code(asked.region),
    )


def _calling_code(region: str) -> str:
    read = _REGION.fullmatch(region)
    return calling_code(read[1]) if read else ""
