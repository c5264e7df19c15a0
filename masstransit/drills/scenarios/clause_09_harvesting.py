"""Clause 9: collecting data on people without their explicit consent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from masstransit.drills.acts import Course, Dial
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.communication import Purpose, Voice

_BAIT = (
    "[Hi|Hello|Hey], is this {name}?", "[Hi|Hey] {name}, it's me from {street}. [New number|Do you remember me]?",
    "Is this still {name}'s number?",
    "{name}? [Are we still on for {day}|How was the trip]?",
    "Hi, did you get my message, {name}?",
)  # fmt: skip
_SURVEYS = (
    (
        "{brand} survey: confirm your [SSN|social security number] and [date of birth|mother's maiden "
        "name] to [win|get] {amount}: {link}"
    ),
    "Quick bank survey! Reply with your full name, card number and CVV for a {amount} reward",
    "[Census|Health] questionnaire: send us your [SSN|passport number], address and birthday by {day}. {link}",
    "Encuesta {brand}: responda con su número de seguro social y fecha de nacimiento y gane {amount}",
    "Umfrage: Bitte Personalausweisnummer und Geburtsdatum senden und {amount} gewinnen {link}",
)


@attack("9", within=timedelta(minutes=15), leak=100)
def is_this_anna(scene: Scene) -> Course:
    """The same harmless opener goes to many strangers, to learn which numbers somebody answers."""
    harvester = scene.customer(use_case="LOW_VOLUME", days=5)
    opener = scene.pick(_BAIT, name="{name}")
    yield from scene.mailing(harvester, [opener], "conversation", count=160, a_second=4, known=False)


@attack("9", within=timedelta(minutes=15), leak=200, also=("6", "7"))
def number_after_number(scene: Scene) -> Course:
    """Numbers are written to one after the other, whoever they may belong to."""
    harvester = scene.customer(use_case="LOW_VOLUME", days=5)
    area, text = scene.person()[:8], scene.pick(_BAIT)
    people = [f"{area}01{line:02d}" for line in range(100)]
    others = [f"{scene.person()[:8]}01{line:02d}" for line in range(100)]
    everybody = list(dict.fromkeys([*people, *others]))
    scene.consent(harvester, everybody, "transactional", kind="express")
    yield [scene.handset(person, "unknown") for person in everybody[1::4]]
    yield from scene.paced((harvester.text(p, text, "transactional") for p in everybody), a_second=2)


@attack("9", within=timedelta(minutes=15), leak=10)
def survey_asks_for_ssn(scene: Scene) -> Course:
    """A survey in a bank's name asks for social security and card numbers."""
    sender = scene.customer(days=10)
    yield from scene.mailing(sender, _SURVEYS, "transactional", count=80, a_second=2, brand="Marlow Bank")


@attack("9", within=timedelta(minutes=15), leak=200)
def looked_up_in_a_row(scene: Scene) -> Course:
    """A customer looks up ten thousand numbers in a row and does no business with any."""
    harvester, source = scene.customer(days=5), scene.source()
    first = scene.chance.randrange(10_000) + 12_125_000_000
    for line in range(600):
        yield harvester.knock(source, proven=True, wants="lookup", about=f"+{first + line}")
        if line % 4 == 0:
            yield scene.wait(seconds=1)


@lawful("9")
def own_list_checked(scene: Scene) -> Course:
    """A business looks up its own customers' numbers before it writes to them, and has said what for."""
    shop, source = scene.customer(attrs={"lookup_purpose": "numbers of our own customers"}), scene.source()
    people = scene.people(150)
    scene.consent(shop, people)
    for person in people:
        yield shop.knock(source, proven=True, wants="lookup", about=person)
    yield from scene.paced(
        (
            shop.text(p, scene.say("{brand}: your order {order} is ready.", brand=shop.brand), "transactional")
            for p in people
        ),
        10,
    )


@lawful("9")
def quizzes_and_donors(scene: Scene) -> Course:
    """People who joined a quiz get its questions; donors are asked whether their address is still right."""
    station = scene.customer(use_case="SOCIAL", brand="Radio Larkspur")
    quiz = ("{brand} quiz: which year was {street} [built|renamed]? Reply A, B or C. STOP to end",)
    yield from scene.mailing(station, quiz, "marketing", count=100)
    charity = scene.customer(use_case="CHARITY", brand="Open Table Charity")
    update = ("[Hi|Dear] {name}, has your address changed? Update it in your {brand} account: {link} STOP to end",)
    yield from scene.mailing(charity, update, "transactional", count=100)


@lawful("9")
def are_you_safe(scene: Scene) -> Course:
    """After an earthquake an employer asks all its people whether they are safe."""
    employer = scene.customer(use_case="EMERGENCY", brand="Dunmore")
    ask = ("{brand}: [earthquake|fire] near {street}. Are you safe? Reply 1 for yes, 2 for help.",)
    yield from scene.mailing(employer, ask, "emergency", count=150, a_second=50)


@attack("9", within=timedelta(minutes=15), leak=200)
def dialling_in_order(scene: Scene) -> Course:
    """A dialler rings one number after the other, from several numbers of its own, to see which are alive."""
    dialler, first = scene.customer(numbers=5), scene.chance.randrange(2, 9) * 1000

    def calls() -> Iterator[Dial]:
        for place in range(300):
            yield dialler.call(
                f"+1212555{first + place:04d}", sender=dialler.numbers[place % 5], rings=4,
                talks=scene.chance.choice((None, 20.0, 40.0)), purpose=Purpose.CONVERSATION,
            )  # fmt: skip

    yield from scene.paced(calls(), a_second=2)


@lawful("9")
def a_towns_customers_are_called(scene: Scene) -> Course:
    """A plumber calls back the people of a town, whose numbers lie near each other, and talks with them."""
    plumber, towns = scene.customer(), range(4)

    def calls() -> Iterator[Dial]:
        for town in towns:
            for line in scene.chance.sample(range(100), 40):
                yield plumber.call(
                    f"+1{_TOWNS[town]}55501{line:02d}", talks=scene.chance.uniform(30, 200),
                    purpose=Purpose.CONVERSATION, voice=Voice.LIVE,
                )  # fmt: skip

    yield from scene.paced(calls(), a_second=1)


_TOWNS = ("212", "303", "404", "512")


@attack("9", within=timedelta(minutes=30), leak=100, bulk=True)
def openers_to_children_in_chat(scene: Scene) -> Course:
    """A grown-up asks the children in a game's chat, one by one, how old they are and whether they are alone."""
    game = scene.customer()
    for number in range(115):
        room = game.conversation("friendly stranger", f"player {number}")
        asks = f"Hi {scene.say('{name}', honest=True)}, how old are you? are you home alone?"
        yield game.line("friendly stranger", room, asks)
        yield scene.wait(seconds=scene.chance.uniform(4, 9))
