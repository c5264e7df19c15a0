"""Chooses and joins what mail is made of on its way out: the door, the outbox, the trunks, what comes back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from masstransit import config
from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.carriage.mailing.domains import MailDomains, SigningKeys
from masstransit.carriage.mailing.names import Names
from masstransit.carriage.mailing.notifying import Notifier
from masstransit.carriage.mailing.outbox import Intake, Outbox
from masstransit.carriage.mailing.outgoing import Dispatch, Routes
from masstransit.carriage.mailing.returned import Returned
from masstransit.carriage.mailing.unsubscribing import Unsubscribes
from masstransit.carriage.mailing.zone import Asks
from masstransit.carriage.optouts import OptOuts
from masstransit.certificates import certificate_of
from masstransit.channels.smtp.door import Door
from masstransit.channels.smtp.drop import MailDrop
from masstransit.channels.smtp.hop import HopSettings
from masstransit.channels.smtp.submission import Limits, Submission
from masstransit.channels.smtp.trunk import MailTrunkSettings, SmtpTrunk
from masstransit.ground import Ground


class WayOut(msgspec.Struct, frozen=True, kw_only=True):
    """The parts."""

    names: Names
    domains: MailDomains
    outbox: Outbox
    dispatch: Dispatch
    notifier: Notifier
    returned: Returned
    submission: Submission
    trunks: tuple[SmtpTrunk | MailDrop, ...]


def join(ground: Ground, files: Intake, maildrop: str = "") -> WayOut:
    """Choose and join them; `maildrop` is a folder into which mail goes that no server takes. Raises `ConfigError`."""
    settings, told = ground.settings, ground.settings.smtp_server
    name = told.name or settings.domain
    names = Names([config.endpoint(server, "[dns] servers") for server in settings.dns.servers])
    dispatch = Dispatch(
        database=ground.database,
        keys=ground.keys,
        clock=ground.clock,
        signing=SigningKeys(ground.database, ground.clock, ground.keys, ground.roots),
        routes=Routes(name=name, bounces=told.bounces),
    )
    dispatch.base_url = settings.base_url.rstrip("/")
    returned = Returned(
        database=ground.database, keys=ground.keys, roots=ground.roots, ledger=ground.ledger, clock=ground.clock
    )
    outbox = Outbox(exchange=ground.exchange, clock=ground.clock, intake=files)
    notifier = Notifier(
        database=ground.database, exchange=ground.exchange, clock=ground.clock, process=ground.process, name=name
    )
    ground.notices.listen(notifier.nudge)
    door = Door(
        exchange=ground.exchange,
        outbox=outbox,
        notices=ground.notices,
        database=ground.database,
        keys=ground.keys,
        clock=ground.clock,
    )
    limits = Limits(largest=told.largest, recipients=told.recipients, connections=told.connections, idle=told.idle)
    return WayOut(
        names=names,
        domains=MailDomains(
            database=ground.database,
            keys=ground.keys,
            clock=ground.clock,
            ledger=ground.ledger,
            names=names,
            asks=_asks(settings),
        ),
        outbox=outbox,
        dispatch=dispatch,
        notifier=notifier,
        returned=returned,
        submission=Submission(door, name=name, limits=limits, tls=certificate_of(settings.smtp_server, "smtp_server")),
        trunks=(
            *(
                _trunk(each, name, names, dispatch, returned)
                for each in settings.trunk
                if isinstance(each, config.SmtpTrunkSettings)
            ),
            *([MailDrop(Path(maildrop), dispatch)] if maildrop else []),
        ),
    )


def _asks(settings: config.Settings) -> Asks:
    """What domains are to publish: reports go where other servers' mail is taken."""
    told = settings.smtp_server
    taken = bool(told.bounces and settings.mail_in.listen)
    return Asks(spf=told.spf, reports=f"dmarc@{told.bounces}" if taken else "", bounces=told.bounces)


def unsubscribes(ground: Ground, optouts: OptOuts, arrivals: CarrierArrivals) -> Unsubscribes:
    """Who takes them; joined once carriage hears people."""
    return Unsubscribes(
        database=ground.database, keys=ground.keys, clock=ground.clock, optouts=optouts, arrivals=arrivals
    )


def _trunk(
    each: config.SmtpTrunkSettings, name: str, names: Names, dispatch: Dispatch, returned: Returned
) -> SmtpTrunk:
    same = ("port", "starttls", "authority", "user", "password", "timeout")
    told = MailTrunkSettings(
        name=each.name,
        host=each.host,
        allow_private=each.allow_private,
        window=each.window,
        price=Decimal(each.price) if each.price else None,
        hop=HopSettings(name=name, **{field: getattr(each, field) for field in same}),
    )
    return SmtpTrunk(told, names=names, letters=dispatch, dead=returned)
