"""Clause A: use before an authorised person accepted the policy."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_AT_ONCE = timedelta(0)
_NOTICES = (
    "{brand}: your order {order} is [ready|packed|on its way].",
    "{name}, your [table|seat] at {brand} is booked for {day} {time}.",
    "{brand}: we come to {street} on {day} [about|at] {time}.",
)


@attack("A", within=_AT_ONCE)
def key_before_acceptance(scene: Scene) -> Course:
    """A key is used before anybody has accepted the policy."""
    shop = scene.customer(accepted=False, days=0)
    yield shop.knock(scene.source(), proven=True)
    yield from scene.mailing(shop, _NOTICES, "transactional", count=20)


@attack("A", within=_AT_ONCE)
def accepted_by_nobody(scene: Scene) -> Course:
    """Somebody who may not bind the customer, with a throw-away address, clicked on accept."""
    shop = scene.customer(authorised=False, days=1)
    yield from scene.mailing(shop, _NOTICES, "transactional", count=20)


@attack("A", within=_AT_ONCE)
def resellers_child_never_accepted(scene: Scene) -> Course:
    """A reseller opens accounts for its customers and sends before it has accepted anything itself."""
    reseller = scene.customer(accepted=False, attrs={"reseller": True})
    for _ in range(3):
        child = scene.customer(parent=reseller, days=2)
        yield from scene.mailing(child, _NOTICES, "transactional", count=8)


@attack("A", within=_AT_ONCE)
def edition_expired(scene: Scene) -> Course:
    """A customer still goes by an edition whose successor it never accepted, months after it was asked to."""
    shop = scene.customer()
    since = scene.now - timedelta(days=scene.chance.randint(90, 300))
    yield scene.on_record("policy_texts", digest=scene.sid("") * 2, dated=f"{since:%Y-%m-%d}", source="plain",
                          current_from=since)  # fmt: skip
    yield from scene.mailing(shop, _NOTICES, "transactional", count=20)


@attack("A", within=_AT_ONCE)
def suspended_and_back(scene: Scene) -> Course:
    """An account that was suspended tries all its numbers, one after the other."""
    shop = scene.customer(numbers=5, status="suspended")
    yield from scene.mailing(shop, _NOTICES, "transactional", count=20, senders=shop.numbers)


@lawful("A")
def asked_to_accept_again(scene: Scene) -> Course:
    """Customers go on as before in the first days of a new edition."""
    shop = scene.customer()
    since = scene.now - timedelta(days=scene.chance.randint(1, 14))
    yield scene.on_record("policy_texts", digest=scene.sid("") * 2, dated=f"{since:%Y-%m-%d}", source="plain",
                          current_from=since)  # fmt: skip
    yield from scene.mailing(shop, _NOTICES, "transactional", count=120)


@lawful("A")
def subaccounts_of_a_customer(scene: Scene) -> Course:
    """Branches of a customer that has accepted send through accounts of their own."""
    chain = scene.customer()
    for _ in range(3):
        branch = scene.customer(parent=chain, brand=chain.brand)
        people = scene.people(40)
        scene.consent(chain, people)
        yield branch.knock(scene.source(), proven=True)
        yield from scene.paced(
            (branch.text(p, scene.pick(_NOTICES, brand=chain.brand), "transactional") for p in people), a_second=25
        )


@lawful("A")
def stop_to_a_stranger(scene: Scene) -> Course:
    """People write stop and help to numbers of a customer that has accepted nothing yet."""
    shop = scene.customer(accepted=False)
    first = shop.text(scene.person(), "")
    for _ in range(40):
        yield scene.answers(scene.person(), first, scene.say("[STOP|stop.|Unsubscribe|HELP|please remove me]"))
