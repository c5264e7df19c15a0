"""TURN servers (RFC 8656) that people in rooms may go by, where a firewall lets nothing else out: with a name and a
password that are made for one of them and end by themselves, as draft-uberti-behave-turn-rest-00 section 2.2 has it.

The server knows the secret by which they are made and asks nobody; Debian's is coturn (`use-auth-secret`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import msgspec


class Relays(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has."""

    urls: tuple[str, ...] = ()  #: turn: and turns: (RFC 7065); none: there are none
    secret: str = ""

    def lent(self, who: str, now: datetime, lasts: timedelta) -> list[dict[str, Any]]:
        """As WebRTC's RTCIceServer has it, for somebody whom the server knows as `who`."""
        if not self.urls:
            return []
        name = f"{int((now + lasts).timestamp())}:{who}"
        made = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1)
        return [{"urls": list(self.urls), "username": name, "credential": base64.b64encode(made.digest()).decode()}]
