"""Clause 18: sending as somebody else."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_BEFORE_SENDING = timedelta(0)
_NOTICES = (
    "{brand}: your [order|request] {order} is [ready|in progress].",
    "{name}, {brand} has a message for you: call us by {time}.",
)
_TO_BRITAIN = ("{brand}: your parcel {order} comes {day}. Not wanted? Opt out at {link}",)


@attack("18", within=_BEFORE_SENDING)
def neighbours_number(scene: Scene) -> Course:
    """Each person is written to from a number that looks like their own and belongs to nobody here."""
    spoofer = scene.customer(days=5)
    people = scene.people(40)
    scene.consent(spoofer, people)
    for person in people:
        spoofed = f"{person[:-2]}{scene.chance.randrange(100):02d}"
        yield spoofer.text(person, scene.pick(_NOTICES), "transactional", sender=spoofed)
        yield scene.wait(seconds=1)


@attack("18", within=_BEFORE_SENDING)
def somebody_elses_number(scene: Scene) -> Course:
    """A customer sends from a number of another customer."""
    victim, spoofer = scene.customer(numbers=2), scene.customer(days=30)
    yield from scene.mailing(spoofer, _NOTICES, "transactional", count=30, senders=victim.numbers)


@attack("18", within=_BEFORE_SENDING)
def hotline_that_only_receives(scene: Scene) -> Course:
    """A number of the tax office's hotline, which never calls anybody, is the sender."""
    spoofer = scene.customer(days=30)
    hotline = scene.number(spoofer.account, spoofer.campaign)
    yield scene.on_record("never_originate", number=hotline, source="registry of the tax office", listed_at=scene.now)
    yield scene.wait(seconds=5)
    yield from scene.mailing(spoofer, _NOTICES, "transactional", count=30, senders=(hotline,), brand="Tax Office")


@attack("18", within=_BEFORE_SENDING)
def name_of_a_brand(scene: Scene) -> Course:
    """Texts go out under a name that looks like a bank's, registered by somebody who is not that bank."""
    scene.customer(brand="Marlow Bank")
    spoofer = scene.customer(days=10)
    for name in ("MarlowBank", "Mar1owBank", "MARLOWBANK", "Marl0wBank"):
        scene.pending.append(
            scene.on_record("alpha_senders", account=spoofer.account, sender=name, service="MG1", status="registered",
                            created_at=scene.now)
        )  # fmt: skip
        for _ in range(5):
            person = scene.briton()
            yield spoofer.text(person, scene.pick(_TO_BRITAIN), "transactional", sender=name)


@attack("18", within=_BEFORE_SENDING)
def name_nobody_approved(scene: Scene) -> Course:
    """Texts go out under names that were never registered, or whose registration waits."""
    spoofer = scene.customer(days=10)
    scene.pending.append(
        scene.on_record("alpha_senders", account=spoofer.account, sender="Pending", service="MG1", status="pending",
                        created_at=scene.now)
    )  # fmt: skip
    for name in ("Pending", "Postal", "TaxOffice", "Support") * 5:
        yield spoofer.text(scene.briton(), scene.pick(_TO_BRITAIN), "transactional", sender=name)


@attack("18", within=_BEFORE_SENDING)
def number_without_proof(scene: Scene) -> Course:
    """A number that somebody brought along is used before anything shows that it is theirs."""
    bringer = scene.customer(number={"state": "hosted-pending"})
    yield from scene.mailing(bringer, _NOTICES, "transactional", count=30)


@attack("18", within=_BEFORE_SENDING)
def numbers_that_cannot_be(scene: Scene) -> Course:
    """Senders that no numbering plan has."""
    spoofer = scene.customer(days=10)
    people = scene.people(20)
    scene.consent(spoofer, people)
    for person in people:
        yield spoofer.text(person, scene.pick(_NOTICES), "transactional",
                           sender=scene.chance.choice(("+12125110100", "+10005550100", "+14159110100")))  # fmt: skip


@lawful("18")
def branches_and_their_owner(scene: Scene) -> Course:
    """A branch sends from the number of the business that owns it."""
    owner = scene.customer(numbers=2)
    branch = scene.customer(parent=owner, brand=owner.brand, use_case="")
    people = scene.people(120)
    scene.consent(owner, people)
    yield from scene.paced(
        (
            branch.text(p, scene.pick(_NOTICES, brand=owner.brand), "transactional", sender=owner.numbers[0])
            for p in people
        ),
        a_second=25,
    )


@lawful("18")
def call_centre_with_a_letter(scene: Scene) -> Course:
    """A call centre sends from a client's number, which it was proven to be allowed to use."""
    centre = scene.customer(number={"attrs": {"letter_of_authorization": "on file"}})
    yield from scene.mailing(centre, _NOTICES, "transactional", count=120, brand="Iris Point Clinic")


@lawful("18")
def own_name_abroad(scene: Scene) -> Course:
    """A business writes to Britons under its own registered name."""
    shop = scene.customer(brand="Larkspur", campaign={"attrs": {"unstated_purpose": "transactional"}})
    scene.pending.append(
        scene.on_record("alpha_senders", account=shop.account, sender="Larkspur", service="MG1", status="registered",
                        created_at=scene.now)
    )  # fmt: skip
    people = sorted({scene.briton() for _ in range(150)})
    scene.consent(shop, people, "transactional", kind="express")
    yield from scene.paced(
        (shop.text(p, scene.pick(_TO_BRITAIN, brand="Larkspur"), "transactional", sender="Larkspur") for p in people),
        10,
    )


@lawful("18")
def names_alike_by_chance(scene: Scene) -> Course:
    """Two small shops happen to have names alike, and both send from their own numbers."""
    for brand in ("Plumtree", "Plum Tree"):
        shop = scene.customer(brand=brand)
        yield from scene.mailing(shop, _NOTICES, "transactional", count=60)
