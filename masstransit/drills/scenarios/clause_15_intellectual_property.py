"""Clause 15: other people's works, marks and names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PIL import ImageOps

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.pictures import jpeg, photograph
from masstransit.drills.scene import Customer, Scene

_STOP = " [Reply STOP to end|STOP to opt out]"


@attack("15", within=timedelta(hours=24), leak=100, also=("10", "18"))
def store_of_false_brands(scene: Scene) -> Course:
    """A store sells counterfeits in famous names that are not its own."""
    store = scene.customer(use_case="MARKETING", days=15)
    texts = (
        "[Rolex|Louis Vuitton|Gucci|Nike] [outlet|clearance]: {percent}% off, [AAA replica|1:1 quality] {link}" + _STOP,
        "[Official|Authentic] [Ray-Ban|Adidas|Chanel] store: [today only|last day] {small} {link}" + _STOP,
        "[Replica|Mirror] [watches|handbags], nobody can tell. From {amount} {link}" + _STOP,
    )
    yield from scene.mailing(store, texts, "marketing", count=160, a_second=2, disguised=0.2)


@attack("15", within=timedelta(hours=24), bulk=True)
def leaked_films(scene: Scene) -> Course:
    """Films that are not out yet, and channels that others pay for, are offered for nothing; whoever holds the rights
    gives notice of the place where they are."""
    pirate = scene.customer(use_case="MARKETING", days=15)
    texts = (
        "[Watch|Download] [tonight's premiere|the leaked season] [free|in HD] before release: {link}" + _STOP,
        "[10,000 channels|All sports and films] for {small} a month, [no subscription|IPTV stick] {link}" + _STOP,
        "[Cracked|Unlocked] [Photoshop|Office] with licence key {order}: {link}" + _STOP,
    )
    yield from _until_noticed(scene, pirate, texts, scene.link("films"), "films before their release")


@attack("15", within=timedelta(hours=24), bulk=True, also=("10",))
def borrowed_faces(scene: Scene) -> Course:
    """Famous people are made to recommend what they never heard of; somebody who speaks for them gives notice."""
    seller = scene.customer(use_case="MARKETING", days=15)
    texts = (
        "[Taylor Swift|Tom Hanks|Oprah] [personally recommends|sings for] {brand} [gummies|coins]: {link}" + _STOP,
        "Hear [Drake|Adele] say YOUR name: AI voice [clone|message] for {small} {link}" + _STOP,
    )
    yield from _until_noticed(scene, seller, texts, scene.link("stars"), "a likeness and a voice")


def _until_noticed(
    scene: Scene, sender: Customer, texts: Sequence[str], link: str, work: str, *, before: int = 15
) -> Course:
    """A mailing that leads to one place, of which somebody gives notice some hours after it began."""
    yield from scene.mailing(sender, texts, "marketing", count=before, a_second=2, link=link)
    yield scene.wait(hours=3)
    yield scene.rights_notice(sender, "domain", link.split("/")[2], work)
    yield scene.wait(minutes=1)
    yield from scene.mailing(sender, texts, "marketing", count=80 - before, a_second=2, link=link)


@lawful("15")
def noticed_by_a_rival(scene: Scene) -> Course:
    """A rival gives one notice that lacks what the law asks of it, and one that was answered; the shop goes on."""
    shop = scene.customer(use_case="MARKETING")
    home = scene.home(shop)
    host = home.split("/")[2]
    text = "{brand}: [new prints|handmade lamps|our own posters] {percent}% off {link} STOP to end"
    yield scene.rights_notice(shop, "domain", host, "lamps of a rival", complete=False)
    yield scene.rights_notice(
        shop, "domain", host, "posters of a rival", since=scene.now - timedelta(days=60),
        countered_at=scene.now - timedelta(days=40),
    )  # fmt: skip
    yield scene.wait(seconds=60)
    yield from scene.mailing(shop, (text,), "marketing", count=120, link=home)


@lawful("15")
def compared_and_resold(scene: Scene) -> Course:
    """Shops compare themselves with famous brands, and resell what is genuine."""
    shop = scene.customer(use_case="MARKETING")
    texts = (
        "{brand}: as comfortable as Nike, at half the price. [Try|Compare] at {link}" + _STOP,
        "{brand}: pre-owned Rolex, certified, two-year warranty, from {large}. {street}" + _STOP,
        "{brand} repairs iPhones [while you wait|from {amount}]. Not affiliated with Apple." + _STOP,
    )
    yield from scene.mailing(shop, texts, "marketing", count=150)


@lawful("15")
def licensed_and_reported(scene: Scene) -> Course:
    """A cinema, a fan club and a paper talk about films and songs that they may talk about."""
    cinema = scene.customer(brand="Juniper Cinema")
    texts = (
        "{brand}: premiere on {day} {time}. Your seats: {order}.", "{brand}: free outdoor screening at {street} {day}.",
        "{brand}: [Swift|Drake] concert film back by popular demand, tickets {amount}.",
    )  # fmt: skip
    yield from scene.mailing(cinema, texts, "transactional", count=150)


@attack("15", within=timedelta(minutes=5))
def anothers_photographs(scene: Scene) -> Course:
    """A shop sells prints with the pictures of a photographer who listed them, made smaller and mirrored."""
    shop = scene.customer(use_case="MARKETING", days=30)
    works = [photograph(40_000 + number) for number in range(3)]
    for work in works:
        yield scene.listed(jpeg(work), "work", work="a photograph", holder="Wren Studio")
    text = "{brand}: prints from {amount}, this week only. STOP to end"
    for place in range(18):
        work = works[place % len(works)]
        picture = jpeg(work.resize((480, 270)), quality=60) if place % 2 else jpeg(ImageOps.mirror(work), quality=70)
        person = scene.person()
        scene.consent(shop, [person])
        yield shop.text(person, scene.say(text, brand=shop.brand), "marketing", files=[("picture.jpg", picture)])
        yield scene.wait(seconds=5)


@lawful("15")
def own_photographs(scene: Scene) -> Course:
    """A photographer and a shop send pictures that are their own, of the same kind as listed ones."""
    yield scene.listed(jpeg(photograph(41_000)), "work", work="a photograph", holder="Wren Studio")
    shop = scene.customer(use_case="MARKETING")
    text = "{brand}: new prints of our own, from {amount}. STOP to end"
    for number in range(12):
        person = scene.person()
        scene.consent(shop, [person])
        picture = jpeg(photograph(42_000 + number % 4))
        yield shop.text(person, scene.say(text, brand=shop.brand), "marketing", files=[("picture.jpg", picture)])
        yield scene.wait(seconds=20)
