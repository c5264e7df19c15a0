"""Clause 14: what authorities ask to be stopped is stopped, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course, Said
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.communication import Purpose
from masstransit.model.outcome import OutcomeKind

_TEXTS = (
    "{brand}: lower your [loan|card] rate to {percent}%. Reply YES. STOP to end",
    "{name}, you qualify for {amount} in [relief|benefits]: {link} STOP to opt out",
)
_NOTICES = ("{brand}: your order {order} is [ready|on its way].", "{brand}: we see you {day} at {time}.")


@attack("14", within=timedelta(0))
def number_under_order(scene: Scene) -> Course:
    """A verified order names some numbers; they send on, while the customer's others go on lawfully."""
    caller = scene.customer(numbers=6)
    for number in caller.numbers[:3]:
        yield scene.order(caller, "number", number)
    yield scene.wait(seconds=1)
    for _ in range(4):
        yield from scene.mailing(caller, _TEXTS, "marketing", count=9, senders=caller.numbers[:3])
        yield from scene.mailing(caller, _NOTICES, "transactional", count=9, senders=caller.numbers[3:], bystander=True)


@attack("14", within=timedelta(0))
def forty_numbers(scene: Scene) -> Course:
    """An attorney general asks to suspend forty numbers, all in one go."""
    caller = scene.customer(use_case="MARKETING", numbers=40)
    for number in caller.numbers:
        yield scene.order(caller, "number", number)
    yield scene.wait(seconds=1)
    yield from scene.mailing(caller, _TEXTS, "marketing", count=80, senders=caller.numbers)


@attack("14", within=timedelta(0))
def sealed_order(scene: Scene) -> Course:
    """A sealed order stops an account, which must not learn why."""
    caller = scene.customer()
    yield scene.order(caller, "account", caller.account, gag=True, reference="sealed")
    yield scene.wait(seconds=1)
    yield from scene.mailing(caller, _NOTICES, "transactional", count=30)


@attack("14", within=timedelta(hours=1), bulk=True)
def moved_to_a_sister(scene: Scene) -> Course:
    """An order stops a campaign; the same texts go on from another account."""
    caller, sister = scene.customer(use_case="MARKETING"), scene.customer(use_case="MARKETING", days=20)
    text, link = scene.chance.choice(_TEXTS), scene.link("relief")
    yield from scene.mailing(caller, [text], "marketing", count=20, counted=False, brand="Debt Relief", link=link)
    yield scene.order(caller, "campaign", caller.campaign or "")
    yield scene.wait(minutes=20)
    yield from scene.mailing(sister, [text], "marketing", count=80, a_second=2, brand="Debt Relief", link=link)


@attack("14", within=timedelta(hours=1))
def calls_move_to_a_sister(scene: Scene) -> Course:
    """An order stops a caller; another account shows the number that it showed, proven by the same letter."""
    caller, sister = scene.customer(), scene.customer(days=20)
    client = scene.number(None, state="in-use")
    for one in (caller, sister):
        scene.may_show(one, client, "loa")
    yield scene.wait(seconds=5)
    for person in scene.people(20):
        yield caller.call(person, sender=client, purpose=Purpose.CONVERSATION, bystander=True)
    yield scene.order(caller, "account", caller.account)
    yield scene.wait(minutes=20)
    for person in scene.people(20):
        yield sister.call(person, sender=client, purpose=Purpose.CONVERSATION)


@lawful("14")
def forged_order(scene: Scene) -> Course:
    """Somebody who says that they are the police asks for an account to be stopped; nobody verified it."""
    shop = scene.customer()
    yield Said(account=shop.account, what=OutcomeKind.AUTHORITY_REQUEST)
    yield scene.order(shop, "account", shop.account, verified=False, authority="Police", reference="urgent!!")
    yield scene.wait(seconds=1)
    yield from scene.mailing(shop, _NOTICES, "transactional", count=120)


@lawful("14")
def order_that_ended(scene: Scene) -> Course:
    """An order ran out, and the customer sends again."""
    shop = scene.customer()
    yield scene.order(
        shop, "account", shop.account, since=scene.now - timedelta(days=20), until=scene.now - timedelta(days=1)
    )
    yield scene.wait(seconds=1)
    yield from scene.mailing(shop, _NOTICES, "transactional", count=120)


@lawful("14")
def next_door_to_an_order(scene: Scene) -> Course:
    """An order stops one customer; another with texts of the same kind goes on."""
    other, shop = scene.customer(), scene.customer()
    yield scene.order(other, "account", other.account)
    yield scene.wait(seconds=1)
    yield from scene.mailing(shop, _NOTICES, "transactional", count=120)
