"""Addresses and links of our own that lead back to one communication: where its bounces go, where it is unsubscribed.

A token is the communication's SID with a mark that only we can make, so that nobody can have another's mail stopped.
It is hex throughout: it survives servers that write addresses in lower case.
"""

from __future__ import annotations

import hmac
from typing import Literal

from masstransit.storage.keys import Keys

Use = Literal["bounce", "unsubscribe"]
_SID, _MARK = 32, 16  # hex digits; 64 bits of a mark are more than anybody can try out
_PREFIX = "EM"
_LOCAL: dict[str, Use] = {"b": "bounce", "u": "unsubscribe"}


def token_of(keys: Keys, use: Use, sid: str) -> str:
    """The token of a communication for a use."""
    return sid.removeprefix(_PREFIX) + _mark(keys, use, sid)


def sid_of(keys: Keys, use: Use, token: str) -> str | None:
    """The communication that a token stands for. None: it is none of ours."""
    told = token.lower()
    if len(told) != _SID + _MARK or not told.isascii():
        return None
    sid = _PREFIX + told[:_SID]
    return sid if hmac.compare_digest(told[_SID:], _mark(keys, use, sid)) else None


def address_of(keys: Keys, use: Use, sid: str, domain: str) -> str:
    """An address of ours that stands for a communication: a return path, or where to write to be unsubscribed."""
    letter = next(letter for letter, meant in _LOCAL.items() if meant == use)
    return f"{letter}-{token_of(keys, use, sid)}@{domain}"


def read_address(keys: Keys, address: str) -> tuple[Use, str] | None:
    """What an address of ours is for, and for which communication. None: it is none of ours."""
    letter, dash, token = address.rpartition("@")[0].lower().partition("-")
    use = _LOCAL.get(letter)
    sid = sid_of(keys, use, token) if use is not None and dash else None
    return None if use is None or sid is None else (use, sid)


def _mark(keys: Keys, use: str, sid: str) -> str:
    return keys.mark("mail", use, sid)[:_MARK]
