"""Clause 1: calling others to abuse or defraud this platform."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_FLOODS = (
    (
        "[Everybody|All of you]: [call|text] MassTransit support on {target} at {time}, [keep|tie up] "
        "the line [till it breaks|all day]"
    ),
    (
        "[Flood|Jam|Spam] {target} [today|now]! [Every minute|Non-stop], [until they give in|make it "
        "crash]. [Pass it on|Share]"
    ),
    "Let's [take down|overload] MassTransit: [dial|text] {target}, hang up, repeat. {time} sharp",
)
_CREDENTIALS = (
    (
        "Selling MassTransit [accounts|logins], [verified|aged], [KYC done|limits lifted]. {amount} "
        "each, [crypto only|DM me] {link}"
    ),
    "[Buy|Rent] [SMPP binds|API keys] on MassTransit, [no KYC|clean trust score]. [Telegram|Contact] {link}",
    "[WTS|For sale]: MassTransit [auth tokens|sub-accounts] with balance {amount}, [fresh|hacked today] {link}",
)
_BRIBES = (
    "[Work|Know someone] at MassTransit? {large} for [switching off the filter|whitelisting our sender]. {link}",
    "MassTransit [staff|employees]: we pay {large} a month to [approve|let through] our traffic. Write to {link}",
)
_SEEN_AFTER = 1  # round, in which all three customers' texts were seen
_ANGRY = (
    "[Worst|Terrible] support ever, {brand}. I'll [leave a one-star review|tell everyone|call my lawyer].",
    "I'm [filing a complaint with|writing to] the [FCC|attorney general] about {brand}. Order {order}.",
    "This is the third time {order} is late. I want my {amount} back [now|by {day}] or I see you in court.",
    "you people are a joke",
    "Cancel my contract, MassTransit is [too expensive|half the price elsewhere].",
)


@attack("1", bulk=True)
def call_to_flood_support(scene: Scene) -> Course:
    """Three customers call their people to flood the platform's support line, all with one target; the operator puts
    on record that staff is kept from their work."""
    target = scene.person()
    callers = [scene.customer(days=30) for _ in range(3)]
    for turn in range(10):
        if turn == _SEEN_AFTER:
            yield from _put_on_record(scene, target, "calls that keep the support line busy")
        for caller in callers:
            yield from scene.mailing(caller, _FLOODS, "transactional", count=3, a_second=3, target=target)


@attack("1", within=timedelta(hours=1), bulk=True)
def accounts_for_sale(scene: Scene) -> Course:
    """Accounts and credentials of this platform are offered for sale, after some were stolen."""
    seller = scene.customer(days=20)
    yield from _put_on_record(scene, "platform", "accounts that were taken over")
    yield from scene.mailing(seller, _CREDENTIALS, "transactional", count=80, a_second=2, disguised=0.3)


@attack("1", within=timedelta(hours=24), bulk=True)
def bribes_for_the_filter(scene: Scene) -> Course:
    """Money is offered to staff who let abuse through; one of them reports it, and the operator puts it on record."""
    briber = scene.customer(days=20)
    yield from scene.mailing(briber, _BRIBES, "transactional", count=10, a_second=2)
    yield from _put_on_record(scene, "platform", "bribes, reported by staff")
    yield from scene.mailing(briber, _BRIBES, "transactional", count=50, a_second=2)


def _put_on_record(scene: Scene, target: str, what: str) -> Course:
    """The operator enters an incident, and every process hears of it."""
    yield scene.incident(target, what)
    yield scene.wait(seconds=10)


@lawful("1")
def angry_customers(scene: Scene) -> Course:
    """Angry people write to a business, and it answers them."""
    shop = scene.customer(use_case="CUSTOMER_CARE")
    for _ in range(40):
        answer = shop.text(
            scene.person(), scene.say("[I'm sorry|We apologise], {name}. [We look into it|{amount} is on its way]."),
            "conversation",
        )  # fmt: skip
        yield scene.answers(answer.recipient, answer, scene.pick(_ANGRY, brand=shop.brand))
        yield answer


@lawful("1")
def criticism_and_comparison(scene: Scene) -> Course:
    """A rival compares prices with this platform, and a newspaper reports on it."""
    rival = scene.customer(use_case="MARKETING", brand="Kestrel Messaging")
    ads = (
        "{brand}: texts for {count} percent less than MassTransit. [Switch|Compare] at {link} STOP to end",
        "Still on MassTransit? {brand} answers support calls in a minute. {link} STOP to opt out",
    )
    yield from scene.mailing(rival, ads, "marketing", count=100)
    paper = scene.customer(brand="Harbor Gazette")
    news = (
        "{brand}: regulators [look into|question] MassTransit over [spam|fees]. Read on: {link}",
        "{brand}: thousands complain to MassTransit support after {day}'s outage {link}",
    )
    yield from scene.mailing(paper, news, "transactional", count=100)
