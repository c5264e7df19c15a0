"""SIDs: by which the SDKs' resources are named."""

from __future__ import annotations

import secrets
import time


def new_sid(prefix: str) -> str:
    """A new SID: two letters and 32 hex digits. It begins with the milliseconds since 1970, so that what is new stands
    together in the indexes: of random ones each row dirties pages of its own. 80 random bits can't be guessed."""
    return f"{prefix}{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
