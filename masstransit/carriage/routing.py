"""Which carrier link takes a message: the longest matching prefix first, then the one with most room."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.carriage.channel import Trunk
from masstransit.model.address import E164, Address


class Routing:
    """The trunks, and who serves whom."""

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self.trunks = tuple(trunks)

    def choose(self, recipient: Address, *, tried: Sequence[str] = ()) -> Trunk | None:
        """The trunk for a recipient that is up and has room, best first; one that failed already comes last.

        None: no trunk that serves this recipient can take it just now; it stays queued.
        """
        able = [t for t in self.trunks if t.up and t.room > 0 and _match(t, recipient) >= 0]
        return max(able, key=lambda t: (t.name not in tried, _match(t, recipient), t.room), default=None)

    def serves(self, recipient: Address) -> bool:
        """Whether any trunk, up or not, serves this recipient."""
        return any(_match(t, recipient) >= 0 for t in self.trunks)

    @property
    def room(self) -> int:
        """How many messages the trunks could take at once just now."""
        return sum(t.room for t in self.trunks if t.up)


def _match(trunk: Trunk, recipient: Address) -> int:
    """Length of the longest prefix of the trunk that fits; 0 for a trunk that serves all; -1 for none."""
    if not trunk.prefixes:
        return 0
    if not isinstance(recipient, E164):
        return -1
    return max((len(p) for p in trunk.prefixes if recipient.text.startswith(p)), default=-1)
