"""Clause 6: registration, declared use, shorteners, forbidden goods, and rates at which people turn away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from masstransit.drills.acts import Complaint, Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Customer, Scene

_BEFORE_SENDING = timedelta(0)
_ADS = (
    "[Big|Huge] [savings|deals] at {brand}: {percent}% off [everything|all orders] {link}",
    "{name}, [treat yourself|don't miss out]: buy one get one free at {brand} [today|this {day}]! {link}",
    "[Win|Grab] a {amount} {brand} gift card: [shop|order] before {day} {link}",
)
_NOTICES = (
    "{brand}: your [parcel|order] {order} [is out for delivery|arrives {day} by {time}].",
    "{brand}: [planned work|an outage] at {street} [until|ends about] {time}.",
    "{brand}: we have [received|refunded] {amount}. Order {order}.",
)
_STOPS = ("STOP", "stop", "Stop please", "unsubscribe", "QUIT", "remove me", "no thanks, take me off")


@attack("6", bulk=True, also=("7",))
def advertising_as_codes(scene: Scene) -> Course:
    """A campaign that was registered for one-time codes carries advertising."""
    shop = scene.customer(use_case="2FA")
    yield from scene.mailing(shop, _ADS, "otp", count=80, a_second=4)


@attack("6", bulk=True, also=("7",))
def advertising_on_a_notice_campaign(scene: Scene) -> Course:
    """A campaign registered for delivery notices carries advertising, and calls it a notice."""
    shop = scene.customer(use_case="DELIVERY_NOTIFICATION")
    yield from scene.mailing(shop, _ADS, "transactional", count=80, a_second=4)


@attack("6", within=timedelta(minutes=30), leak=300)
def twelve_in_a_hundred_leave(scene: Scene) -> Course:
    """A list was imported as if its people had agreed; of a hundred who hear, twelve say stop at once.

    A share needs a sample: the rulebook's is two hundred recipients, so the first of them hear it in any case.
    """
    shop = scene.customer(use_case="MARKETING")
    yield from _with_answers(scene, shop, count=480, share=0.12)


@attack("6", within=timedelta(minutes=30), leak=120)
def people_report_spam(scene: Scene) -> Course:
    """Eight in a hundred who get it report it as spam.

    The rulebook holds at five reports, which come after some sixty messages.
    """
    shop = scene.customer(use_case="MARKETING")
    for _ in range(10):
        people = scene.people(25)
        scene.consent(shop, people)
        seen = yield [
            shop.text(p, scene.pick(_ADS, honest=True, brand=shop.brand) + " STOP to end", "marketing") for p in people
        ]
        yield scene.wait(seconds=50)
        for place in scene.chance.sample(range(len(people)), 2):
            if seen[place].verdict in ("ALLOW", "FLAG"):
                yield Complaint(person=people[place])


@attack("6", within=_BEFORE_SENDING)
def toll_free_unverified(scene: Scene) -> Course:
    """A toll-free number that nobody has verified is used for a blast."""
    shop = scene.customer(
        use_case="MARKETING", number={"number": "+18005550137", "type": "toll-free", "verification": "pending"}
    )
    yield from scene.mailing(shop, _NOTICES, "transactional", count=80, a_second=20)


@attack("6", within=_BEFORE_SENDING)
def numbers_without_campaign(scene: Scene) -> Course:
    """Long codes that are registered for nothing, and some whose brand was turned down."""
    shop = scene.customer(use_case="", numbers=3)
    other = scene.customer(use_case="MIXED", campaign={"brand_status": "FAILED"})
    yield from scene.mailing(shop, _NOTICES, "transactional", count=40, senders=shop.numbers)
    yield from scene.mailing(other, _NOTICES, "transactional", count=40)


@attack("6", within=timedelta(minutes=30), also=("3",))
def shortener_swapped(scene: Scene) -> Course:
    """Refused for a public shortener, the sender changes number and shortener and goes on."""
    shop = scene.customer(use_case="MARKETING", numbers=6)
    shorteners = ("bit.ly", "tinyurl.com", "is.gd", "ow.ly", "t.ly", "cutt.ly")
    for number, shortener in zip(shop.numbers, shorteners, strict=True):
        yield from scene.mailing(
            shop, [ad + " STOP to end" for ad in _ADS], "marketing", count=12, senders=(number,),
            link=lambda host=shortener: f"https://{host}/{scene.chance.randrange(16**6):x}",
        )  # fmt: skip


@attack("6", within=_BEFORE_SENDING, alarm=True)
def consent_passed_around(scene: Scene) -> Course:
    """Partners share their lists: the consents that three brands have on record bear one instant and one address."""
    people = scene.people(30)
    given, source = scene.now - timedelta(days=40, minutes=scene.chance.randint(1, 900)), scene.source()
    brands = [scene.customer(use_case="MARKETING") for _ in range(3)]
    for shop in brands:
        scene.consent(shop, people, "marketing", given_at=given, source=source)
    for shop in brands:
        yield from scene.paced(
            (
                shop.text(p, scene.pick(_ADS, honest=True, brand=shop.brand) + " STOP to end", "marketing")
                for p in people
            ),
            a_second=5,
        )


@attack("6", bulk=True, also=("12", "17"))
def goods_for_adults(scene: Scene) -> Course:
    """Alcohol, tobacco, guns and cannabis are advertised from a campaign that asks nobody's age."""
    shop = scene.customer(use_case="MARKETING")
    goods = (
        "{brand}: [vodka|whiskey|tequila] [buy 2 get 1|{percent}% off], [delivered cold|to your door]. STOP to end",
        "[Vape|E-cig|Cigar] [juice|deals]: {percent}% off all flavors at {brand} {link} STOP to end",
        "[AR-15|Glock|9mm ammo] in stock at {brand}: {amount}, no waiting. {link} STOP to opt out",
        "[Weed|THC gummies|Cannabis flower] {percent}% off, same-day delivery. {brand} {link} STOP to end",
    )
    yield from scene.mailing(shop, goods, "marketing", count=80, a_second=4)


@attack("6", bulk=True, also=("12",))
def pills_without_prescription(scene: Scene) -> Course:
    """Pills that only a doctor may prescribe are offered without one, in part disguised."""
    dealer = scene.customer(use_case="MARKETING", days=10)
    pills = (
        "[Xanax|Valium|Ambien] [overnight|fast], no [doctor|script] needed. {amount} at {brand} {link} STOP to end",
        "{brand}: [oxycodone|hydrocodone|tramadol] in stock, {percent}% off [today|till {day}] {link} STOP to opt out",
        "Need [Adderall|Ritalin] for the exams? {brand} ships [today|discreetly], from {amount} {link} STOP to end",
    )
    yield from scene.mailing(dealer, pills, "marketing", count=80, a_second=2, disguised=0.3)


@lawful("6")
def help_with_drugs(scene: Scene) -> Course:
    """A clinic offers help to get off drugs, lawyers their advice, and a pharmacy tells that a refill is ready."""
    clinic = scene.customer(use_case="MARKETING", brand="Harbor Recovery")
    offers = (
        "[Hooked on|Addicted to] [oxycodone|Xanax|heroin]? {brand} helps, first week free {link} STOP to end",
        "{brand}: free [fentanyl test strips|naloxone] and counselling this {day}. {link} Reply STOP to opt out",
    )
    yield from scene.mailing(clinic, offers, "marketing", count=90)
    lawyers = scene.customer(use_case="MARKETING", brand="Marlow Law")
    advice = ("{brand}: charged with possession of [cocaine|meth]? First call free {link} STOP to end",)
    yield from scene.mailing(lawyers, advice, "marketing", count=50)
    pharmacy = scene.customer(vertical="HEALTHCARE", baa=True, brand="Elm Pharmacy")
    refills = ("{brand}: your refill {order} is ready. Open until {time}.",)
    yield from scene.mailing(pharmacy, refills, "transactional", count=60)


@lawful("6")
def asked_afresh(scene: Scene) -> Course:
    """A list is asked for the first time in years whether it wants to go on; many say no, as they may."""
    shop = scene.customer(use_case="MARKETING", campaign={"attrs": {"re_permission": True}})
    text = "{brand}: you joined our list [in a shop|online]. Want to stay? Reply STOP to leave, and nothing more comes."
    yield from _with_answers(scene, shop, count=200, share=0.2, texts=(text,))


@lawful("6")
def delivery_and_outage_notices(scene: Scene) -> Course:
    """Parcels and outages, to people who wait to hear of them; a few say stop."""
    carrier = scene.customer(use_case="DELIVERY_NOTIFICATION", brand="Harrow Parcel")
    yield from _with_answers(scene, carrier, count=200, share=0.008, texts=_NOTICES, purpose="transactional")


@lawful("6")
def two_way_support(scene: Scene) -> Course:
    """People write to a help desk, and the desk answers."""
    desk = scene.customer(use_case="CUSTOMER_CARE")
    for _ in range(40):
        person = scene.person()
        answer = desk.text(person, scene.say("[Sorry about that|Thanks], {name}. [A new one ships {day}|Try again]."),
                           "conversation")  # fmt: skip
        yield scene.answers(
            person, answer, scene.say("[it arrived broken|can't log in|where is {order}?|¿dónde está?]")
        )
        yield scene.wait(seconds=30)
        yield answer


@lawful("6")
def campaigners_with_consent(scene: Scene) -> Course:
    """A campaign for office that was vetted writes to people who signed up for it."""
    party = scene.customer(use_case="POLITICAL", brand="Vote Alvarez")
    texts = (
        "{brand}: [polls|early voting] [open|opens] {day} at {street}. [Bring ID|Need a ride?] Reply STOP to end",
        "[Hi|Hello] {name}, it's {brand}. Can we count on you {day}? [Chip in|Volunteer]: {link} STOP to opt out",
    )
    yield from _with_answers(scene, party, count=180, share=0.012, texts=texts)


@lawful("6")
def wine_club(scene: Scene) -> Course:
    """A wine club, registered as age-gated, writes to members who proved their age."""
    club = scene.customer(use_case="MARKETING", brand="Fennel Wine Club", campaign={"age_gated": True})
    texts = (
        "{brand}: the [spring|autumn] case is here, [six reds|a dozen from {street}], {amount}. 21+. STOP to end",
        "Members' tasting on {day} at {time}. Must be 21. {brand} Reply STOP to opt out",
    )
    yield from scene.mailing(club, texts, "marketing", count=150)


@lawful("6")
def goods_that_only_sound_gated(scene: Scene) -> Course:
    """Hardware, kitchenware, toys and help to give up smoking are advertised, in words that gated goods have too."""
    shop = scene.customer(use_case="MARKETING")
    texts = (
        "{brand}: [nail guns|glue guns|heat guns, paint] {percent}% off [this week|until {day}] {link} STOP to end",
        "{brand}: [wine glasses|beer mugs|cocktail dresses], two for one [today|on {day}] {link} Reply STOP to opt out",
        "[Water guns|Bubble guns] and pool toys from {small} at {brand} {link} STOP to end",
        "{brand} garden [week|days]: [weed killer|potted herbs] now {small} {link} Txt STOP to end",
        "We have moved to 420 Mill Rd! {brand}, {percent}% off [on {day}|all week] {link} STOP to opt out",
        "[Quit smoking|Stop vaping] with {brand}: nicotine patches {percent}% off {link} STOP to end",
    )
    yield from scene.mailing(shop, texts, "marketing", count=180)


def _with_answers(
    scene: Scene, shop: Customer, *, count: int, share: float, texts: Sequence[str] = (), purpose: str = "marketing"
) -> Course:
    """A mailing of which a share of the people say stop, within half a minute."""
    for _ in range(count // 20):
        people = scene.people(20)
        scene.consent(shop, people)
        offers = [
            shop.text(
                p, scene.pick(texts or [ad + " STOP to end" for ad in _ADS], honest=True, brand=shop.brand), purpose
            )
            for p in people
        ]
        seen = yield offers
        yield scene.wait(seconds=15)
        for offer, one in zip(offers, seen, strict=True):
            if one.verdict in ("ALLOW", "FLAG") and scene.chance.random() < share:
                yield scene.answers(offer.recipient, offer, scene.chance.choice(_STOPS))
