"""A few drills of the tests' own, as short as can be."""

from __future__ import annotations

from masstransit.drills.acts import Capture, Complaint, Course, Join, Talker, Used
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Customer, Scene
from masstransit.model.caller import Verification, Verstat
from masstransit.model.change import Role


def _shop(scene: Scene) -> Customer:
    return scene.customer(use_case="MARKETING")


@attack("7", leak=2)
def second_of_three(scene: Scene) -> Course:
    """Three messages, of which the second goes to somebody who agreed to nothing."""
    shop, people = _shop(scene), scene.people(3)
    scene.consent(shop, [people[0], people[2]])
    for person in people:
        yield shop.text(person, "Everything 20% off", "marketing")
        yield scene.wait(seconds=10)


@attack("8")
def stopped_by_another_clause(scene: Scene) -> Course:
    """What stops it is no rule of its clause."""
    yield _shop(scene).text(scene.person(), "Everything 20% off", "marketing")


@attack("7", leak=0)
def never_stopped(scene: Scene) -> Course:
    """Nobody minds it."""
    shop, person = _shop(scene), scene.person()
    scene.consent(shop, [person])
    yield shop.text(person, "Everything 20% off", "marketing")


@attack("7")
def beside_a_bystander(scene: Scene) -> Course:
    """An attack during which somebody else's lawful message is refused."""
    shop, other = _shop(scene), _shop(scene)
    yield shop.text(scene.person(), "Everything 20% off", "marketing")
    yield other.text(scene.person(), "Your table is ready.", "transactional", bystander=True)


@lawful("7")
def untouched(scene: Scene) -> Course:
    """Two people who agreed, and one of them answers."""
    shop, people = _shop(scene), scene.people(2)
    scene.consent(shop, people)
    first, second = (shop.text(person, scene.pick(["[Hi|Hello] {name}"]), "marketing") for person in people)
    seen = yield [first, second]
    assert [one.verdict for one in seen] == ["ALLOW", "ALLOW"]
    yield scene.answers(people[0], first, "thank you")


@lawful("7")
def refused(scene: Scene) -> Course:
    """Somebody who is called lawful and is not."""
    yield _shop(scene).text(scene.person(), "Everything 20% off", "marketing")


@lawful("7")
def delayed(scene: Scene) -> Course:
    """Advertising by night, which waits for the morning and is then carried."""
    shop, person = _shop(scene), scene.person()
    scene.consent(shop, [person])
    yield scene.until(23.5, "America/Los_Angeles")
    yield shop.text(person, "Everything 20% off", "marketing")
    yield scene.wait(hours=14)


@attack("B")
def only_noticed(scene: Scene) -> Course:
    """A reseller names no end user: that is flagged, and carried."""
    yield from scene.mailing(_reseller(scene), ["[Hi|Hello] {name}"], "transactional", count=2)


@attack("B", alarm=True)
def only_noticed_by_alarm(scene: Scene) -> Course:
    """The same, where the rulebook asks for no more than an alarm."""
    yield from scene.mailing(_reseller(scene), ["[Hi|Hello] {name}"], "transactional", count=2)


@attack("7", leak=1)
def changes_course(scene: Scene) -> Course:
    """Refused once, the sender turns to whoever agreed; that person reports it."""
    shop, stranger, friend = _shop(scene), scene.person(), scene.person()
    scene.consent(shop, [friend])
    yield shop.knock(scene.source(), proven=True, bystander=True)
    seen = yield shop.text(stranger, "Everything 20% off", "marketing")
    assert seen.refused
    assert seen.code == 30004
    (seen,) = yield [shop.text(friend if seen.refused else stranger, "Everything 20% off", "marketing")]
    assert seen.verdict == "ALLOW"
    yield Complaint(person=friend)


@attack("7")
def said_stop(scene: Scene) -> Course:
    """Somebody says stop to one number and is written to from another."""
    shop, person = scene.customer(use_case="MARKETING", numbers=2), scene.person()
    scene.consent(shop, [person])
    first = shop.text(person, "Everything 20% off", "marketing", bystander=True)
    yield first
    yield scene.answers(person, first, "STOP")
    yield scene.wait(minutes=1)
    yield shop.text(person, "Everything 30% off", "marketing", sender=shop.numbers[1])


def _reseller(scene: Scene) -> Customer:
    return scene.customer(attrs={"reseller": True})


@attack("9", leak=100)
def knocks_put_off(scene: Scene) -> Course:
    """Look-ups beyond what an account may, which are put off and not refused."""
    shop, source = _shop(scene), scene.source()
    for line in range(105):
        yield shop.knock(source, proven=True, wants="lookup", about=f"+1212555{line * 7:04}")


@attack("7")
def what_came_before_is_no_part_of_it(scene: Scene) -> Course:
    """A message that is not counted, and one that is."""
    shop, person = _shop(scene), scene.person()
    scene.consent(shop, [person])
    yield shop.text(person, "Everything 20% off", "marketing", counted=False)
    yield shop.text(scene.person(), "Everything 20% off", "marketing")


@attack("15")
def under_notice(scene: Scene) -> Course:
    """A place of which somebody gave notice, as the operator enters it."""
    shop, person = _shop(scene), scene.person()
    scene.consent(shop, [person])
    yield scene.rights_notice(shop, "domain", "Films.Example.", "films")
    yield scene.wait(seconds=5)
    yield shop.text(person, "See https://films.example/x", "marketing")


@attack("10")
def codes_of_which_some_are_used(scene: Scene) -> Course:
    """Codes at home that are typed in, and then many at once to a range abroad."""
    shop = scene.customer(use_case="2FA")
    for person in scene.people(5):
        yield shop.text(person, "123456 is your code", "otp", bystander=True)
        yield Used(person=person)
    yield [shop.text(f"+447400123{line:03}", "123456 is your code", "otp", counted=False) for line in range(20)]
    yield shop.text("+447400123900", "123456 is your code", "otp")


@lawful("13")
def told_before_it_is_recorded(scene: Scene) -> Course:
    """The house is asked twice: before somebody in California was told, and after they agreed."""
    talk = _shop(scene).talk(Talker(role=Role.STAFF, state="NY"), Talker(number=scene.person_in("310")))
    yield talk
    yield Capture(talk=talk.id)


@attack("13")
def recorded_and_joined(scene: Scene) -> Course:
    """Somebody who agreed is recorded lawfully, and somebody who was never asked joins."""
    talk = _shop(scene).talk(Talker(role=Role.STAFF, state="NY"), Talker(number=scene.person_in("310")))
    yield talk
    yield Capture(talk=talk.id, bystander=True)
    yield Join(talk=talk.id, talker=Talker(number=scene.person_in("305")), announced=False)


@attack("18")
def brought_by_a_carrier(scene: Scene) -> Course:
    """A call whose signature does not hold, and one that is not signed."""
    shop = _shop(scene)
    forged = Verification(verstat=Verstat.FAILED, status=438, reason="it is about another call")
    yield shop.is_called(scene.person(), forged)
    yield shop.is_called(scene.person(), Verification(status=428), bystander=True)
