"""A call's SIP as a ladder: a column for each side, a rung for each message, and what the gate said where it said it.

Drawn as SVG by the server; the table beneath says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from masstransit.model.decision import Decision, Verdict
from masstransit.model.signalling import CALLEE, CALLER, Step

HOUSE = "MassTransit"
_GUTTER, _EDGE, _TOP, _RUNG = 96, 80, 52, 34  # units of the picture
_ROOM, _MOST_APART, _WORD = 640, 270, 90  # for the columns, and for a word of the gate
_CHALLENGES = (401, 407)
#: RFC 3261 section 21, RFC 8197, RFC 8688, RFC 8224: what a status says, in the standard's words and in no others.
_PHRASES: Mapping[int, str] = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK",
    202: "Accepted", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 407: "Proxy Auth Required",
    408: "Request Timeout", 410: "Gone", 415: "Unsupported Media Type", 428: "Use Identity Header",
    436: "Bad Identity Info", 437: "Unsupported Credential", 438: "Invalid Identity Header",
    480: "Temporarily Unavailable", 481: "No Such Call", 482: "Loop Detected", 483: "Too Many Hops",
    484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline",
    604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted", 608: "Rejected",
}  # fmt: skip


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a word of the gate."""

    at: float  #: seconds from the call's beginning
    sender: str
    receiver: str  #: "": it is a word of the gate
    said: str
    kind: str  #: request | told | fine | bad; of a word of the gate: gate | stop
    y: int
    from_x: int
    to_x: int

    @property
    def points_right(self) -> bool:
        return self.to_x > self.from_x


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture."""

    columns: Sequence[tuple[str, int]]  #: what stands above each line, and where the line is
    rungs: Sequence[Rung]
    width: int
    height: int


def drawn(
    steps: Sequence[Step], offered_at: datetime, decided: Sequence[Decision] = (), *, trunks: bool = True
) -> Ladder | None:
    """The ladder of a call; None: no signalling of it is on record. `trunks`: whether they are named."""
    if not steps:
        return None
    names = {step.leg: _called(step.leg, trunks=trunks) for step in steps}
    near = [names[steps[0].leg]] if steps[0].way == "in" else []
    columns = list(dict.fromkeys([*near, HOUSE, *names.values()]))
    apart = min(max(_ROOM // (len(columns) - 1), 180), _MOST_APART)
    places = {name: _GUTTER + _EDGE + apart * at for at, name in enumerate(columns)}
    zero = min(offered_at.timestamp(), steps[0].at / 1000)
    rungs = list(_rungs(steps, zero, decided, names, places))
    word = _WORD if columns[-1] == HOUSE else 0  # what the gate says stands to the right of our line
    width = _GUTTER + 2 * _EDGE + apart * (len(columns) - 1) + word
    return Ladder(columns=list(places.items()), rungs=rungs, width=width, height=_TOP + _RUNG * len(rungs) + 10)


def _rungs(
    steps: Sequence[Step],
    zero: float,
    decided: Sequence[Decision],
    names: Mapping[str, str],
    places: Mapping[str, int],
) -> Iterator[Rung]:
    timed: list[tuple[float, Step | Decision]] = [(step.at / 1000, step) for step in steps]
    timed += [(each.at.timestamp(), each) for each in decided]
    answered: set[str] = set()
    for nth, (at, each) in enumerate(sorted(timed, key=lambda pair: round(pair[0], 3))):
        y, since = _TOP + _RUNG * nth + 22, round(at - zero, 3)
        if isinstance(each, Decision):
            x = places[HOUSE]
            kind = "gate" if each.verdict <= Verdict.FLAG else "stop"
            yield Rung(at=since, sender=HOUSE, receiver="", said=_word(each), kind=kind, y=y, from_x=x, to_x=x)
            continue
        other = names[each.leg]
        sender, receiver = (other, HOUSE) if each.way == "in" else (HOUSE, other)
        said, kind = _said(each, again=each.leg in answered)
        if each.what == "200 INVITE":
            answered.add(each.leg)
        yield Rung(
            at=since, sender=sender, receiver=receiver, said=said, kind=kind, y=y, from_x=places[sender],
            to_x=places[receiver],
        )  # fmt: skip


def _said(step: Step, *, again: bool) -> tuple[str, str]:
    """A message in words, and how it is drawn."""
    status, _, method = step.what.partition(" ")
    if not status.isdigit():
        return ("INVITE, to change it" if again and step.what == "INVITE" else step.what), "request"
    code = int(status)
    said = f"{code} {_PHRASES.get(code, '')}".rstrip() + ("" if method == "INVITE" else f" ({method})")
    good = "told" if code < 200 or code in _CHALLENGES else "fine"
    return said, good if code < 300 or code in _CHALLENGES else "bad"


def _word(decision: Decision) -> str:
    by = f" by {decision.deciding.rule}" if decision.deciding is not None else ""
    return f"{decision.verdict.name}{by}"


def _called(leg: str, *, trunks: bool) -> str:
    if leg in (CALLER, CALLEE):
        return "Caller" if leg == CALLER else "Called"
    return f"Trunk {leg}" if trunks else "Carrier"
