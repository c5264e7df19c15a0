"""The edition of the policy's text."""

from __future__ import annotations

import msgspec


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The edition of the policy that customers accept: its text, and by what it is known."""

    text: str
    digest: str  #: SHA-256 of the text, in hex
    dated: str  #: the date it bears
    source: str = "plain"  #: plain | operator
