"""The frames of video rooms over WebSocket: JSON documents, one a text frame, told apart by `type`.

`docs/video.md` has them for who writes a client; a test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

LARGEST = 131_072  #: octets of a frame that is taken in: a description of sixty lines has less
_Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=128)]


class _Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What a client says."""


class Join(_Asked, frozen=True, kw_only=True, tag="join"):
    """Come into a room. The first frame."""

    room: _Word = ""  #: by name or SID; "": the one that the token is for
    country: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""  #: where they are: ISO 3166
    state: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""  #: of the United States
    language: Annotated[str, msgspec.Meta(pattern="^([a-z]{2})?$")] = ""  #: theirs: ISO 639-1


class Offer(_Asked, frozen=True, kw_only=True, tag="offer"):
    """An offer of the browser's, at first or with more lines; what each line is for, by its mid."""

    sdp: str
    lines: dict[str, Literal["microphone", "camera", "screen", "seat", "stage"]]


class Watching(_Asked, frozen=True, kw_only=True, tag="watching"):
    """The answer to a `watch`: to what the house offers of others."""

    sdp: str


class Mute(_Asked, frozen=True, kw_only=True, tag="mute"):
    """A source of one's own is passed on no more, or again."""

    source: Literal["microphone", "camera", "screen"]
    muted: bool


class Seen(_Asked, frozen=True, kw_only=True, tag="seen"):
    """What was asked stands before the person, whole."""


class Answer(_Asked, frozen=True, kw_only=True, tag="answer"):
    """What the person answered."""

    agreed: bool


class Leave(_Asked, frozen=True, kw_only=True, tag="leave"):
    """Go."""


Frame: TypeAlias = Join | Offer | Watching | Mute | Seen | Answer | Leave
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_ENCODER = msgspec.json.Encoder()


def read(text: str | bytes) -> Frame:
    """A client's frame. Raises `msgspec.MsgspecError`, `RecursionError`, `UnicodeError`."""
    return _DECODER.decode(text)


def made(kind: str, **told: Any) -> str:
    """A frame of ours."""
    return _ENCODER.encode({"type": kind, **told}).decode()
