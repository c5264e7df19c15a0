"""What all facts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from masstransit.errors import Unknown


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Something learned about a subject. Its defaults are what there mostly is: nothing.

    What is kept of it leaves its defaults out. It holds nothing that could hold it, so that the collector of cycles
    need not look at it (`gc`): there are some fifty a message.
    """

    #: Whether it tells of words and of nothing else: of a call in which nothing is said yet it says nothing.
    of_words: ClassVar[bool] = False

    #: Whether it is on record of a customer or a person, and does not hang on what is said to them. None that counts.
    of_parties: ClassVar[bool] = False

    @property
    def speaks(self) -> bool:
        """Whether it says anything out of the ordinary. A rule that is about this fact alone is not asked else."""
        return self != type(self)()

    @classmethod
    def speaking(cls, column: Sequence[Any]) -> Sequence[int]:
        """Where in a column of such facts one speaks. One that could not be learned (`Unknown`) does."""
        if cls.speaks is not Fact.speaks:
            return [place for place, fact in enumerate(column) if isinstance(fact, Unknown) or fact.speaks]
        nothing = cls()
        if len(set(map(id, column))) == 1:  # as with most sources, which tell of most messages that there is nothing
            return range(len(column)) if column[0] != nothing else ()
        return [place for place, fact in enumerate(column) if fact != nothing]
