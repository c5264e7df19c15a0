"""Clause 2: guessing secrets, walking along ids, acting beyond a credential. What is sent are knocks at the door."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.communication import Purpose

_GUESSES = 20  # rulebook 2.2: twenty failures in ten minutes are an attempt


@attack("2", within=timedelta(minutes=10), leak=_GUESSES)
def guessed_from_everywhere(scene: Scene) -> Course:
    """Many machines guess one account's secret, a try each, until one hits; the owner logs in all the while."""
    shop, home = scene.customer(), scene.source()
    for _ in range(3):
        yield shop.knock(home, proven=True, bystander=True)
    yield scene.wait(hours=2)
    for number in range(80):
        yield shop.knock(scene.source(), proven=False)
        yield scene.wait(seconds=scene.chance.uniform(1, 4))
        if number % 20 == 19:
            yield shop.knock(home, proven=True, bystander=True)
    yield shop.knock(scene.source(), proven=True)


@attack("2", within=timedelta(minutes=10), leak=_GUESSES)
def one_list_many_accounts(scene: Scene) -> Course:
    """One machine tries leaked passwords on many accounts, one try each (credential stuffing)."""
    source = scene.source()
    accounts = [scene.customer() for _ in range(60)]
    for shop in accounts:
        yield shop.knock(source, proven=False)
        yield scene.wait(seconds=2)
    yield accounts[0].knock(source, proven=True)


@attack("2", within=timedelta(minutes=5), leak=_GUESSES)
def walking_ids(scene: Scene) -> Course:
    """A customer asks for one id after the other that is not its own, for what it may find."""
    shop, source = scene.customer(), scene.source()
    yield shop.knock(source, proven=True, bystander=True)
    for about in scene.ids(100):
        yield shop.knock(source, proven=True, wants="fetch-missing", about=about)
        yield scene.wait(seconds=0.8)


@attack("2", within=timedelta(minutes=10), leak=_GUESSES)
def beyond_the_key(scene: Scene) -> Course:
    """A key that may only send tries what it was not given for: numbers, keys, other accounts."""
    shop, source = scene.customer(), scene.source()
    yield shop.knock(source, proven=True, bystander=True)
    for _ in range(60):
        yield shop.knock(scene.source(), proven=False, wants="create", about=scene.sid("PN"))
        yield scene.wait(seconds=3)


@lawful("2")
def many_behind_one_address(scene: Scene) -> Course:
    """An office of many customers behind one address logs in all day, with a mistyped secret now and then."""
    source = scene.source()
    for _ in range(40):
        shop = scene.customer()
        yield shop.knock(source, proven=True)
        if scene.chance.random() < 0.15:
            yield shop.knock(source, proven=False)
        yield shop.knock(source, proven=True)
        yield scene.wait(minutes=scene.chance.uniform(2, 6))


@lawful("2")
def keys_rotated(scene: Scene) -> Course:
    """A secret was changed, and a few machines try the old one until they are restarted."""
    shop = scene.customer()
    machines = [scene.source() for _ in range(4)]
    for machine in machines:
        yield shop.knock(machine, proven=True)
    yield scene.wait(hours=5)
    for _ in range(3):
        for machine in machines:
            yield shop.knock(machine, proven=False)
            yield scene.wait(seconds=45)
    for machine in machines:
        yield shop.knock(machine, proven=True)


@lawful("2")
def polling_what_is_gone(scene: Scene) -> Course:
    """A program asks every few seconds for a message that its owner deleted, and for a few others."""
    shop, source = scene.customer(), scene.source()
    gone = scene.ids(5)
    yield shop.knock(source, proven=True)
    for number in range(120):
        yield shop.knock(source, proven=True, wants="fetch-missing", about=gone[number % 5])
        yield scene.wait(seconds=4)


@attack("2", within=timedelta(minutes=2), leak=5)
def toll_fraud_from_elsewhere(scene: Scene) -> Course:
    """A SIP credential that always called from one office dials premium numbers at night, from another country."""
    office, home, elsewhere = scene.customer(), scene.source(), scene.source()
    for _ in range(3):
        yield office.call(scene.person(), purpose=Purpose.CONVERSATION, source=home, bystander=True)
        yield scene.wait(hours=30)
    for line in range(30):
        yield office.call(f"+1900555{2000 + line:04d}", talks=200.0, purpose=Purpose.CONVERSATION, source=elsewhere)
        yield scene.wait(seconds=2)


@lawful("2")
def the_office_on_a_journey(scene: Scene) -> Course:
    """Somebody takes the office's phone along and calls people from an hotel, and one premium hotline."""
    office, home, hotel = scene.customer(), scene.source(), scene.source()
    yield office.call(scene.person(), purpose=Purpose.CONVERSATION, source=home)
    yield scene.wait(hours=48)
    yield office.call("+19005552999", talks=300.0, purpose=Purpose.CONVERSATION, source=hotel)
    yield from scene.paced(
        (office.call(scene.person(), purpose=Purpose.CONVERSATION, source=hotel) for _ in range(20)), a_second=0.1
    )
