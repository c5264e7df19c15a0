"""As much of a description (RFC 8866, RFC 8829) as has to be known of what Janus is handed: its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from masstransit.errors import BadInput

SENDS = {"microphone": "audio", "camera": "video", "screen": "video"}
_MOST_LINES = 8  # three that send, and some that were given up
_CANDIDATE = re.compile(r"^a=(candidate:.*|end-of-candidates)\r?\n", re.MULTILINE)
_LINE = re.compile(r"^m=(\w+) (\d+) ", re.MULTILINE)
_MID = re.compile(r"^a=mid:([\w.~-]{1,16})\r?$", re.MULTILINE)
_DIRECTION = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)\r?$", re.MULTILINE)


class Line(NamedTuple):
    """One line of a description."""

    kind: str  #: audio, video, application
    mid: str
    direction: str
    refused: bool  #: by its port, which is 0 (RFC 3264 section 6)


def lines_of(sdp: str) -> Sequence[Line]:
    """The lines of a description, in order."""
    starts = [found.start() for found in _LINE.finditer(sdp)]
    return [_line(sdp[start:end]) for start, end in pairwise([*starts, len(sdp)])]


def _line(text: str) -> Line:
    head, mid, direction = _LINE.match(text), _MID.search(text), _DIRECTION.search(text)
    bundled = re.search(r"^a=bundle-only\r?$", text, re.MULTILINE) is not None  # RFC 8843 section 6: its port is 0 too
    return Line(
        kind=head[1] if head else "",
        mid=mid[1] if mid else "",
        direction=direction[1] if direction else "sendrecv",
        refused=head is not None and head[2] == "0" and not bundled,
    )


def without_candidates(sdp: str) -> str:
    """Nobody makes Janus send packets to an address that they named: it answers whoever knocks with the connection's
    own secret (RFC 8445 section 7.3)."""
    return _CANDIDATE.sub("", sdp)


def sources_of(offered: str, uses: Mapping[str, str]) -> dict[str, str]:
    """What each line of an offer sends, by its mid. Raises `BadInput`."""
    lines = lines_of(offered)
    if not 0 < len(lines) <= _MOST_LINES:
        raise BadInput(f"an offer has 1 to {_MOST_LINES} lines here, not {len(lines)}")
    found: dict[str, str] = {}
    for line in lines:
        use = uses.get(line.mid, "")
        if use in {"seat", "stage"}:
            raise BadInput("in this room the house offers what others send: offer only what you send")
        if SENDS.get(use) != line.kind:
            raise BadInput(f"say what line {line.mid!r} ({line.kind}) is for: {', '.join(SENDS)}")
        if use in found.values():
            raise BadInput(f"one {use} is the most that a participant sends")
        if line.direction not in {"sendonly", "inactive"}:
            raise BadInput(f"line {line.mid!r} goes one way: offer it sendonly")
        found[line.mid] = use
    return found
