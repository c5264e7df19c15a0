"""What people in a room are asked before it is recorded, in their language: shown whole, and answered by a button."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from masstransit.carriage.recording import Announcement
from masstransit.errors import BadInput
from masstransit.model.change import Act

AGREE, DECLINE = "1", "2"

_RECORD: Mapping[str, str] = {
    "en": (
        "What is said and shown in this room is to be recorded: the sound and picture of everybody in it. Nothing of "
        "yours is kept unless you agree. If you do not, the meeting goes on without being recorded."
    ),
    "es": (
        "Lo que se dice y se muestra en esta sala se va a grabar: el sonido y la imagen de todos los presentes. No se "
        "guarda nada suyo si usted no acepta. Si no acepta, la reunión sigue sin grabarse."
    ),
    "fr": (
        "Ce qui est dit et montré dans cette salle doit être enregistré : le son et l'image de tous les participants. "
        "Rien de vous n'est conservé sans votre accord. Sans lui, la réunion continue sans enregistrement."
    ),
    "de": (
        "Was in diesem Raum gesagt und gezeigt wird, soll aufgezeichnet werden: Ton und Bild von allen. Von Ihnen "
        "wird nichts aufbewahrt, wenn Sie nicht zustimmen. Ohne Ihre Zustimmung geht das Gespräch ohne Aufzeichnung "
        "weiter."
    ),
}


def about(acts: frozenset[Act], language: str) -> Announcement:
    """What there is to be shown about these acts. Raises `BadInput`."""
    if acts != {Act.RECORD}:
        named = ", ".join(sorted(act.value for act in acts))
        raise BadInput(f"people in a room are asked about recording, and not about: {named}")
    known = language if language in _RECORD else "en"
    text = _RECORD[known]
    return Announcement(
        language=known,
        acts=(Act.RECORD,),
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        agree=AGREE,
        decline=DECLINE,
    )
