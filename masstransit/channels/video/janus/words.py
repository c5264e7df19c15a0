"""What is said to Janus and heard of it: JSON documents (https://janus.conf.meetecho.com/docs/rest.html), of its plugin
VideoRoom in `plugindata` (https://janus.conf.meetecho.com/docs/videoroom.html)."""

from __future__ import annotations

from typing import Any

import msgspec

PLUGIN = "janus.plugin.videoroom"
SUBPROTOCOL = "janus-protocol"
UNAUTHORISED, NO_PLUGIN = 403, 460  #: the core's codes
NO_KEY, NO_STRING, BAD_KEY = 429, 430, 433  #: the plugin's: an element is missing, is none, is not the one


class _Word(msgspec.Struct, frozen=True):
    """Part of what Janus says; what is not named here is passed over."""


class Fault(_Word, frozen=True):
    """Why it did not do something."""

    code: int = 0
    reason: str = ""


class Made(_Word, frozen=True):
    """What it made: a session, a handle."""

    id: int = 0


class Description(_Word, frozen=True):
    """An offer or an answer (RFC 8829)."""

    type: str
    sdp: str


class Plugged(_Word, frozen=True):
    """What the plugin says."""

    data: dict[str, Any] = {}


class Heard(_Word, frozen=True):
    """Something that Janus says: an answer (`transaction`), or what happens (`sender`: the handle to which)."""

    janus: str
    transaction: str = ""
    sender: int = 0
    data: Made | None = None
    error: Fault | None = None
    plugindata: Plugged | None = None
    jsep: Description | None = None
    reason: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """Of the plugin."""
        return self.plugindata.data if self.plugindata is not None else {}


class Refused(Exception):
    """Janus did not do what it was asked for. `code` 0: it did not answer."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})" if code else reason)
        self.code = code


HEARD = msgspec.json.Decoder(Heard)
ENCODER = msgspec.json.Encoder()


def described(kind: str, sdp: str) -> dict[str, str]:
    """A description, as Janus takes it."""
    return {"type": kind, "sdp": sdp}
