"""Clause 12: what some law forbids where the sender or the person is."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_STOP = " [Reply STOP to end|STOP to opt out]"
_CRYPTO = (
    "[Buy|Double your] [Bitcoin|crypto] with {brand}: [{percent}% bonus|guaranteed returns], sign up {link}" + _STOP,
    "{brand}: [new coin|token presale] up {percent}% [today|since {day}]. [Invest|Get in] now {link}" + _STOP,
)
_GAMBLING = (
    "{brand} casino: {amount} free spins, [no deposit|bet now]! {link}" + _STOP,
    "[Bet|Wager] {small} on [tonight's game|the derby], get {amount} in free bets at {brand} {link}" + _STOP,
    "[Online poker|Slots] [jackpot|bonus] {large} waiting, {name}! {link}" + _STOP,
)
_CANNABIS = (
    "{brand}: [THC vapes|pre-rolls|edibles] {percent}% off, delivered [tonight|in an hour] {link}" + _STOP,
    "[Weed|Flower] drop {day}: [indica|sativa] from {amount} at {brand}" + _STOP,
)
_LOANS = (
    "[Payday|Cash] loan {amount} in 10 minutes, [no credit check|bad credit ok], [740|520]% APR {link}" + _STOP,
    "{name}, you're pre-approved for {large}! No [licence|paperwork] needed. [Apply|Reply YES] {link}" + _STOP,
)


@attack("12", within=timedelta(minutes=15), bulk=True)
def crypto_to_britons(scene: Scene) -> Course:
    """Crypto is promoted to British consumers without any approval of the promotion (FSMA s. 21)."""
    promoter = scene.customer(use_case="MARKETING", brand="Coin Harbor")
    people = sorted({scene.briton() for _ in range(90)})
    scene.consent(promoter, people, "marketing", kind="express")
    yield from scene.paced(
        (promoter.text(p, scene.pick(_CRYPTO, brand=promoter.brand), "marketing") for p in people), a_second=2
    )


@attack("12", within=timedelta(minutes=15), bulk=True, also=("6",))
def gambling_without_licence(scene: Scene) -> Course:
    """An unlicensed casino advertises."""
    casino = scene.customer(use_case="MARKETING", brand="Lucky Larkspur")
    yield from scene.mailing(casino, _GAMBLING, "marketing", count=80, a_second=2)


@attack("12", within=timedelta(minutes=15), bulk=True, also=("6",))
def cannabis_across_states(scene: Scene) -> Course:
    """Cannabis is advertised across state borders."""
    seller = scene.customer(use_case="MARKETING", brand="Green Row")
    yield from scene.mailing(seller, _CANNABIS, "marketing", count=80, a_second=2, disguised=0.3)


@attack("12", within=timedelta(minutes=15), bulk=True, also=("6", "10"))
def loans_without_licence(scene: Scene) -> Course:
    """Payday loans are advertised by somebody who may not lend."""
    lender = scene.customer(use_case="MARKETING", brand="Quick Cash Now")
    yield from scene.mailing(lender, _LOANS, "marketing", count=80, a_second=2)


@attack("12", within=timedelta(0), also=("7",))
def canadians_cold(scene: Scene) -> Course:
    """Canadians are advertised to without consent (CASL)."""
    seller = scene.customer(use_case="MARKETING")
    text = "{brand}: {percent}% off [this week|until {day}]. STOP to end"
    yield from scene.paced(
        (seller.text(scene.canadian(), scene.say(text, brand=seller.brand), "marketing") for _ in range(40)), a_second=5
    )


@attack("12", within=timedelta(0))
def texans_cold(scene: Scene) -> Course:
    """People in Texas are solicited who agreed to nothing, by somebody who is not registered there (ch. 302)."""
    seller = scene.customer(use_case="MARKETING")
    people = [person for person in scene.people(900) if person[2:5] in ("214", "512", "713")][:40]
    text = "{brand}: {percent}% off [roof checks|solar|all windows] [this week|until {day}]. STOP to end"
    yield from scene.paced((seller.text(p, scene.say(text, brand=seller.brand), "marketing") for p in people), 5)


@attack("12", within=timedelta(0))
def to_an_embargoed_country(scene: Scene) -> Course:
    """A customer enables countries that an embargo closes and sends there, with no licence for it."""
    sender = scene.customer(use_case="MIXED")
    text = "{brand}: [your order {order}|your transfer] is [ready|on its way]."
    for region in ("CU", "IR", "KP"):
        scene.pending.append(scene.on_record("geo_permissions", account=sender.account, region=region, enabled=True))
    people = [f"{number}{scene.chance.randrange(1000):03d}" for number in ("+5352345", "+989121234") for _ in range(15)]
    people = sorted(set(people))
    scene.consent(sender, people, "transactional", kind="express")
    yield from scene.paced((sender.text(p, scene.say(text, brand=sender.brand), "transactional") for p in people), 5)


@lawful("12")
def advice_about_the_law(scene: Scene) -> Course:
    """Lawyers and a helpline talk about crimes, and help people not to come to harm."""
    lawyers = scene.customer(brand="Marlow Law")
    texts = (
        (
            "{brand}: charged with [possession|DUI|tax fraud]? Your hearing is {day} {time}. [Say nothing "
            "to police|Bring the papers]."
        ),
        "{brand}: the [gambling|cannabis] licence form is due {day}.",
    )
    yield from scene.mailing(lawyers, texts, "transactional", count=100)
    helpers = scene.customer(use_case="PUBLIC_SERVICE_ANNOUNCEMENT", brand="Safe Streets")
    harm = (
        "{brand}: free [naloxone|clean needles|fentanyl strips] at {street} {day} {time}. No questions.",
        "{brand}: bad batch of [pills|heroin] in town. Never use alone. Call us at any time.",
    )
    yield from scene.mailing(helpers, harm, "transactional", count=100)


@lawful("12")
def lenders_and_lotteries(scene: Scene) -> Course:
    """A bank tells of a loan that a customer has; a state lottery gives the numbers to people who asked for them."""
    bank = scene.customer(brand="Marlow Bank", vertical="FINANCIAL")
    loan = (
        "{brand}: your loan payment of {amount} is due {day}.",
        "{brand}: we received {amount} for loan {order}. Thank you.",
    )
    yield from scene.mailing(bank, loan, "transactional", count=100)
    lottery = scene.customer(brand="State Lottery", vertical="GOVERNMENT", campaign={"age_gated": True})
    scene.licensed(lottery, "gambling")
    draw = ("{brand}: {day}'s numbers are [4 8 15 23 42|7 11 19 30 36]. Play responsibly. STOP to end",)
    yield from scene.mailing(lottery, draw, "transactional", count=100)
