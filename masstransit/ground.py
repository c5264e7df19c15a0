"""What everything that carries stands on, of whatever kind. `app` chooses it, and hands it to what joins the parts of
calls, faxes, mail, chat and video."""

from __future__ import annotations

import msgspec

from masstransit import config
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.notices import Notices
from masstransit.carriage.registration import Registrations
from masstransit.carriage.standing import Standing
from masstransit.clock import Clock
from masstransit.facts.consent import Roots
from masstransit.ledger import Ledger
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One for the life of a process."""

    settings: config.Settings
    process: str  #: its name among those that share a database
    database: Database
    ledger: Ledger
    keys: Keys
    clock: Clock
    roots: Roots
    exchange: Exchange
    notices: Notices
    registrations: Registrations
    standing: Standing
