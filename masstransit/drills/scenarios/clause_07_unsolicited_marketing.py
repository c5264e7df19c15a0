"""Clause 7: advertising to people who did not agree to it, at hours when they sleep, or after they said stop."""

from __future__ import annotations

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_OFFERS = (
    "{brand}: [everything|all shoes|the summer range] {percent}% off [today only|until Sunday]. Reply STOP to end",
    "[Hi|Hello] {name}, your {brand} [voucher|gift card] of {amount} is waiting: {link} Txt STOP to opt out",
    "{brand} [flash sale|members' night] starts [now|at {time}]. [Be quick|Don't miss it]! STOP to unsubscribe",
)


@attack("7")
def bought_list(scene: Scene) -> Course:
    """A list that was bought is advertised to: nobody on it ever agreed to anything."""
    shop = scene.customer(use_case="MARKETING")
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, brand=shop.brand), "marketing") for p in scene.people(120)), a_second=20
    )


@lawful("7")
def opted_in_sale(scene: Scene) -> Course:
    """A shop advertises by day to people who agreed in writing."""
    shop = scene.customer(use_case="MARKETING")
    people = scene.people(300)
    scene.consent(shop, people)
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, brand=shop.brand), "marketing") for p in people), a_second=25
    )
