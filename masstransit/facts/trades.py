"""The laws that ask for a licence of whoever promotes a trade.

`Content.shaft_kind` tells of alcohol, firearms, tobacco, cannabis, drugs, gambling and lending, `Content.crypto` of
crypto assets. A law is a row of data: which trade, where, what it asks for, and the licence that makes it lawful.
"""

from __future__ import annotations

import msgspec


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """A law that a text can break where it is read."""

    citation: str
    trade: str  #: what a text must promote: a kind of `Content.shaft_kind`, "crypto"; "" for any text
    asks: str  #: its elements, in a few words
    places: tuple[str, ...]  #: where the person is: "GB", "US" (every state), "US-TX"
    licence: str = ""  #: the trade of the licence that makes it lawful; "": none does
    by_state: bool = False  #: the licence is a state's own

    def __str__(self) -> str:
        return f"{self.citation}: {self.asks} ({', '.join(self.places)})"
