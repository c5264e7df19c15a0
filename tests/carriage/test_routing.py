"""Routing: the longest prefix, then the most room; a link that just failed comes last."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from masstransit.carriage.channel import Carried
from masstransit.carriage.routing import Budget, Routing
from masstransit.model.address import parse
from masstransit.model.communication import Kind, address_of
from masstransit.model.decision import Cleared


class Link(msgspec.Struct):
    """A trunk that is only chosen here, never used."""

    name: str
    prefixes: tuple[str, ...] = ()
    kinds: Kind = Kind.SMS
    up: bool = True
    room: int = 10
    price: Decimal | None = None

    async def deliver(self, cleared: Cleared) -> Carried:
        raise AssertionError("routing does not deliver")

    def settled(self, cleared: Cleared) -> None:
        raise AssertionError("routing does not deliver")


def chosen(*links: Link, to: str = "+12125550123", tried: tuple[str, ...] = ()) -> str | None:
    routing = Routing(links)
    trunk = routing.choose(parse(to), routing.places(), tried=tried)
    return trunk.name if trunk else None


def test_the_longest_prefix_wins() -> None:
    links = (Link("any"), Link("america", ("+1",)), Link("new-york", ("+1212", "+1646")))
    assert chosen(*links) == "new-york"
    assert chosen(*links, to="+14155550100") == "america"
    assert chosen(*links, to="+447911123456") == "any"


def test_a_link_that_is_down_or_full_is_passed_over() -> None:
    assert chosen(Link("best", ("+1212",), up=False), Link("next", ("+1",))) == "next"
    assert chosen(Link("best", ("+1212",), room=0), Link("next", ("+1",))) == "next"
    assert chosen(Link("only", up=False)) is None


def test_among_equals_the_one_with_most_room_and_not_the_one_that_failed() -> None:
    assert chosen(Link("a", room=3), Link("b", room=9)) == "b"
    assert chosen(Link("a", room=3), Link("b", room=9), tried=("b",)) == "a"
    assert chosen(Link("b"), tried=("b",)) == "b"


def test_whether_anyone_serves_a_number_does_not_depend_on_the_moment() -> None:
    routing = Routing([Link("america", ("+1",), up=False)])
    assert routing.serves(parse("+12125550123"))
    assert not routing.serves(parse("+447911123456"))
    assert not routing.serves(parse("12345"))


def test_the_room_for_a_kind_is_that_of_the_trunks_that_carry_it() -> None:
    texts, mail, away = Link("texts", room=3), Link("mail", kinds=Kind.EMAIL, room=0), Link("fax", kinds=Kind.FAX)
    away.up = False
    routing = Routing([texts, Link("more", room=2), mail, away])
    found = {kind: routing.room_for(kind, routing.places()) for kind in (Kind.SMS, Kind.EMAIL, Kind.FAX)}
    assert found == {Kind.SMS: 5, Kind.EMAIL: 0, Kind.FAX: None}


def test_a_place_is_given_away_once() -> None:
    routing = Routing([Link("narrow", ("+1212",), room=1), Link("wide", ("+1",), room=2)])
    places = routing.places()
    taken = [routing.choose(parse("+12125550123"), places) for _ in range(4)]
    assert [trunk and trunk.name for trunk in taken] == ["narrow", "wide", "wide", None]


def test_a_trunk_that_takes_more_than_the_budget_does_not_serve() -> None:
    dear, fair, unknown = (Link("dear", ("+1212",), price=Decimal("0.02")), Link("fair", ("+1",)), Link("unknown"))
    fair.price = Decimal("0.0075")
    person, two = parse("+12125550123"), Budget(Decimal("0.015"), 2)

    def taken(*links: Link) -> str | None:
        routing = Routing(links)
        trunk = routing.choose(person, routing.places(), budget=two)
        return trunk.name if trunk else None

    assert taken(dear, fair, unknown) == "fair"  # exactly what it may cost
    assert taken(dear, unknown) == "unknown"
    assert taken(dear) is None
    alone = Routing([dear])
    assert (alone.serves(person), alone.serves(person, two), alone.up_for(person, two)) == (True, False, False)


def test_only_a_trunk_that_carries_the_kind_is_chosen() -> None:
    routing = Routing([Link("texts"), Link("mail", kinds=Kind.EMAIL)])
    ada = address_of(Kind.EMAIL, "ada@example.com")
    trunk = routing.choose(ada, routing.places(), kind=Kind.EMAIL)
    assert trunk is not None
    assert trunk.name == "mail"
    assert routing.serves(ada, kind=Kind.EMAIL)
    assert not routing.serves(parse("+12125550123"), kind=Kind.FAX)
