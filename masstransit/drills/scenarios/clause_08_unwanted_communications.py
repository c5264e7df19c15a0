"""Clause 8: whoever asked to be left alone, and whoever never answers."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course, Line
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Customer, Scene
from masstransit.model.communication import Purpose, Voice

_BEFORE_SENDING = timedelta(0)
_PLEAS = (
    "[please|pls] [talk to me|pick up|answer me]",
    "I [saw|know] you were [home|at {street}] last night",
    "why do you [do this|ignore me]",
    "you [can't|won't] just [leave|block me]", "I miss you", "[who|where] were you with {name}", "answer me {name}",
    "we need to talk [now|tonight]", "I'll [wait|be there] {day}", "it's me again [new number|different phone]",
)  # fmt: skip
_FIRST = ("[hi|hey|hello], it's {name}, [call me|write me] when you can", "are you [free|there] on {day}?")
_LEAVE_ME = (
    "leave me alone", "stop contacting me, ever", "do not write to me again", "I want no contact with you",
    "lose my number", "never contact me again", "déjame en paz", "please leave me alone",
)  # fmt: skip
_DEBTS = (
    "{brand}: you owe {amount} on account {order}. Pay at {link} Reply STOP to opt out.",
    "[Reminder|Notice]: balance {amount} is overdue. {brand}, a debt collector. Reply STOP to opt out.",
)


@attack("8", within=timedelta(minutes=10), bulk=True)
def twelve_numbers_one_person(scene: Scene) -> Course:
    """Somebody to whom a person wrote weeks ago writes to them again and again, from twelve numbers, unanswered."""
    sender, person = scene.customer(use_case="LOW_VOLUME", numbers=12, days=60), scene.person()
    scene.consent(sender, [person], "conversation", kind="conversation", days=20)
    for place in range(40):
        yield sender.text(person, scene.pick(_PLEAS), "conversation", sender=sender.numbers[place % 12])
        yield scene.wait(seconds=scene.chance.uniform(5, 20))


@attack("8", within=timedelta(minutes=10), leak=5, also=("7",))
def stranger_who_never_answers(scene: Scene) -> Course:
    """Somebody writes again and again to strangers, and calls it whatever gets through."""
    sender = scene.customer(use_case="LOW_VOLUME", days=20)
    person = scene.person()
    for purpose in ("conversation", "transactional", "otp", None) * 8:
        yield sender.text(person, scene.pick(_PLEAS), purpose)
        yield scene.wait(seconds=scene.chance.uniform(5, 20))


@attack("8", within=_BEFORE_SENDING)
def after_leave_me_alone(scene: Scene) -> Course:
    """A person says to be left alone; the sender goes on from other numbers, as if it were other business."""
    sender = scene.customer(numbers=4)
    people = scene.people(len(_LEAVE_ME))
    scene.consent(sender, people)
    for person, words in zip(people, _LEAVE_ME, strict=True):
        first = sender.text(person, scene.pick(_FIRST), "transactional", bystander=True)
        yield first
        yield scene.answers(person, first, words)
    yield scene.wait(minutes=1)
    for person in people:
        for number, purpose in zip(sender.numbers, ("transactional", "conversation", "marketing", None), strict=True):
            yield sender.text(person, scene.pick(_PLEAS), purpose, sender=number)


@attack("8", within=timedelta(days=7), leak=7)
def eighth_text_about_a_debt(scene: Scene) -> Course:
    """A collector texts one debtor more than seven times in a week."""
    collector, person = _collector(scene)
    for _ in range(12):
        yield collector.text(person, scene.pick(_DEBTS, brand=collector.brand), "transactional")
        yield scene.wait(hours=12) if scene.chance.random() < 0.3 else scene.wait(hours=2)
        if not 15 <= scene.now.hour < 24:
            yield scene.until(12, "America/New_York")


@attack("8", within=_BEFORE_SENDING, also=("7",))
def campaign_after_stop(scene: Scene) -> Course:
    """A campaign for office goes on after people said stop, from fresh numbers."""
    party = scene.customer(use_case="POLITICAL", numbers=5)
    people = scene.people(20)
    scene.consent(party, people)
    text = "[Hi|Hello] {name}! [Chip in|Vote] [today|{day}]: {link} STOP to end"
    for person in people:
        first = party.text(person, scene.say(text, honest=True, brand=party.brand), "marketing", bystander=True)
        yield first
        yield scene.answers(person, first, scene.say("[STOP|stop texting me|unsubscribe|take me off your list]"))
    yield scene.wait(minutes=5)
    for number in party.numbers[1:]:
        yield [party.text(p, scene.say(text), "marketing", sender=number) for p in people]
        yield scene.wait(minutes=1)


@attack("8", within=_BEFORE_SENDING, also=("16",))
def threats(scene: Scene) -> Course:
    """A person who once wrote back is threatened."""
    sender, people = scene.customer(use_case="LOW_VOLUME", numbers=2), scene.people(12)
    scene.consent(sender, people, "conversation", kind="conversation", days=3)
    words = (
        "I [know|found out] where you live. [You will pay|I'm coming for you]",
        "[Watch your back|Count your days], {name}. [I'll hurt you|you're dead]",
        "[Drop the charges|Keep quiet] or [I burn your house down|I'll break your legs]",
        "[voy a matarte|te voy a romper la cara], {name}",
        "[ich bring dich um|ich finde dich und mach dich fertig], {name}",
    )  # fmt: skip
    for person in people:
        yield sender.text(person, scene.pick(words), "conversation")
        yield scene.wait(minutes=2)


@attack("8", within=timedelta(minutes=15), bulk=True, also=("16",))
def swarm_on_one_person(scene: Scene) -> Course:
    """Many accounts close in on one journalist within minutes."""
    accounts = [scene.customer(use_case="LOW_VOLUME", days=10) for _ in range(30)]
    person = scene.person()
    for account in accounts:
        scene.consent(account, [person], "transactional", kind="express")
    words = (
        "[resign|quit|shut up], {name}",
        "[we|they] all [hate|despise] you",
        "[nobody|no one] [wants|reads] your [lies|trash]",
        "you [should be ashamed|disgust us]", "[get lost|go away], [liar|hack]",
    )  # fmt: skip
    for account in accounts * 2:
        yield account.text(person, scene.pick(words, name="Nadia"), "transactional")
        yield scene.wait(seconds=scene.chance.uniform(4, 14))


@lawful("8")
def family_emergency(scene: Scene) -> Course:
    """A school writes to a father who does not answer, again and again, because his child is in hospital."""
    school, people = scene.customer(use_case="K12_EDUCATION"), scene.people(10)
    scene.consent(school, people, "transactional", kind="express")
    texts = ("{name} is on the way to hospital, call us", "please call the school", "we are with {name} at {street}",
             "doctor needs your consent, call {time}",
             "{name} is stable",
             "are you on your way?",
             "call us, please")  # fmt: skip
    for text in texts:
        for person in people:
            yield school.text(person, scene.say(text), "emergency")
        yield scene.wait(minutes=4)


@lawful("8")
def carers_in_a_hurry(scene: Scene) -> Course:
    """A care service and a family write to and fro all day."""
    care, person = scene.customer(use_case="CUSTOMER_CARE"), scene.person()
    for _ in range(16):
        offer = care.text(
            person, scene.say("[She ate well|He slept until {time}|We are at {street}|Pills taken]"), "conversation"
        )
        yield scene.answers(person, offer, scene.say("[thank you|how is she?|I come {day}|ok]"))
        yield offer
        yield scene.wait(minutes=1)
        yield care.text(person, scene.say("[Photo follows|All fine|Till {time}] {code}"), "conversation")
        yield scene.wait(minutes=scene.chance.uniform(5, 25))


@lawful("8")
def debt_within_the_rules(scene: Scene) -> Course:
    """A collector reminds debtors once in a while, by day, and says how to opt out."""
    collector, _ = _collector(scene)
    people = scene.people(70)
    scene.consent(collector, people, "transactional", kind="express")
    for _ in range(3):
        yield from scene.paced(
            (collector.text(p, scene.pick(_DEBTS, brand=collector.brand), "transactional") for p in people), a_second=25
        )
        yield scene.wait(days=2)


@lawful("8")
def served_with_papers(scene: Scene) -> Course:
    """A process server and a court write to people who would rather not hear from them, twice."""
    court = scene.customer(use_case="PUBLIC_SERVICE_ANNOUNCEMENT", brand="County Court")
    people = scene.people(80)
    scene.consent(court, people, "transactional", kind="express")
    text = "{brand}: [your hearing|case {order}] is on {day} at {time}. [You must appear|Papers wait at {street}]."
    for _ in range(2):
        yield from scene.paced((court.text(p, scene.say(text, brand=court.brand), "transactional") for p in people), 25)
        yield scene.wait(hours=20)


@lawful("8")
def answer_to_an_enquiry(scene: Scene) -> Course:
    """A business writes for the first time to people who asked it something on its page."""
    shop = scene.customer(use_case="CUSTOMER_CARE")
    people = scene.people(120)
    scene.consent(shop, people, "transactional", kind="inquiry", days=1)
    text = (
        "[Hi|Hello] {name}, you asked {brand} about [a quote|order {order}|our hours]. [It is {amount}|We open {time}]."
    )
    yield from scene.paced((shop.text(p, scene.say(text, brand=shop.brand), "transactional") for p in people), 25)


@lawful("8")
def crisis_line(scene: Scene) -> Course:
    """A crisis line talks to people who say dark things, and writes after them when they fall silent."""
    line = scene.customer(use_case="CUSTOMER_CARE", brand="Harbor Crisis Line")
    for _ in range(12):
        person = scene.person()
        offer = line.text(
            person,
            scene.say("[I'm here|Thank you for writing], {name}. [Are you safe now?|Tell me more]"),
            "conversation",
        )
        dark = "[I want to die|I can't go on|he hits me|nobody would miss me]"
        yield scene.answers(person, offer, scene.say(dark))
        yield offer
        for text in ("Are you still there?", "We are here all night.", "Call 988 at any time, it is free."):
            yield scene.wait(minutes=5)
            yield line.text(person, text, "conversation")


def _collector(scene: Scene) -> tuple[Customer, str]:
    collector = scene.customer(use_case="ACCOUNT_NOTIFICATION", campaign={"attrs": {"debt_collection": True}})
    person = scene.person()
    scene.consent(collector, [person], "transactional", kind="express")
    return collector, person


@attack("8", within=timedelta(days=1), leak=7)
def the_collectors_eighth_call(scene: Scene) -> Course:
    """A collector rings a debtor every half an hour, who does not pick up."""
    collector, debtor = scene.customer(campaign={"attrs": {"debt_collection": True}}), scene.person()
    scene.consent(collector, [debtor], "transactional", kind="express")
    for _ in range(11):
        yield collector.call(debtor, rings=20, talks=None, purpose=Purpose.TRANSACTIONAL, voice=Voice.LIVE)
        yield scene.wait(minutes=30)


@attack("8", within=timedelta(minutes=15), leak=3)
def silent_calls_at_night(scene: Scene) -> Course:
    """Somebody rings a person up at three in the morning and says nothing, again and again."""
    caller, person = scene.customer(numbers=4), scene.person()
    yield scene.until(3, "America/New_York")
    for place in range(10):
        yield caller.call(
            person, sender=caller.numbers[place % 4], rings=6, talks=1.5, purpose=Purpose.CONVERSATION, voice=Voice.LIVE
        )
        yield scene.wait(minutes=1)


@lawful("8")
def calls_that_are_expected(scene: Scene) -> Course:
    """A collector calls each debtor twice; a carer rings an old man until he picks up, who then is called back."""
    collector, carer = scene.customer(campaign={"attrs": {"debt_collection": True}}), scene.customer()
    debtors, old_man = scene.people(30), scene.person()
    scene.consent(collector, debtors, "transactional", kind="express")
    for _ in range(2):
        yield from scene.paced(
            (collector.call(d, rings=20, talks=None, purpose=Purpose.TRANSACTIONAL) for d in debtors), a_second=1
        )
        yield scene.wait(minutes=40)
    for talks in (None, None, 90.0, None, 40.0, None, None, 60.0):
        yield carer.call(old_man, talks=talks, rings=25, purpose=Purpose.CONVERSATION, voice=Voice.LIVE)
        yield scene.wait(minutes=5)


@attack("8", within=timedelta(minutes=15), leak=20, also=("16",))
def pursued_in_a_chat(scene: Scene) -> Course:
    """Somebody writes again and again to one person of a customer's, in a conversation in which they never answer."""
    customer = scene.customer()
    room = customer.conversation("hunter", "quarry")
    for _ in range(60):
        yield customer.line("hunter", room, scene.pick(_PLEAS))
        yield scene.wait(seconds=scene.chance.uniform(2, 8))


@lawful("8")
def people_who_chat(scene: Scene) -> Course:
    """A team of eight talks all morning, two friends write in pieces, and a teacher asks a class in."""
    customer = scene.customer()
    names = [f"person {number}" for number in range(8)]
    team, friends = customer.conversation(*names), customer.conversation("ada", "ben")
    for place in range(50):
        yield customer.line(scene.chance.choice(names), team, scene.pick(_TALK))
        if place % 10 == 0:
            for _ in range(scene.chance.randrange(2, 8)):
                yield customer.line(("ada", "ben")[place // 10 % 2], friends, scene.pick(_TALK))
        yield scene.wait(seconds=scene.chance.uniform(2, 20))
    school = customer.conversation("teacher")
    for number in range(30):
        yield Line(
            id=scene.sid("MB"), account=customer.account, author="teacher", conversation=school,
            invites=f"pupil {number}",
        )  # fmt: skip
        yield scene.wait(seconds=1)


_TALK = (
    "[shall we|let's] [meet|start] at [ten|eleven|noon]?", "[I moved|I took] the [chairs|boxes] to the [cellar|hall]",
    "the draft [is ready|needs another look], section [two|four|seven]", "[that works|fine] for me, [thanks|see you]",
    "who [has|took] the [keys|projector] of room [three|nine]?", "[I am|I'm] [late|on the train], [ten|five] minutes",
    "good [morning|idea], {name}", "the [printers|neighbours] [called|wrote], I [answer|call] them [today|{day}]",
)  # fmt: skip
