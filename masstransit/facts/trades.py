"""Trades that a law regulates, as texts speak of them, and the laws that ask for a licence.

`Content.shaft_kind` tells of alcohol, firearms, tobacco, cannabis, drugs, gambling and lending. What it has no word
for is recognised here. A law is a row of data: which trade, where, what it asks for, and the licence that makes it
lawful.
"""

from __future__ import annotations

import re

import msgspec

_READ = 1600  # characters
_CRYPTO = re.compile(
    r"\b(?:bitcoins?|btc|ethereum|eth|usdt|crypto(?:currenc(?:y|ies)|s|assets?)?|stablecoins?|altcoins?|defi|nfts?"
    r"|meme ?coins?|token (?:sale|presale|launch)|staking)\b",
    re.IGNORECASE,
)
_STEMS = ("coin", "btc", "eth", "usdt", "crypto", "defi", "nft", "token", "staking")  # one is in each that matches
_INVITED = re.compile(
    r"\b(?:invest(?:ing|ment)?s?|buy|trade|trading|earn|returns?|profits?|yields?|apy|bonus|sign ?up|join|deposit|stake"
    r"|don'?t miss|opportunity|presale|airdrop|double|% (?:a|per) (?:day|week|month|year))\b",
    re.IGNORECASE,
)


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


def invites_to_crypto(text: str) -> bool:
    """Whether a text invites to put money into crypto assets: to name a price or a payment is no invitation."""
    read = text[:_READ]
    folded = read.casefold()
    if not any(stem in folded for stem in _STEMS):
        return False
    return _CRYPTO.search(read) is not None and _INVITED.search(read) is not None
