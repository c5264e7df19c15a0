"""Chooses and joins what takes mail of other servers: the door, who looks at it, and who sorts it."""

from __future__ import annotations

from email.message import Message

import msgspec

from masstransit import config
from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.carriage.complaints import Complaints
from masstransit.carriage.mailing.returned import Returned
from masstransit.carriage.mailing.unsubscribing import Unsubscribes
from masstransit.carriage.mailroom.sorting import Mailroom
from masstransit.carriage.mailroom.values import Complaint
from masstransit.certificates import certificate_of
from masstransit.channels.arf import report
from masstransit.channels.smtp.authentication import Authenticator
from masstransit.channels.smtp.exchanger import Exchanger, Limits, Readers
from masstransit.channels.smtp.names import resolver_at
from masstransit.channels.smtp.parts import mailboxes, opened
from masstransit.errors import BadInput
from masstransit.ground import Ground


class Hearers(msgspec.Struct, frozen=True, kw_only=True):
    """Who hears of mail that arrives, by what it is."""

    arrivals: CarrierArrivals
    complaints: Complaints
    returned: Returned
    unsubscribes: Unsubscribes


def join(ground: Ground, hearers: Hearers) -> Exchanger | None:
    """Choose and join them; None: no mail of others is taken. Raises `ConfigError`."""
    settings, told = ground.settings, ground.settings.mail_in
    if not told.listen:
        return None
    mailroom = Mailroom(
        database=ground.database,
        keys=ground.keys,
        clock=ground.clock,
        arrivals=hearers.arrivals,
        complaints=hearers.complaints,
        returned=hearers.returned,
        unsubscribes=hearers.unsubscribes,
        domain=settings.smtp_server.bounces,
    )
    servers = [config.endpoint(server, "[dns] servers") for server in settings.dns.servers]
    return Exchanger(
        mailroom,
        Authenticator(resolver_at(servers)),
        Readers(complaint),
        ground.clock,
        name=settings.smtp_server.name or settings.domain,
        limits=Limits(
            largest=told.largest,
            connections=told.connections,
            a_client=told.a_client,
            a_minute=told.a_minute,
            idle=told.idle,
        ),
        in_front=told.in_front,
        tls=certificate_of(told, "mail_in"),
    )


def complaint(mail: bytes) -> Complaint | None:
    """What a feedback loop's mail complains of; None: it is no complaint. One that knows nothing of RFC 5965 complains
    of the mail that is attached to it."""
    whole, parts = opened(mail)
    try:
        told = report.told(mail, "")
    except BadInput:
        if any(part.get("Feedback-Type") for part in parts) or not _has_mail(parts):
            return None
        return Complaint(type="abuse", reporter=_reporter(whole), reference=str(whole.get("Message-ID", ""))[:128])
    return Complaint(type=told.type, reporter=_reporter(whole), reference=told.reference[:128], at=told.at)


def _has_mail(parts: list[Message]) -> bool:
    return any(part.get_content_type() in {"message/rfc822", "text/rfc822-headers"} for part in parts)


def _reporter(whole: Message) -> str:
    """The domain of who reports."""
    shown = mailboxes(whole, "From")
    return (shown[0][1].rpartition("@")[2] if shown else "")[:64].lower() or "unknown"
