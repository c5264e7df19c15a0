"""Clause 17: what the published tiers call objectionable."""

from __future__ import annotations

from datetime import timedelta

from PIL import ImageOps

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.pictures import jpeg, photograph
from masstransit.drills.scene import Scene

_ESCORTS = (
    "[Hot|Sexy|Naughty] [girls|escorts] [near you|at {street}], {amount} an hour. [Incall|Outcall] {link}",
    "[Hi babe|Hey handsome], I'm {name}, [lonely|wet|naked] [tonight|now]. [Watch my cam|See my nudes] {link}",
    "[Full service|Happy ending] massage, {amount}. [Discreet|24/7]. Text back. {link}",
    "Chicas [calientes|sexy] en tu zona, {amount} la hora {link}",
    "Heiße [Girls|Escorts] in deiner Nähe {link}",
)
_PORN = (
    "[XXX|Hardcore|Uncensored] [videos|cams] free for {percent} days: [couples|MILFs] [fuck|strip] live {link}",
    "[Bigger|Harder] [dick|cock] in {percent} days or money back! {link}",
    "[Swingers|Hookups|Sugar babies] want to [fuck|bang] you [tonight|now], {name}. {link}",
)
_PRIVATE = (
    "[Leaked|Stolen] nudes of [{name}|your ex|girls from {street}]: {link}",
    "[Revenge|Hidden cam] [pics|videos] of [your boss|your neighbours], {small} {link}",
    "[Undress|Deepfake] anyone from a photo, {small} a picture {link}",
)


@attack("17", bulk=True, also=("6",))
def escorts_on_long_codes(scene: Scene) -> Course:
    """Escorts and adult services are advertised from ordinary numbers."""
    sender = scene.customer(days=10, numbers=4)
    yield from scene.mailing(sender, _ESCORTS, "transactional", count=100, a_second=3, senders=sender.numbers)


@attack("17", bulk=True, also=("6",))
def pornography_in_disguise(scene: Scene) -> Course:
    """Pornography is advertised, its words disguised."""
    sender = scene.customer(use_case="MARKETING", days=10)
    yield from scene.mailing(sender, _PORN, "marketing", count=100, a_second=3, disguised=0.8)


@attack("17", within=timedelta(hours=4), bulk=True, also=("6", "15"))
def private_pictures(scene: Scene) -> Course:
    """Pictures that somebody never agreed to are offered."""
    sender = scene.customer(days=10)
    yield from scene.mailing(sender, _PRIVATE, "transactional", count=80, a_second=2)


@lawful("17")
def breast_cancer_screening(scene: Scene) -> Course:
    """A clinic invites to breast-cancer screening and a sexual-health test."""
    clinic = scene.customer(brand="Iris Point Clinic", vertical="HEALTHCARE", baa=True)
    texts = (
        "{brand}: your breast screening is due. Book a mammogram: {link}",
        "{brand}: check your breasts once a month. Here is how: {link}",
        "{brand}: free [chlamydia|HIV] tests and condoms at {street} {day} {time}.",
        "{brand}: your [smear test|vaginal exam] is on {day} at {time}.",
        "{brand}: prostate and testicle checks for men over 40, {day}.",
        "Su mamografía es el {date} a las {time}. {brand}",
    )  # fmt: skip
    yield from scene.mailing(clinic, texts, "transactional", count=180)


@lawful("17")
def nudes_in_a_museum(scene: Scene) -> Course:
    """A museum shows nudes, a breastfeeding group meets, and a shelter writes to survivors."""
    museum = scene.customer(use_case="MARKETING", brand="Alder Museum")
    art = ("{brand}: The Nude from Titian to today opens {day}. Members {amount}. STOP to end",
           "{brand}: life drawing with a naked model, {day} {time}. STOP to end")  # fmt: skip
    yield from scene.mailing(museum, art, "marketing", count=80)
    mothers = scene.customer(brand="Milk & Company")
    milk = ("{brand}: breastfeeding circle at {street} {day} {time}. Sore nipples? Bring questions.",)
    yield from scene.mailing(mothers, milk, "transactional", count=60)
    shelter = scene.customer(brand="Harbor House")
    help_ = ("{brand}: after rape or abuse you are not to blame. A nurse is here until {time}. Reply HOME to talk.",
             "{brand}: your group for survivors of sexual abuse meets {day} {time}.")  # fmt: skip
    yield from scene.mailing(shelter, help_, "transactional", count=60)


@lawful("17")
def rude_among_friends(scene: Scene) -> Course:
    """People curse at a help desk, and the desk stays friendly."""
    desk = scene.customer(use_case="CUSTOMER_CARE")
    for _ in range(30):
        offer = desk.text(
            scene.person(), scene.say("[I hear you|I understand], {name}. Let me check {order}."), "conversation"
        )
        yield scene.answers(
            offer.recipient, offer, scene.say("[this is bullshit|what the fuck|your damn app is crap|hell no]")
        )
        yield offer


@attack("17", within=timedelta(minutes=5))
def known_pictures(scene: Scene) -> Course:
    """Pictures that are on a hotline's list go out as MMS: recompressed, made smaller, greyed, turned and mirrored."""
    sender = scene.customer(days=30)
    known = photograph(scene.chance.randrange(10_000))
    yield scene.listed(jpeg(known), "abuse")
    half = (known.width // 2, known.height // 2)
    changed = (
        jpeg(known), jpeg(known, quality=20), jpeg(known.resize(half)), jpeg(known.convert("L")),
        jpeg(ImageOps.mirror(known)), jpeg(known.rotate(180)),
    )  # fmt: skip
    for picture in changed * 3:
        yield sender.text(
            scene.person(), scene.say("[for you|new|look]"), "conversation", files=[("picture.jpg", picture)]
        )
        yield scene.wait(seconds=5)


@lawful("17")
def own_pictures(scene: Scene) -> Course:
    """A clinic, a museum and a family group send pictures of their own, while others are listed."""
    yield scene.listed(jpeg(photograph(20_000)), "abuse")
    yield scene.listed(jpeg(photograph(20_001)), "intimate")
    clinic = scene.customer(brand="Iris Point Clinic", vertical="HEALTHCARE", baa=True)
    for number in range(12):
        picture = jpeg(photograph(30_000 + number), quality=scene.chance.choice((40, 85)))
        person = scene.person()
        scene.consent(clinic, [person])
        text = scene.say("{brand}: how to examine your breasts, in pictures. Yours on {day}.", brand=clinic.brand)
        yield clinic.text(person, text, "transactional", files=[("picture.jpg", picture)])
        yield scene.wait(seconds=20)
