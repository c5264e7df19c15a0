"""The opt-out machinery: every message from a person is heard here before the customer hears it.

A STOP is on record, durably and for the whole brand, before `hear` returns. The first one is confirmed, once; HELP is
answered even to strangers; START ends an opt-out and invents no consent. The answers are exempt from the policy, so
their words are ours and hold no advertising; only a HELP answer may be the campaign's own, as it was registered.

Who can't answer, because the sender is a name, or does not want to, says the same on the recipients' page (`Wish`): the
row that comes of it is the one that a STOP makes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.consent import Roots
from masstransit.facts.revocation import AFFIRMATIVE, EVERYTHING, Intent, IntentKind, Keywords, intent
from masstransit.ledger import Ledger
from masstransit.model.communication import Communication, Direction, Exemption, Kind
from masstransit.model.sid import new_sid
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.optouts")

_STOPS = (IntentKind.STOP, IntentKind.STOP_MARKETING, IntentKind.STOP_PERSON)
_ON_THE_PAGE = "recipients' page"
_LONGEST_HELP = 480  # characters: three segments

_STOPPED = {
    "en": "{brand}: you are unsubscribed and will get no more messages. Reply START to get them again.",
    "es": "{brand}: su baja está hecha y no recibirá más mensajes. Responda START para volver a recibirlos.",
    "fr": "{brand} : vous êtes désabonné et ne recevrez plus de messages. Répondez START pour en recevoir à nouveau.",
    "de": "{brand}: Sie sind abgemeldet und erhalten keine Nachrichten mehr. START meldet Sie wieder an.",
    "pt": "{brand}: sua inscrição foi cancelada e não haverá mais mensagens. Responda START para voltar a recebê-las.",
}
_NO_ADVERTISING = {
    "en": "{brand}: you will get no more advertising. Reply START to get it again, STOP to end all messages.",
    "es": "{brand}: no recibirá más publicidad. Responda START para recibirla de nuevo, STOP para no recibir nada.",
    "fr": "{brand} : vous ne recevrez plus de publicité. Répondez START pour en recevoir, STOP pour ne rien recevoir.",
    "de": "{brand}: Sie erhalten keine Werbung mehr. START meldet Sie wieder an, STOP beendet alle Nachrichten.",
    "pt": "{brand}: não haverá mais publicidade. Responda START para recebê-la de novo, STOP para não receber nada.",
}
_RESTORED = {
    "en": "{brand}: you will get messages again. Reply HELP for help, STOP to end.",
    "es": "{brand}: volverá a recibir mensajes. Responda HELP para ayuda, STOP para terminar.",
    "fr": "{brand} : vous recevrez de nouveau des messages. Répondez HELP pour de l'aide, STOP pour arrêter.",
    "de": "{brand}: Sie erhalten wieder Nachrichten. HELP hilft, STOP beendet sie.",
    "pt": "{brand}: você voltará a receber mensagens. Responda HELP para ajuda, STOP para parar.",
}
_HELP = {
    "en": "{brand}: messages from this number are sent by {brand}. Msg&data rates may apply. Reply STOP to end.",
    "es": "{brand}: este número es de {brand}. Pueden aplicarse tarifas. Responda STOP para terminar.",
    "fr": "{brand} : ce numéro est celui de {brand}. Des frais peuvent s'appliquer. Répondez STOP pour arrêter.",
    "de": "{brand}: Diese Nummer gehört {brand}. STOP beendet die Nachrichten.",
    "pt": "{brand}: este número é de {brand}. Podem aplicar-se tarifas. Responda STOP para parar.",
}


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood and done, and what remains to be sent."""

    intent: Intent
    replies: tuple[Communication, ...] = ()  #: exempt; the exchange sends them
    opt_out_type: str | None = (
        None  #: "STOP" | "START" | "HELP": the SDKs' OptOutType, pushed to the customer's webhook
    )
    opted_out: bool = False  #: an opt-out came into force: an outcome
    exemption: Exemption | None = None  #: of the person's message itself: a STOP is always delivered


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person who proved that a number is theirs says of a brand, on the recipients' page."""

    account: str  #: any account of the brand
    person: str
    masked: str
    kind: IntentKind  #: STOP, STOP_MARKETING, STOP_PERSON or START
    end_user: str = ""  #: with STOP_PERSON: this end user of the brand alone
    via: str = ""  #: the sender that it is about
    said: str = _ON_THE_PAGE
    channel: str = "web"  #: how it was said


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """A person's message with what is needed to obey and answer it."""

    inbound: Communication
    intent: Intent
    root: str
    person: str
    brand: str
    registered: Mapping[str, Any]  #: the campaign's attributes
    now: datetime

    def row(self) -> dict[str, Any]:
        """The opt-out that it may be."""
        return {
            "account": self.root,
            "person": self.person,
            "since": self.inbound.at,
            "said": self.intent.said[:64],
            "via": self.inbound.recipient.text,
            "channel": (self.inbound.kind.name or "sms").lower(),
            "masked": self.inbound.sender.masked,
        }


class OptOuts:
    """Hears people's messages for stop, start and help."""

    def __init__(self, *, database: Database, keys: Keys, roots: Roots, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._roots = roots
        self._ledger = ledger
        self._clock = clock

    async def hear(self, inbound: Communication) -> Heard:
        """Understand a person's message and do what it asks. Raises `StorageUnavailable`: then nothing was done, and
        the carrier must bring it again."""
        heard = await self._database.write(lambda connection: self._obey(connection, inbound))
        if heard.intent.kind is not IntentKind.NONE:
            log.info("%s wrote %s to %s", inbound.sender.masked, heard.intent.kind.value, inbound.recipient.masked)
        return heard

    async def wish(self, wish: Wish) -> bool:
        """Do what a person asked for on the page; it is in force when this returns. False: a START that had nothing to
        end. Nothing is sent: the page confirms it. Raises `StorageUnavailable`."""
        done = await self._database.write(lambda connection: self._grant(connection, wish))
        log.info("%s asked for %s: %s", wish.masked, wish.kind.value, wish.said)
        return done

    def _grant(self, connection: Connection, wish: Wish) -> bool:
        self._roots.learn(connection, {wish.account})
        root, now = self._roots.of(wish.account), self._clock.now()
        if wish.kind is IntentKind.START:
            return consents.restore(connection, self._ledger, root, wish.person, now, said=wish.said)
        about = {"account": root, "person": wish.person, "since": now}
        if not wish.end_user:
            told = {"said": wish.said[:64], "via": wish.via, "channel": wish.channel, "masked": wish.masked}
            scope = "marketing" if wish.kind is IntentKind.STOP_MARKETING else "everything"
            consents.opt_out(connection, self._ledger, [about | told | {"scope": scope}], now)
        if wish.kind is IntentKind.STOP_PERSON:
            left_alone = about | {"end_user": wish.end_user, "reason": wish.said}
            consents.block(connection, self._ledger, [left_alone], now)
        return True

    def _obey(self, connection: Connection, inbound: Communication) -> Heard:
        """All of it in one transaction: what is answered was done."""
        told = self._told(connection, inbound)
        if told.intent.kind in _STOPS:
            return self._stop(connection, told)
        if told.intent.kind is IntentKind.START and self._start(connection, told):
            replies = _answer(told, _RESTORED, Exemption.OPT_OUT_CONFIRMATION)
            return Heard(intent=told.intent, replies=replies, opt_out_type="START")
        if told.intent.kind is IntentKind.UNCLEAR:
            row = told.row() | {"scope": "marketing", "said": f"unclear: {told.intent.said}"[:64]}
            consents.opt_out(connection, self._ledger, [row], told.now)
        consents.wrote(connection, told.root, told.person, inbound.sender.masked, inbound.at)
        if told.intent.kind is IntentKind.HELP:
            return Heard(intent=told.intent, replies=_help(told), opt_out_type="HELP")
        return Heard(intent=told.intent)

    def _told(self, connection: Connection, inbound: Communication) -> _Told:
        self._roots.learn(connection, {inbound.account})
        root = self._roots.of(inbound.account)
        brand, registered = consents.voice_of(connection, inbound.account, root, inbound.campaign)
        return _Told(
            inbound=inbound,
            intent=intent(inbound.text, context=_keywords(registered)),
            root=root,
            person=self._keys.person(inbound.sender.text),
            brand=brand or inbound.recipient.text,
            registered=registered,
            now=self._clock.now(),
        )

    def _stop(self, connection: Connection, told: _Told) -> Heard:
        """The opt-out in force, a block where they asked for one, and the confirmation if none went out before."""
        marketing = told.intent.kind is IntentKind.STOP_MARKETING
        row = told.row() | {"scope": scope_of(told.intent)}
        consents.opt_out(connection, self._ledger, [row], told.now)
        if told.intent.kind is IntentKind.STOP_PERSON:
            left_alone = {"account": told.root, "person": told.person, "since": told.inbound.at}
            consents.block(connection, self._ledger, [left_alone | {"reason": told.intent.said}], told.now)
        first = consents.confirm(connection, told.root, told.person, told.now)
        texts = _NO_ADVERTISING if marketing else _STOPPED
        return Heard(
            intent=told.intent,
            replies=_answer(told, texts, Exemption.OPT_OUT_CONFIRMATION) if first else (),
            opt_out_type="STOP",
            opted_out=True,
            exemption=Exemption.RECIPIENT_STOP,
        )

    def _start(self, connection: Connection, told: _Told) -> bool:
        """End the opt-out. A mere yes ends only one under which nothing was sent: else it answers something else."""
        if told.intent.said in AFFIRMATIVE:
            in_force = consents.opt_outs_of(connection, [told.root], [told.person])
            if not in_force or in_force[0].scope != "all":
                return False
        return consents.restore(connection, self._ledger, told.root, told.person, told.now, said=told.intent.said)


def scope_of(intent: Intent) -> str:
    """How far a STOP goes. Silence about it means all that comes by this way (rulebook 7.4)."""
    if intent.kind is IntentKind.STOP_MARKETING:
        return "marketing"
    return "everything" if intent.kind is IntentKind.STOP_PERSON or intent.said in EVERYTHING else "all"


def _keywords(registered: Mapping[str, Any]) -> Keywords:
    """A campaign's own keywords, as its registration lists them."""
    return Keywords(
        stop=tuple(registered.get("opt_out_keywords") or ()),
        start=tuple(registered.get("opt_in_keywords") or ()),
        help=tuple(registered.get("help_keywords") or ()),
    )


def _help(told: _Told) -> tuple[Communication, ...]:
    """The campaign's own words where it registered some, cut to a bearable length."""
    own = str(told.registered.get("help_message") or "")[:_LONGEST_HELP]
    texts = {"en": own.replace("{", "{{").replace("}", "}}")} if own else _HELP
    return _answer(told, texts, Exemption.HELP_REPLY)


def _answer(told: _Told, texts: Mapping[str, str], exemption: Exemption) -> tuple[Communication, ...]:
    """An exempt reply from the number that was written to, in the language that was written in."""
    inbound = told.inbound
    reply = Communication(
        id=new_sid("SM"),
        account=inbound.account,
        kind=Kind.SMS,
        direction=Direction.OUTBOUND,
        channel="keyword",
        sender=inbound.recipient,
        recipient=inbound.sender,
        text=texts.get(told.intent.language, texts["en"]).format(brand=told.brand),
        at=told.now,
        campaign=inbound.campaign,
        service=inbound.service,
        idempotency_key=f"answer/{inbound.id}",
        exemption=exemption,
    )
    return (reply,)
