"""People are warned of what they got and what is known by now to harm (rulebook 5.4).

The warning is a text of the operator's own account, by which codes go out too ([recipients] in the settings); without
one nobody can be warned by us, and the sender is told to do it. It says who sent the message and when, and not what was
in it. It is offered like any other message, as one for an emergency: who stopped the operator's messages gets none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row

from masstransit.carriage import codes
from masstransit.carriage.codes import Operator, brand_of
from masstransit.clock import Clock
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.sid import new_sid
from masstransit.storage import communications
from masstransit.storage.engine import Database

_TEXT: Mapping[str, str] = {
    "en": "{brand}: a message that {sender} sent you on {day} leads to something that harms. Do not open its link or "
    "file. If you did, have your device checked and change your passwords.",
    "es": "{brand}: un mensaje que {sender} le envió el {day} lleva a algo dañino. No abra su enlace ni su archivo. Si "
    "lo hizo, haga revisar su dispositivo y cambie sus contraseñas.",
    "fr": "{brand} : un message que {sender} vous a envoyé le {day} mène à quelque chose de nuisible. N'ouvrez ni son "
    "lien ni son fichier. Si vous l'avez fait, faites vérifier votre appareil et changez vos mots de passe.",
    "de": "{brand}: eine Nachricht, die {sender} Ihnen am {day} geschickt hat, führt zu etwas Schädlichem. Öffnen Sie "
    "weder Link noch Datei. Falls doch, lassen Sie Ihr Gerät prüfen und ändern Sie Ihre Passwörter.",
}
#: The language of most people with a number of these; of all others English.
_BY_PREFIX = {"+49": "de", "+43": "de", "+33": "fr", "+34": "es", "+52": "es", "+54": "es", "+56": "es", "+57": "es"}


class Warnings:
    """Warns people by text."""

    def __init__(self, exchange: codes.Door, database: Database, clock: Clock, operator: Operator | None) -> None:
        self._exchange = exchange
        self._database = database
        self._clock = clock
        self._operator = operator

    async def warn(self, messages: Sequence[tuple[str, str]]) -> int:
        """Warn those whom messages reached, by (account, sid); each of a message once, however often this is asked.
        Returns how many warnings were offered. Raises `StorageUnavailable`."""
        operator = self._operator
        if operator is None or not messages:
            return 0
        made = await self._database.read(lambda c: self._made(c, operator, messages))
        for each in made:
            await self._exchange.offer(each)
        return len(made)

    def _made(
        self, connection: Connection, operator: Operator, messages: Sequence[tuple[str, str]]
    ) -> list[Communication]:
        rows = communications.of_keys(connection, messages)
        own = brand_of(connection, operator.account)
        brands = {account: brand_of(connection, account) for account in {row.account for row in rows.values()}}
        reached = [(row, communications.read(row)) for row in rows.values() if row.sent_at is not None]
        return [
            self._warning(operator, own, brands[row.account], row, sent.recipient)
            for row, sent in reached
            if isinstance(sent.recipient, E164) and sent.direction is Direction.OUTBOUND
        ]

    def _warning(
        self, operator: Operator, own: str, brand: str, row: Row[tuple[object, ...]], to: E164
    ) -> Communication:
        language = next((tongue for prefix, tongue in _BY_PREFIX.items() if to.text.startswith(prefix)), "en")
        day = row.sent_at.date().isoformat()
        return Communication(
            id=new_sid("SM"),
            account=operator.account,
            kind=Kind.SMS,
            channel="warnings",
            sender=operator.sender,
            recipient=to,
            text=_TEXT[language].format(brand=own, sender=brand, day=day),
            at=self._clock.now(),
            purpose=Purpose.EMERGENCY,
            idempotency_key=f"warning/{row.sid}",
            principal=operator.account,
        )
