"""Clause 7: advertising to people who did not agree to it, at hours when they sleep, or after they said stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from masstransit.drills.acts import Course, Dial
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.call import Party
from masstransit.model.communication import Purpose, Voice

_BEFORE_SENDING = timedelta(0)
_OFFERS = (
    "{brand}: [everything|all shoes|the summer range] {percent}% off [today only|until Sunday]. Reply STOP to end",
    "[Hi|Hello] {name}, your {brand} [voucher|gift card] of {amount} is waiting: {link} Txt STOP to opt out",
    "{brand} [flash sale|members' night] starts [now|at {time}]. [Be quick|Don't miss it]! STOP to unsubscribe",
)
_STOPS = (
    "STOP",
    "Stop!!",
    "unsubscribe",
    "pls remove me from your list",
    "no más mensajes",
    "👎 stop",
    "take me off this list",
    "do not text me again", "arrêtez", "quit", "opt out", "I don't want these messages anymore", "revoke", "end",
    "please stop texting me", "Abmelden", "remove my number", "stop sending me this",
)  # fmt: skip
_NO_STOPS = (
    "Stop by the shop at 5?",
    "don't stop, I love these",
    "see you at the end of the month",
    "can I return order {order}?",
    "cancel my 3 pm appointment please", "the bus stop is right outside", "is it nonstop?", "ok thanks", "great deal!!",
)  # fmt: skip


@attack("7", within=_BEFORE_SENDING)
def bought_list(scene: Scene) -> Course:
    """A list that was bought is advertised to: nobody on it ever agreed to anything."""
    shop = scene.customer(use_case="MARKETING")
    yield from scene.mailing(shop, _OFFERS, "marketing", count=120, a_second=20, known=False)


@attack("7", within=_BEFORE_SENDING)
def purpose_left_out(scene: Scene) -> Course:
    """Advertising to customers who never agreed to it, without saying that it is any."""
    shop = scene.customer(use_case="MIXED")
    people = scene.people(80)
    scene.consent(shop, people, "transactional", kind="purchase")
    yield from scene.paced((shop.text(p, scene.pick(_OFFERS, brand=shop.brand)) for p in people), a_second=25)


@attack("7", within=_BEFORE_SENDING)
def after_they_said_stop(scene: Scene) -> Course:
    """People say stop in all sorts of words; the sender goes on from another number, and from a subaccount."""
    shop = scene.customer(use_case="MARKETING", numbers=3)
    branch = scene.customer(use_case="MARKETING", parent=shop, brand=shop.brand)
    people = scene.people(len(_STOPS))
    scene.consent(shop, people)
    for person, stop in zip(people, scene.chance.sample(_STOPS, len(_STOPS)), strict=True):
        offer = scene.pick(_OFFERS, honest=True, brand=shop.brand)
        first = shop.text(person, offer, "marketing", bystander=True)
        yield first
        yield scene.answers(person, first, stop)
    yield scene.wait(seconds=60)
    for person in people:
        yield shop.text(person, scene.pick(_OFFERS, brand=shop.brand), "marketing", sender=shop.numbers[1])
        yield branch.text(person, scene.pick(_OFFERS, brand=shop.brand), "marketing")


@attack("7", within=_BEFORE_SENDING)
def evening_in_new_york(scene: Scene) -> Course:
    """At seven in the evening in California, New Yorkers are advertised to; it is ten there."""
    shop = scene.customer(use_case="MARKETING")
    people = [person for person in scene.people(900) if person[2:5] in ("212", "646", "718", "917")][:40]
    scene.consent(shop, people)
    yield scene.until(19, "America/Los_Angeles")
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, brand=shop.brand), "marketing") for p in people), a_second=5
    )
    yield scene.wait(hours=3)


@attack("7", within=_BEFORE_SENDING)
def moved_to_hawaii(scene: Scene) -> Course:
    """Early in the New York morning people with New York numbers are advertised to who live in Hawaii."""
    shop = scene.customer(use_case="MARKETING")
    people = [person for person in scene.people(600) if person[2:5] in ("212", "646", "718", "917")][:30]
    scene.consent(shop, people)
    for person in people:
        scene.lives(shop, person, country="US", postcode="96815")
    yield scene.until(9.5, "America/New_York")
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, brand=shop.brand), "marketing") for p in people), a_second=5
    )
    yield scene.wait(hours=2)


@attack("7", within=_BEFORE_SENDING)
def numbers_changed_hands(scene: Scene) -> Course:
    """The Reassigned Numbers Database says yes: whoever has these numbers now agreed to nothing."""
    shop = scene.customer(use_case="MARKETING")
    people = scene.people(40)
    scene.consent(shop, people, days=500)
    for person in people:
        given, asked = scene.now - timedelta(days=500), scene.now - timedelta(days=3)
        yield scene.on_record("reassigned", account=shop.account, person=person, answer="yes", consent_date=given,
                              asked_at=asked)  # fmt: skip
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, brand=shop.brand), "marketing") for p in people), a_second=5
    )


@attack("7", within=_BEFORE_SENDING)
def canadians_without_consent(scene: Scene) -> Course:
    """Canadians are advertised to who agreed to nothing that their law knows."""
    shop = scene.customer(use_case="MARKETING")
    people = [scene.canadian() for _ in range(40)]
    scene.consent(shop, people[:20], "transactional", kind="inquiry", days=300)
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, brand=shop.brand), "marketing") for p in people), a_second=5
    )


@attack("7", within=_BEFORE_SENDING)
def list_of_last_month(scene: Scene) -> Course:
    """Canadians who asked something four months ago are advertised to, by a do-not-call file older than the law
    allows."""
    yield from _to_who_asked(scene, file_days=scene.chance.uniform(31.1, 60), count=40)


@attack("7", within=_BEFORE_SENDING)
def on_the_do_not_call_list(scene: Scene) -> Course:
    """The same with a file of this week, on which all of them are."""
    yield from _to_who_asked(scene, file_days=scene.chance.uniform(0.5, 7), count=40, listed=True)


def _to_who_asked(scene: Scene, *, file_days: float, count: int, listed: bool = False) -> Course:
    """Advertising that an enquiry allows (CASL s. 10(10)), but for who is on the do-not-call list: `listed`, or others
    are."""
    shop = scene.customer(use_case="MARKETING")
    people = [scene.canadian() for _ in range(count)]
    scene.consent(shop, people, "transactional", kind="inquiry", days=scene.chance.randint(110, 140))
    on_it = people if listed else [scene.canadian() for _ in range(count)]
    yield scene.do_not_call("ca-national", "CA", on_it, days=file_days)
    yield scene.wait(seconds=5)
    yield from scene.paced(
        (shop.text(p, scene.pick(_OFFERS, honest=True, brand=shop.brand), "marketing") for p in people), a_second=5
    )


@lawful("7")
def opted_in_sale(scene: Scene) -> Course:
    """A shop advertises by day to people who agreed in writing."""
    shop = scene.customer(use_case="MARKETING")
    yield from scene.mailing(shop, _OFFERS, "marketing", count=200, a_second=25)


@lawful("7")
def list_of_this_week(scene: Scene) -> Course:
    """The same with a file of this week, on which none of them is."""
    yield from _to_who_asked(scene, file_days=scene.chance.uniform(0.5, 7), count=100)


@lawful("7")
def codes_at_night(scene: Scene) -> Course:
    """One-time codes at three in the morning, to people who are just logging in."""
    bank = scene.customer(use_case="2FA")
    yield scene.until(3, "America/New_York")
    text = "[{code} is your {brand} code|Your {brand} code: {code}]. [It ends in 10 minutes|Don't share it]."
    yield from scene.mailing(bank, [text], "otp", count=150, a_second=25, known=False)


@lawful("7")
def appointment_reminders(scene: Scene) -> Course:
    """A practice reminds its patients of tomorrow's appointments, in the evening."""
    practice = scene.customer(use_case="ACCOUNT_NOTIFICATION", brand="Orchard Practice", attrs={"baa": True})
    yield scene.until(20.5, "America/Los_Angeles")
    texts = (
        "{brand}: your appointment is on {day} at {time}. Reply C to confirm or call us to change it.",
        "[Reminder|Hello {name}]: we see you at {brand} on {day}, {time}.",
        "Recordatorio de {brand}: su cita es el {date} a las {time}.",
    )
    yield from scene.mailing(practice, texts, "transactional", count=150)


@lawful("7")
def fraud_alerts_and_recalls(scene: Scene) -> Course:
    """A bank asks at midnight whether a payment was its customer's; a maker recalls what may burn."""
    bank = scene.customer(use_case="FRAUD_ALERT", brand="Marlow Bank")
    yield scene.until(0, "America/New_York")
    asks = ("{brand}: did you pay {amount} at [a shop in {street}|an online store]? Reply Y or N.",)
    yield from scene.mailing(bank, asks, "transactional", count=100)
    maker = scene.customer(use_case="ACCOUNT_NOTIFICATION")
    recall = ("{brand} safety recall: stop using heater model {order}; it can catch fire. Refund: {link}",)
    yield from scene.mailing(maker, recall, "emergency", count=100)


@lawful("7")
def answers_that_are_no_stop(scene: Scene) -> Course:
    """People answer with words that merely contain stop, end or cancel, and go on getting what they asked for."""
    shop = scene.customer(use_case="MIXED")
    people = scene.people(45)
    scene.consent(shop, people)
    for place, person in enumerate(people):
        first = shop.text(person, f"{shop.brand}: your order is ready.", "transactional")
        yield first
        yield scene.answers(person, first, scene.say(_NO_STOPS[place % len(_NO_STOPS)]))
        yield scene.wait(seconds=20)
        yield shop.text(person, scene.pick(_OFFERS, brand=shop.brand), "marketing")


@attack("7", within=_BEFORE_SENDING)
def voices_that_advertise(scene: Scene) -> Course:
    """Recordings and made-up voices advertise to people of whom a purchase is on record, and no consent in writing."""
    shop, people = scene.customer(), scene.people(120)
    scene.consent(shop, people, "transactional", kind="purchase")
    voices = (Voice.PRERECORDED, Voice.ARTIFICIAL)
    yield from scene.paced(
        (shop.call(p, purpose=Purpose.MARKETING, voice=scene.chance.choice(voices)) for p in people), a_second=10
    )


@lawful("7")
def people_and_machines_that_may_call(scene: Scene) -> Course:
    """A broker calls strangers in person by day; a clinic's voice reminds patients who gave their numbers."""
    broker, clinic, patients = scene.customer(number={"voice": True}), scene.customer(), scene.people(60)
    scene.consent(clinic, patients, "transactional", kind="express")
    scene.licensed(broker, "telephone-solicitation", "US-TX")

    def calls() -> Iterator[Dial]:
        for patient in patients:
            talks = scene.chance.uniform(25, 120)
            yield broker.call(scene.person(), talks=talks, purpose=Purpose.MARKETING, voice=Voice.LIVE)
            yield clinic.call(patient, talks=talks, purpose=Purpose.TRANSACTIONAL, voice=Voice.ARTIFICIAL)

    yield from scene.paced(calls(), a_second=2)


def _dialled(
    scene: Scene, count: int, *, left_alone: float = 0.0, answers: float = 1.0, rings: float = 22.0
) -> Iterator[Dial]:
    """A campaign that advertises is dialled: `left_alone` of those who answer find nobody there, and who does not
    answer is let ring for so long."""
    seller = scene.customer(numbers=4, number={"voice": True})
    scene.licensed(seller, "telephone-solicitation", "US-TX")
    for place in range(count):
        person, sender = scene.person(), seller.numbers[place % 4]
        scene.consent(seller, [person])
        told: dict[str, Any] = {"sender": sender, "purpose": Purpose.MARKETING, "voice": Voice.LIVE}
        if scene.chance.random() >= answers:
            yield seller.call(person, rings=rings, talks=None, **told)
        elif place % 100 < 100 * left_alone:
            yield seller.call(person, talks=scene.chance.uniform(6.5, 11.5), **told)
        else:
            yield seller.call(person, talks=scene.chance.uniform(20, 80), ended_by=Party.CALLEE, **told)


@attack("7", within=timedelta(hours=1), leak=400)
def more_calls_than_agents(scene: Scene) -> Course:
    """A dialler calls more people than it has agents for: of those who answer a twentieth find nobody there.

    A hundred answers have to be over before that tells anything, and some calls a minute are left to it then.
    """
    yield from scene.paced(_dialled(scene, 1200, left_alone=0.05), a_second=2)


@attack("7", within=timedelta(hours=1), leak=400)
def hung_up_before_they_can_answer(scene: Scene) -> Course:
    """A dialler gives up after two rings, so that it has somebody on the line all the time."""
    yield from scene.paced(_dialled(scene, 1200, answers=0.5, rings=8.0), a_second=2)


@lawful("7")
def an_agent_for_everybody(scene: Scene) -> Course:
    """A campaign is called, each phone rings for twenty seconds, and two in a hundred find nobody on the line."""
    yield from scene.paced(_dialled(scene, 400, left_alone=0.02, answers=0.6), a_second=1)


# --- mail -------------------------------------------------------------------------------------------------------------

_POSTAL = "{brand}, 12 Harbor Way, Seattle, WA 98101"
_NEWSLETTER = "{brand}: [everything|the summer range] {percent}% off [today only|until Sunday]."
_WAY_OUT = "Unsubscribe: https://{domain}/out"


def _newsletter(scene: Scene, brand: str, domain: str, *, postal: bool = True, way_out: bool = True) -> str:
    lines = [scene.say(_NEWSLETTER, brand=brand)]
    lines += [_WAY_OUT.format(domain=domain)] if way_out else []
    lines += [_POSTAL.format(brand=brand)] if postal else []
    return "\n\n".join(lines)


@attack("7", within=_BEFORE_SENDING)
def bought_list_by_mail(scene: Scene) -> Course:
    """A bought list is advertised to by mail, some of it without a word of what it is for."""
    shop = scene.customer(use_case="")
    domain = scene.mail_domain(shop)
    for number in range(30):
        purpose = "marketing" if number % 3 else None
        yield shop.mail(scene.reader(), "Our sale", _newsletter(scene, shop.brand, domain), purpose)
        yield scene.wait(seconds=1)


@attack("7", within=_BEFORE_SENDING)
def advertising_without_a_sender_or_a_way_out(scene: Scene) -> Course:
    """People who agreed get mail that hides who sends it, how to stop it, or that it advertises."""
    shop = scene.customer(use_case="MARKETING")
    domain = scene.mail_domain(shop)
    people = [scene.reader() for _ in range(15)]
    scene.consent(shop, people, "marketing")
    for number, person in enumerate(people):
        hidden = number % 3
        text = _newsletter(scene, shop.brand, domain, postal=hidden != 0, way_out=hidden != 1)
        yield shop.mail(person, "Re: your request" if hidden == 2 else "Our sale", text, "marketing")
        yield scene.wait(seconds=1)


@lawful("7")
def newsletter_that_people_asked_for(scene: Scene) -> Course:
    """A newsletter goes to who agreed or bought, and receipts and answers to people who agreed to nothing."""
    shop = scene.customer()
    domain = scene.mail_domain(shop)
    agreed, bought = [[scene.reader() for _ in range(10)] for _ in range(2)]
    scene.consent(shop, agreed, "marketing")
    scene.consent(shop, bought, "transactional", kind="purchase")
    for person in (*agreed, *bought):
        yield shop.mail(person, "Our sale", _newsletter(scene, shop.brand, domain), "marketing")
        yield scene.wait(seconds=2)
    for _ in range(10):
        yield shop.mail(
            scene.reader(), "Your receipt", scene.say("{brand}: you paid {amount}.", brand=shop.brand), "transactional"
        )
        yield shop.mail(scene.reader(), "Re: a question", scene.say("Yes, it comes {day}."), "conversation")
        yield scene.wait(seconds=2)


# --- faxes ------------------------------------------------------------------------------------------------------------

_TONER = (
    "{brand}: [Grand|Spring] sale! {percent}% off all toner this week only. Order now.",
    "{brand}: {percent}% off [paper|ink|desk lamps] until Sunday, a special offer for [offices|clinics]. Order by fax.",
)
_NOTICE = (
    "To be removed from our list call 800-555-0100 or fax 800-555-0101, at any hour and free of charge. "
    "We honor your request within 30 days."
)
_LETTERS = (
    "Dear Dr. {name}, please find enclosed the referral that we talked about.",
    "Purchase order {order}: 20 units. Ship to dock 4.",
    "INVOICE {order}. Net 30. Thank you for your order.",
    "CONTRACT OF SALE between {name} and the buyer. Signed copy attached.",
    "Your appointment is confirmed for {time}. Call us if you can't come.",
)


@attack("7", within=_BEFORE_SENDING)
def junk_faxes(scene: Scene) -> Course:
    """Offers are faxed to a list that was bought, without a word of what they are for."""
    shop = scene.customer(number={"voice": True})
    people = scene.people(40)
    yield from scene.paced((shop.fax(p, scene.pick(_TONER, brand=shop.brand)) for p in people), a_second=2)


@attack("7", within=timedelta(minutes=5), leak=19)
def junk_faxes_as_pictures(scene: Scene) -> Course:
    """The same, drawn as a picture, so that no program can read it: the same page goes to everybody."""
    shop = scene.customer(number={"voice": True})
    page = scene.pick(_TONER, brand=shop.brand)
    yield from scene.paced((shop.fax(p, page, picture=True) for p in scene.people(60)), a_second=2)


@attack("7", within=_BEFORE_SENDING)
def no_way_out_on_the_first_page(scene: Scene) -> Course:
    """Customers are faxed offers, and how to get no more stands on the last page, or nowhere."""
    shop = scene.customer(number={"voice": True})
    people = scene.people(30)
    scene.consent(shop, people, "transactional", kind="purchase")
    for place, person in enumerate(people):
        words = (scene.pick(_TONER, brand=shop.brand), *([_NOTICE] if place % 2 else []))
        yield shop.fax(person, *words, purpose="marketing")
        yield scene.wait(seconds=1)


@lawful("7")
def letters_bills_and_scans_by_fax(scene: Scene) -> Course:
    """Offices fax each other letters, orders, bills and scans of signed papers, to people whom no list has."""
    office = scene.customer(number={"voice": True})
    faxes = (
        office.fax(
            person,
            scene.pick(_LETTERS, honest=True, brand=office.brand),
            picture=place % 3 == 0,
            purpose=scene.chance.choice((None, "transactional", "conversation")),
        )
        for place, person in enumerate(scene.people(60))
    )
    yield from scene.paced(faxes, a_second=0.5)


@lawful("7")
def offers_to_customers_with_a_way_out(scene: Scene) -> Course:
    """Offers are faxed to those who asked for them, and to customers with all that the first page has to say."""
    shop = scene.customer(number={"voice": True})
    asked, bought = scene.people(20), scene.people(20)
    scene.consent(shop, asked, "marketing", kind="express")
    scene.consent(shop, bought, "transactional", kind="purchase")
    for person in (*asked, *bought):
        yield shop.fax(person, f"{scene.pick(_TONER, honest=True, brand=shop.brand)} {_NOTICE}", purpose="marketing")
        yield scene.wait(seconds=2)
