"""Clause 5: links and files that bring harmful code."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course, Wait
from masstransit.drills.drill import attack, lawful
from masstransit.drills.enclosures import (
    File,
    card,
    closed_archive,
    disguised_program,
    document,
    picture,
    script,
    smuggling_page,
)
from masstransit.drills.scene import Scene
from masstransit.drills.wording import NAMES

_PARCELS = (
    "Your parcel [could not be delivered|is waiting]. [Install|Download] our tracking app: {file}",
    "[DHL|Parcel service]: {name}, [track|reschedule] your delivery with the [new|updated] app {file}",
    "Ihr Paket {order} [kommt heute|wartet]. App [laden|installieren]: {file}",
    "Su paquete no pudo ser entregado. [Instale|Descargue] la aplicación: {file}",
    "Votre colis {order} est en attente. [Installez|Téléchargez] l'application : {file}",
)
_VOICEMAILS = (
    "You have [1|2|3] new voicemail[s|]. [Listen|Play] here: {file}",
    "Missed call. [The caller|Someone] left you a [message|video]: {file}",
    "[Is this you in the video?|Someone shared your album]: {file}",
)
_UPDATES = (
    "Your [Flash|browser|Android] is [out of date|infected]. [Update|Clean] now: {file}",
    "Security alert: [3|5] viruses found on your phone. [Remove|Scan] them: {file}",
    "Your bank app stops working on {day}. [Install|Get] the [new|secure] version: {file}",
)
_ENCLOSED = (
    "{brand}: [your invoice|the receipt of your order {order}] is attached.",
    "{brand}: [here is|we attach] what you asked for, {name}.",
    "{brand}: order {order}, see the [file|attachment].",
)
_ENDINGS = ("apk", "apk", "exe", "scr", "jar", "ipa", "zip", "iso", "vbs")


@attack("5", within=timedelta(minutes=15), bulk=True, also=("10",))
def parcel_app(scene: Scene) -> Course:
    """A text about a parcel asks to install an app from a link."""
    sender = scene.customer(days=5)
    yield from scene.mailing(
        sender, _PARCELS, "transactional", count=80, a_second=4, file=lambda: _file(scene, "parcel", "track")
    )


@attack("5", within=timedelta(minutes=15), bulk=True, also=("10",))
def voicemail_that_installs(scene: Scene) -> Course:
    """A hijacked customer's numbers send word of a voicemail behind a program."""
    victim = scene.customer()
    yield from scene.mailing(
        victim, _VOICEMAILS, "transactional", count=80, a_second=4, file=lambda: _file(scene, "voicemail", "vm")
    )


@attack("5", within=timedelta(minutes=15), bulk=True, also=("10",))
def fake_update_in_disguise(scene: Scene) -> Course:
    """A fake update is pushed, its words and links disguised."""
    sender = scene.customer(days=5)
    yield from scene.mailing(
        sender,
        _UPDATES,
        "transactional",
        count=80,
        a_second=4,
        disguised=0.8,
        file=lambda: _file(scene, "update", "app"),
    )


@attack("5")
def programs_in_disguise(scene: Scene) -> Course:
    """Programs that look like documents and photographs come as files."""
    sender = scene.customer(days=5)
    yield from scene.mailing(
        sender, _ENCLOSED, "transactional", count=8, a_second=4, enclosed=lambda: disguised_program(scene.chance)
    )


@attack("5")
def scripts_that_fetch_programs(scene: Scene) -> Course:
    """A hijacked customer's numbers send scripts in archives, and pages that build a file in the browser."""
    victim = scene.customer()
    made = (script, smuggling_page)
    yield from scene.mailing(
        victim,
        _ENCLOSED,
        "transactional",
        count=8,
        a_second=4,
        enclosed=lambda: scene.chance.choice(made)(scene.chance),
    )


@attack("5")
def archives_that_nobody_can_open(scene: Scene) -> Course:
    """Archives of a kind that no scanner reads, and such as swell without end."""
    sender = scene.customer(days=5)
    yield from scene.mailing(
        sender, _ENCLOSED, "transactional", count=6, a_second=4, enclosed=lambda: closed_archive(scene.chance)
    )


@attack("5", also=("B",))
def broken_into_again_and_again(scene: Scene) -> Course:
    """A broken-into customer sends one program after another; then files in which nobody sees anything yet."""
    victim = scene.customer()
    for _ in range(2):
        yield from scene.mailing(
            victim, _ENCLOSED, "transactional", count=1, a_second=4, enclosed=lambda: disguised_program(scene.chance)
        )
        yield Wait(90.0)
    yield from scene.mailing(victim, _ENCLOSED, "transactional", count=5, a_second=4,
                             enclosed=lambda: document(scene.chance, "Run what is attached"))  # fmt: skip


@lawful("5")
def documents_and_pictures_as_files(scene: Scene) -> Course:
    """Invoices as PDF, photographs and cards come as files."""
    shop = scene.customer()

    def drawn() -> File:
        what = scene.chance.choice(("picture", "document", "document", "card"))
        if what == "picture":
            return picture(scene.chance)
        return (
            card(scene.chance.choice(NAMES)) if what == "card" else document(scene.chance, f"Thank you, {shop.brand}")
        )

    yield from scene.mailing(shop, _ENCLOSED, "transactional", count=15, a_second=10, enclosed=drawn)


@lawful("5")
def devices_enrolled(scene: Scene) -> Course:
    """An employer asks its people to enrol their phones, and tells where its app is in the store."""
    employer = scene.customer(use_case="ACCOUNT_NOTIFICATION", brand="Dunmore IT")
    texts = (
        "{brand}: enrol your new phone by {day}: {link}. [Questions?|Help:] extension {digits}",
        "{brand}: the time sheet app is in the [App Store|Play Store]. Log in with your work account.",
        "{brand}: your [laptop|phone] installs updates tonight. Leave it plugged in.",
    )
    yield from scene.mailing(employer, texts, "transactional", count=150)


@lawful("5")
def invoices_as_documents(scene: Scene) -> Course:
    """Invoices, statements and results as documents behind the sender's own links."""
    shop = scene.customer()
    texts = (
        "{brand}: invoice {order} over {amount}: {file}", "{brand}: your [warranty|manual] for {order}: {file}",
        "Votre facture {brand} : {file}", "{brand}: your payslip is ready. The password is your birth date. {file}",
    )  # fmt: skip
    yield from scene.mailing(
        shop,
        texts,
        "transactional",
        count=150,
        file=lambda: f"{scene.home(shop)}.{scene.chance.choice(('pdf', 'pdf', 'docx'))}",
    )


def _file(scene: Scene, *words: str) -> str:
    return f"{scene.link(scene.chance.choice(words))}.{scene.chance.choice(_ENDINGS)}"
