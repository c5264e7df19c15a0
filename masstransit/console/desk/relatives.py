"""The graph along which a sanction follows: /desk/entities/{account}/relatives.

Drawn by the server as SVG; the table below it says the same to who can't see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.relatives import Relative, Relatives, Tie, relatives_of
from masstransit.console.asking import Answer, Asked, Page, Shown, page
from masstransit.console.desk.unit import unit_of
from masstransit.console.house import House
from masstransit.model.user import Right

WIDTH, HEIGHT = 900, 520  #: of the picture
_ACROSS, _DOWN = 300.0, 200.0  # half axes of the ring
_LONGEST = 22  # letters of a name in the picture


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A relative in the picture."""

    relative: Relative
    x: float
    y: float
    anchor: str  #: of its name: start | middle | end
    label: str

    @property
    def kind(self) -> str:
        """Its class."""
        return "stopped" if self.relative.step else "other" if self.relative.other else "free"


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """Ties between two in the picture."""

    one: Node
    other: Node
    followed: bool
    said: str  #: by what, in words


def drawn(found: Relatives) -> tuple[Sequence[Node], Sequence[Edge]]:
    """The customer in the middle, the others in a ring around it."""
    nodes = {}
    around = [each for each in found.relatives if each.key != (found.root, "")]
    for each in found.relatives:
        if each.key == (found.root, ""):
            nodes[each.key] = _node(each, WIDTH / 2, HEIGHT / 2, "middle")
    for place, each in enumerate(around):
        angle = 2 * pi * place / len(around) - pi / 2
        side = "middle" if abs(cos(angle)) < 0.2 else "start" if cos(angle) > 0 else "end"
        nodes[each.key] = _node(each, WIDTH / 2 + _ACROSS * cos(angle), HEIGHT / 2 + _DOWN * sin(angle), side)
    pairs: dict[tuple[Any, Any], list[Tie]] = {}
    for tie in found.ties:
        pairs.setdefault((tie.one.key, tie.other.key), []).append(tie)
    edges = [
        Edge(
            one=nodes[one],
            other=nodes[other],
            followed=any(tie.followed for tie in ties),
            said=", ".join(dict.fromkeys(tie.by for tie in ties)),
        )
        for (one, other), ties in pairs.items()
    ]
    return list(nodes.values()), edges


def _node(relative: Relative, x: float, y: float, anchor: str) -> Node:
    called = relative.called
    label = called if len(called) <= _LONGEST else called[: _LONGEST - 1] + "…"
    return Node(relative=relative, x=round(x, 1), y=round(y, 1), anchor=anchor, label=label)


async def show(house: House, asked: Asked) -> Answer:
    """The picture, and the table."""

    def look(connection: Connection) -> Mapping[str, Any]:
        unit = unit_of(connection, asked)
        return {"unit": unit, "found": relatives_of(connection, unit.account.account, asked.now)}

    values = await house.database.survey(look)
    nodes, edges = drawn(values["found"])
    size = {"width": WIDTH, "height": HEIGHT}
    return Shown("desk/entity_relatives.html", {**values, **size, "nodes": nodes, "edges": edges})


PAGES: Sequence[Page] = (page("/desk/entities/{account}/relatives", Right.WATCH, show),)
