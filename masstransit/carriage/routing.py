"""Which carrier link takes a communication: of those that carry its kind the one with the longest matching prefix, and
of these the one with most room."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from masstransit.carriage.channel import Trunk
from masstransit.model.address import E164, Address
from masstransit.model.communication import Kind


class Budget(msgspec.Struct, frozen=True):
    """The most that a message may cost, in USD, and the segments that it takes."""

    most: Decimal
    segments: int

    def fits(self, trunk: Trunk) -> bool:
        """Whether a trunk is cheap enough. One whose price is not known counts as cheap enough."""
        return trunk.price is None or trunk.price * self.segments <= self.most


class Routing:
    """The trunks, and who serves whom."""

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self.trunks = tuple(trunks)

    def places(self) -> dict[str, int]:
        """How many messages each trunk could take just now, by its name; for `choose` to count down."""
        return {trunk.name: trunk.room for trunk in self.trunks if trunk.up and trunk.room > 0}

    def room_for(self, kind: Kind, places: dict[str, int]) -> int | None:
        """How many of a kind could be taken just now, whoever they go to. None: no trunk that carries it is up."""
        able = [trunk.name for trunk in self.trunks if trunk.up and kind.among(trunk.kinds)]
        return sum(places.get(name, 0) for name in able) if able else None

    def choose(
        self,
        recipient: Address,
        places: dict[str, int],
        *,
        kind: Kind = Kind.SMS,
        tried: Sequence[str] = (),
        budget: Budget | None = None,
    ) -> Trunk | None:
        """The trunk for a recipient, best first, and one of its places; a trunk that failed already comes last.

        None: no trunk that serves this recipient can take it just now; it stays queued.
        """
        able = [t for t in self._serving(recipient, kind, budget) if places.get(t.name, 0) > 0]
        best = max(able, key=lambda t: (t.name not in tried, _match(t, recipient), places[t.name]), default=None)
        if best is not None:
            places[best.name] -= 1
        return best

    def up_for(self, recipient: Address, budget: Budget | None = None, *, kind: Kind = Kind.SMS) -> bool:
        """Whether a trunk that is up serves this recipient, though its window may be full."""
        return any(t.up for t in self._serving(recipient, kind, budget))

    def serves(self, recipient: Address, budget: Budget | None = None, *, kind: Kind = Kind.SMS) -> bool:
        """Whether any trunk, up or not, serves this recipient for that money."""
        return bool(self._serving(recipient, kind, budget))

    def _serving(self, recipient: Address, kind: Kind, budget: Budget | None) -> list[Trunk]:
        able = [t for t in self.trunks if kind.among(t.kinds) and _match(t, recipient) >= 0]
        return able if budget is None else [t for t in able if budget.fits(t)]


def _match(trunk: Trunk, recipient: Address) -> int:
    """Length of the longest prefix of the trunk that fits; 0 for a trunk that serves all; -1 for none."""
    if not trunk.prefixes:
        return 0
    if not isinstance(recipient, E164):
        return -1
    return max((len(p) for p in trunk.prefixes if recipient.text.startswith(p)), default=-1)
