"""What the gate can be asked about."""

from __future__ import annotations

from typing import TypeAlias

from masstransit.model.change import Change
from masstransit.model.communication import Communication, Knock
from masstransit.model.outcome import Outcome

Subject: TypeAlias = Communication | Knock | Outcome | Change
