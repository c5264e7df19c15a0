"""Clause 4: traffic that takes the service from others, on purpose or by accident."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from masstransit.drills.acts import Course, Dial
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.communication import Purpose

_NEWS = (
    "{brand}: your [order|parcel] {order} [has shipped|arrives {day}].",
    "{name}, your {brand} [invoice|statement] for {amount} is ready.",
    "{brand}: your [visit|service] is due on {day} at {time}.",
)


@attack("4", within=timedelta(minutes=5), bulk=True)
def list_sent_again(scene: Scene) -> Course:
    """A job that ran already runs again within the hour, over the whole list."""
    shop, people = scene.customer(), scene.people(250)
    scene.consent(shop, people)
    texts = {person: scene.pick(_NEWS, brand=shop.brand, name="customer") for person in people}
    yield from scene.paced((shop.text(p, texts[p], "transactional", bystander=True) for p in people), a_second=25)
    yield scene.wait(minutes=scene.chance.uniform(50, 58))
    yield from scene.paced((shop.text(p, texts[p], "transactional") for p in people), a_second=5)


@attack("4", within=timedelta(seconds=60), leak=10)
def two_robots_talk(scene: Scene) -> Course:
    """A customer's automatic reply meets somebody's automatic reply."""
    shop, robot = scene.customer(use_case="CUSTOMER_CARE"), scene.person()
    ours = scene.pick(
        ("Thanks for your message! We answer [soon|within a day].", "We got your message and will reply.")
    )
    theirs = scene.pick(
        ("[I am driving|In a meeting]. I'll read it later.", "Auto-reply: this number is not monitored.")
    )
    for _ in range(30):
        offer = shop.text(robot, ours, "conversation")
        yield scene.answers(robot, offer, theirs)
        yield scene.wait(seconds=scene.chance.uniform(0.5, 1.5))
        yield offer
        yield scene.wait(seconds=scene.chance.uniform(0.5, 1.5))


@attack("4", within=timedelta(minutes=2), bulk=True)
def tight_loop(scene: Scene) -> Course:
    """A program sends one person the same text over and over, because it never notes that it did."""
    shop, person = scene.customer(), scene.person()
    scene.consent(shop, [person])
    text = scene.pick(_NEWS, brand=shop.brand)
    yield from scene.paced((shop.text(person, text, "transactional") for _ in range(200)), a_second=4)


@attack("4", within=timedelta(minutes=2), leak=200)
def flood(scene: Scene) -> Course:
    """A customer that may send ten messages a second sends a hundred a second; a neighbour's traffic goes on.

    In ten seconds its rate lets a hundred through, and as many of what it saved up.
    """
    shop, neighbour = scene.customer(rate=10.0), scene.customer()
    for _ in range(10):
        people = scene.people(100)
        scene.consent(shop, people)
        yield [shop.text(p, scene.pick(_NEWS, brand=shop.brand), "transactional") for p in people]
        yield from scene.mailing(neighbour, _NEWS, "transactional", count=3, a_second=3, bystander=True)


@lawful("4")
def school_closing(scene: Scene) -> Course:
    """A school tells every family within a minute that it stays closed, and again in the evening for tomorrow."""
    school = scene.customer(use_case="K12_EDUCATION")
    families = scene.people(350)
    scene.consent(school, families, "transactional")
    for when in ("today", "tomorrow as well"):
        text = scene.say("{brand}: because of the [storm|snow] the school is closed {when}.", brand="School",
                         when=when)  # fmt: skip
        yield from scene.paced((school.text(p, text, "transactional") for p in families), a_second=70)
        yield scene.wait(hours=4)


@lawful("4")
def storm_alert(scene: Scene) -> Course:
    """A county warns of a storm, warns again when it turns, and gives the all-clear."""
    county, people = scene.customer(use_case="EMERGENCY"), scene.people(250)
    for text in (
        "[Storm|Tornado|Flood] warning until {time}. Stay indoors.",
        "The storm has turned towards {street}. Take shelter now.",
        "All clear. Shelters stay open until {time}.",
    ):
        said = scene.say(text)
        yield from scene.paced((county.text(p, said, "emergency") for p in people), a_second=80)
        yield scene.wait(minutes=20)


@lawful("4")
def otp_surge(scene: Scene) -> Course:
    """Everybody logs in at once when a sale opens; some ask for their code twice."""
    shop = scene.customer(use_case="2FA")
    people = scene.people(300)
    text = "{code} is your {brand} code. Never share it."
    yield from scene.paced((shop.text(p, scene.say(text, brand=shop.brand), "otp") for p in people), a_second=60)
    again = scene.chance.sample(people, 40)
    yield scene.wait(seconds=40)
    yield from scene.paced((shop.text(p, scene.say(text, brand=shop.brand), "otp") for p in again), a_second=20)


@lawful("4")
def ticket_on_sale(scene: Scene) -> Course:
    """A theatre tells all who asked for it that tickets are on sale."""
    theatre, fans = scene.customer(use_case="MARKETING"), scene.people(350)
    scene.consent(theatre, fans)
    text = scene.say("{brand}: tickets for {day} are on sale now: {link} Reply STOP to opt out", brand=theatre.brand)
    yield from scene.paced((theatre.text(p, text, "marketing") for p in fans), a_second=100)


@lawful("4")
def chat_between_people(scene: Scene) -> Course:
    """An agent and a customer write to and fro, quickly."""
    desk, person = scene.customer(use_case="CUSTOMER_CARE"), scene.person()
    for number in range(25):
        offer = desk.text(person, scene.say("[ok|one moment|sent|is it {order}?|thanks] {n}", n=number), "conversation")
        yield scene.answers(person, offer, scene.say("[yes|no|and now?|it says error {code}|thanks]"))
        yield scene.wait(seconds=scene.chance.uniform(4, 20))
        yield offer
        yield scene.wait(seconds=scene.chance.uniform(4, 20))


@attack("4", within=timedelta(minutes=1), leak=80, also=("8",))
def calls_on_a_clinic(scene: Scene) -> Course:
    """A clinic's line is rung again and again from many accounts, by calls that are ended as soon as somebody answers.

    A call is on record some seconds after it was placed, and three are placed a second.
    """
    callers, clinic = [scene.customer() for _ in range(25)], scene.person()

    def calls() -> Iterator[Dial]:
        for place in range(240):
            talks = scene.chance.uniform(0.5, 4)
            yield callers[place % 25].call(clinic, rings=1, talks=talks, purpose=Purpose.CONVERSATION)

    yield from scene.paced(calls(), a_second=3)


@lawful("4")
def everybody_wants_tickets(scene: Scene) -> Course:
    """Tickets go on sale, and offices all over the country ring one line: it is busy for most, and who gets through
    talks."""
    line, offices = scene.person(), [scene.customer() for _ in range(8)]

    def calls() -> Iterator[Dial]:
        for place in range(120):
            office = offices[place % len(offices)]
            if place % 3:
                yield office.call(line, rings=0.5, talks=None, status=486, purpose=Purpose.CONVERSATION)
            else:
                yield office.call(line, talks=scene.chance.uniform(60, 240), purpose=Purpose.CONVERSATION)

    yield from scene.paced(calls(), a_second=0.5)
