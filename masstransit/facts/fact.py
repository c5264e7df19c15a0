"""What all facts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Something learned about a subject. Its defaults are what there mostly is: nothing.

    What is kept of it leaves its defaults out. It holds nothing that could hold it, so that the collector of cycles
    need not look at it (`gc`): there are some fifty a message.
    """

    @classmethod
    def speaking(cls, column: Sequence[Any]) -> Sequence[int]:
        """Where in a column of such facts one says something: rules that are about it alone hear these only. One that
        could not be learned (`Unknown`) counts as saying something."""
        nothing = cls()
        return [place for place, fact in enumerate(column) if fact != nothing]
