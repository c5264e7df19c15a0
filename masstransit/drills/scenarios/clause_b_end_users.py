"""Clause B: what a customer's end users do through it."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Complaint, Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Customer, Scene

_CLEAN = (
    "{tenant}: your [visit|lesson|fitting] is on {day} at {time}. Reply C to confirm.",
    "{name}, thanks for coming to {tenant}. Your receipt: {order}.",
    "{tenant}: we are closed on {day}. See you [soon|after that]!",
)
_BAD = (
    "{tenant}: your account is [locked|limited]. [Verify|Confirm] within 24 hours: {link}",
    "{tenant} security: [unusual|new] sign-in. Not you? [Secure|Restore] your account: {link}",
    "Final notice from {tenant}: pay {amount} now or [your service ends|we close your account]: {link}",
)


def _reseller(scene: Scene, tenants: int) -> tuple[Customer, list[str]]:
    reseller = scene.customer(attrs={"reseller": True}, numbers=4)
    names = [f"{scene.chance.choice(('Salon', 'Studio', 'Clinic', 'Garage'))} {number}" for number in range(tenants)]
    for name in names:
        scene.end_user(reseller, name)
    return reseller, names


@attack("B", within=timedelta(minutes=15), bulk=True, also=("6", "10"))
def one_bad_tenant(scene: Scene) -> Course:
    """One of a reseller's many tenants phishes; some who are written to complain; the others send as always."""
    reseller, names = _reseller(scene, 30)
    bad = names.pop(scene.chance.randrange(len(names)))
    for _ in range(12):
        for name in scene.chance.sample(names, 4):
            yield from scene.mailing(
                reseller, _CLEAN, "transactional", count=1, end_user=name, bystander=True, tenant=name
            )
        people = scene.people(6)
        scene.consent(reseller, people)
        offers = [
            reseller.text(p, scene.pick(_BAD, tenant=bad), "transactional", end_user=bad, sender=reseller.numbers[1])
            for p in people
        ]
        seen = yield offers
        yield scene.wait(seconds=40)
        if seen[0].verdict in ("ALLOW", "FLAG"):
            yield Complaint(person=people[0])


@attack("B", within=timedelta(0))
def stopped_tenant_goes_on(scene: Scene) -> Course:
    """A tenant that was stopped sends on, while its neighbours must not notice."""
    reseller, (stopped, *others) = _reseller(scene, 8)
    scene.end_user(reseller, stopped := f"{stopped} (2)", status="stopped", reason="phishing", stopped_at=scene.now)
    for name in others:
        yield from scene.mailing(reseller, _CLEAN, "transactional", count=3, end_user=name, bystander=True, tenant=name)
        yield from scene.mailing(reseller, _BAD, "transactional", count=3, end_user=stopped, tenant=stopped)


@attack("B", within=timedelta(minutes=15))
def same_tenant_other_spelling(scene: Scene) -> Course:
    """A tenant that was stopped comes back under its own name, spelt otherwise."""
    reseller, _ = _reseller(scene, 3)
    name = scene.say("[Quick|Easy|Prime] [Loans|Parcels|Rewards] [Ltd|LLC|Inc]")
    scene.end_user(reseller, name, status="stopped", reason="phishing", stopped_at=scene.now)
    spellings = (name.upper(), name.replace(" ", "  "), f" {name}.", name.replace("o", "0"), name.replace(" ", "-"))
    for spelling in scene.chance.sample(spellings, 3):
        yield from scene.mailing(reseller, _BAD, "transactional", count=5, end_user=spelling, tenant=name)


@attack("B", within=timedelta(hours=24))
def same_tenant_new_name(scene: Scene) -> Course:
    """A tenant that was stopped signs up anew under another name and sends the same texts from the same numbers."""
    reseller, _ = _reseller(scene, 3)
    link = scene.link("account")
    text = scene.pick(_BAD, tenant="Customer care", link=link)
    people = scene.people(40)
    scene.consent(reseller, people)
    number = reseller.numbers[1]
    for person in people[:10]:
        yield reseller.text(person, text, "transactional", end_user="Old name", sender=number, counted=False)
    scene.end_user(reseller, "Old name", status="stopped", reason="phishing", stopped_at=scene.now)
    yield scene.wait(hours=3)
    scene.end_user(reseller, "New name", first_seen_at=scene.now, terms_accepted_at=scene.now)
    for person in people[10:]:
        yield reseller.text(person, text, "transactional", end_user="New name", sender=number)
        yield scene.wait(seconds=2)


@attack("B", within=timedelta(hours=1), leak=300, also=("6",))
def tenants_share_a_pool(scene: Scene) -> Course:
    """A reseller's tenants advertise from one pool of numbers, each to so few people that none is counted by itself;
    one in eight says stop. A share needs two hundred recipients, so the first of them hear it in any case."""
    reseller, names = _reseller(scene, 20)
    text = "{tenant}: [{percent}% off|two for one] [this week|until {day}]. Reply STOP to end"
    for _ in range(24):
        name = scene.chance.choice(names)
        people = scene.people(20)
        scene.consent(reseller, people)
        offers = [
            reseller.text(
                p,
                scene.say(text, tenant=name),
                "marketing",
                end_user=name,
                sender=scene.chance.choice(reseller.numbers),
            )
            for p in people
        ]
        seen = yield offers
        yield scene.wait(seconds=20)
        for offer, one in zip(offers, seen, strict=True):
            if one.verdict in ("ALLOW", "FLAG") and scene.chance.random() < 0.12:
                yield scene.answers(offer.recipient, offer, scene.say("[STOP|stop|unsubscribe|no more, please]"))


@attack("B", within=timedelta(hours=1), alarm=True)
def names_left_out(scene: Scene) -> Course:
    """A reseller leaves out for whom it sends, so that nobody can be held to account."""
    reseller, names = _reseller(scene, 5)
    yield from scene.mailing(reseller, _CLEAN, "transactional", count=60, tenant=names[0])


@lawful("B")
def clean_tenants(scene: Scene) -> Course:
    """A large reseller's tenants, each named and under the same terms, send what their customers wait for."""
    reseller, names = _reseller(scene, 25)
    for name in names:
        yield from scene.mailing(reseller, _CLEAN, "transactional", count=8, end_user=name, tenant=name)


@lawful("B")
def business_without_end_users(scene: Scene) -> Course:
    """A business that sends for itself names no end user, and need not."""
    shop = scene.customer()
    yield from scene.mailing(shop, _CLEAN, "transactional", count=120, tenant=shop.brand)
