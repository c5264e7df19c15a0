"""Clause 11: health information of a covered entity that signed no business associate agreement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_RESULTS = (
    (
        "{name} {last}, MRN {order}: your [HbA1c|HIV test|biopsy|PSA] result is "
        "[positive|7.9|abnormal]. Call Dr. {doctor}."
    ),
    (
        "Lab report for {name} {last}, DOB {dob}: [hepatitis C detected|chlamydia positive|TSH 9.1]. "
        "Start treatment {day}."
    ),
    "Patient {name} {last} ({dob}): [MRI shows a mass|pregnancy confirmed|biopsy malignant]. Follow-up {day} {time}.",
)
_DENTIST = (
    (
        "{name} {last}, your [root canal|extraction] for the abscess on {day}: take "
        "[amoxicillin|clindamycin] from today. Dr. {doctor}"
    ),
    (
        "Dr. {doctor}'s office: {name} {last}, your [insurance denied|Medicaid covers] the "
        "periodontitis treatment, member {order}."
    ),
)
_REFILLS = (
    "{name} {last}: your [sertraline|metformin|Truvada|lithium] refill for {illness} is ready. Rx {order}.",
    "Rx {order} for {name} {last}, DOB {dob}: [insulin|methadone|Xanax] dose changed for {illness}.",
)
_LAST = ("Alvarez", "Brandt", "Chen", "Diallo", "Evans", "Fischer", "Gupta", "Haddad")
_ILLNESS = ("depression", "diabetes", "HIV", "bipolar disorder", "epilepsy", "anxiety")


@attack("11", within=timedelta(minutes=5), bulk=True)
def lab_results_without_agreement(scene: Scene) -> Course:
    """A laboratory that signed nothing texts results with names, record numbers and birthdays."""
    lab = scene.customer(brand="Eastern Labs", vertical="HEALTHCARE")
    yield from scene.mailing(lab, _RESULTS, "transactional", count=60, a_second=1, **_slots(scene))


@attack("11", within=timedelta(hours=24), bulk=True)
def dentist_without_agreement(scene: Scene) -> Course:
    """A dentist that signed nothing texts diagnoses and insurance numbers."""
    dentist = scene.customer(brand="Mill Road Dental", vertical="HEALTHCARE")
    yield from scene.mailing(dentist, _DENTIST, "transactional", count=60, a_second=1, **_slots(scene))


@attack("11", within=timedelta(hours=24), bulk=True)
def records_vendor_resells(scene: Scene) -> Course:
    """A vendor of patient records sends prescriptions through a subaccount; neither of them signed anything."""
    vendor = scene.customer(brand="Chartwell Records", attrs={"reseller": True})
    practice = scene.customer(parent=vendor, brand="Hill Practice", vertical="HEALTHCARE")
    people = scene.people(60)
    scene.consent(vendor, people)
    slots = _slots(scene)
    yield from scene.paced(
        (
            practice.text(p, scene.pick(_REFILLS, **{name: draw() for name, draw in slots.items()}), "transactional")
            for p in people
        ),
        a_second=1,
    )


@lawful("11")
def reminders_under_agreement(scene: Scene) -> Course:
    """A clinic that signed reminds its patients, and says no more than it must."""
    clinic = scene.customer(brand="Iris Point Clinic", vertical="HEALTHCARE", baa=True)
    texts = (
        "{brand}: your appointment is {day} at {time}. Reply C to confirm.",
        "{name}, please call {brand} about your visit.",
        "{brand}: your test results are in the portal. Log in as usual.",
    )  # fmt: skip
    yield from scene.mailing(clinic, texts, "transactional", count=150)


@lawful("11")
def pharmacy_refills(scene: Scene) -> Course:
    """A pharmacy that signed tells people who asked for it that their refill is ready."""
    pharmacy = scene.customer(brand="Plumtree Pharmacy", vertical="HEALTHCARE", baa=True)
    texts = (
        "{brand}: your prescription {order} is ready [at {street}|until {day}].",
        "{brand}: [a refill is due|Rx {order} has 1 refill left]. Reply R to refill.",
        "{brand}: your [flu shot|vaccine] appointment is {day} {time}.",
    )
    yield from scene.mailing(pharmacy, texts, "transactional", count=150)


@lawful("11")
def vets_and_gyms(scene: Scene) -> Course:
    """Vets, gyms and a wellness shop, none of which this law covers."""
    vet = scene.customer(brand="Paws & Claws Vet")
    pets = (
        "{brand}: Bella's [blood test|X-ray] is back: [mild anemia|no fracture]. Call us before {time}.",
        "{brand}: Max is due for his [rabies shot|dental cleaning] on {day}.",
    )
    yield from scene.mailing(vet, pets, "transactional", count=100)
    gym = scene.customer(brand="Kestrel Fitness")
    fit = ("{brand}: [yoga|back pain class] {day} {time}. Sleep well, stress less! STOP to end",
           "{name}, you burned {digits} kcal this week. Your resting pulse is down!")  # fmt: skip
    yield from scene.mailing(gym, fit, "transactional", count=100)


def _slots(scene: Scene) -> dict[str, Any]:
    return {
        "last": lambda: scene.chance.choice(_LAST),
        "doctor": lambda: scene.chance.choice(_LAST),
        "illness": lambda: scene.chance.choice(_ILLNESS),
        "dob": lambda: (
            f"{scene.chance.randint(1, 12):02d}/{scene.chance.randint(1, 28):02d}/{scene.chance.randint(1935, 2005)}"
        ),
    }
