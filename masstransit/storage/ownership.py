"""To whom a number belongs: for what goes out (its campaign) and for what comes in (its owner and their webhook)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, case, or_, select

from masstransit.storage.dialects import either
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import applications, binds, campaigns, mailboxes, numbers, services

_CAMPAIGNS_OF = Lookup(
    select(numbers.c.account, numbers.c.number, campaigns.c.sid, campaigns.c.use_case, campaigns.c.attrs)
    .join(campaigns, and_(campaigns.c.account == numbers.c.account, campaigns.c.sid == numbers.c.campaign))
    .where(either((numbers.c.account, numbers.c.number), "keys"))
)


def campaigns_of(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Row[*tuple[Any, ...]]]:
    """(account, sender) -> `sid`, `use_case` and `attrs` of its campaign, for senders that are in one."""
    return {(row.account, row.number): row for row in _CAMPAIGNS_OF.rows(connection, keys=keys)}


def owner_of(connection: Connection, number: str) -> Row[*tuple[Any, ...]] | None:
    """The account that has a number, with its campaign, its service, and where they want to hear of messages."""
    return connection.execute(
        select(
            numbers.c.account,
            numbers.c.campaign,
            numbers.c.service,
            numbers.c.sms_url,
            numbers.c.sms_method,
            numbers.c.sms_fallback_url,
            services.c.inbound_request_url.label("service_url"),
            services.c.inbound_method.label("service_method"),
            services.c.fallback_url.label("service_fallback"),
            services.c.number_webhooks,
            applications.c.sid.label("application"),
            applications.c.sms_url.label("application_url"),
            applications.c.sms_method.label("application_method"),
            applications.c.sms_fallback_url.label("application_fallback"),
        )
        .outerjoin(services, and_(services.c.account == numbers.c.account, services.c.sid == numbers.c.service))
        .outerjoin(
            applications,
            and_(applications.c.account == numbers.c.account, applications.c.sid == numbers.c.sms_application),
        )
        .where(
            numbers.c.number == number,
            numbers.c.account.is_not(None),
            or_(numbers.c.state == "in-use", numbers.c.state == "released"),
        )
    ).one_or_none()


def led_by(connection: Connection, number: str) -> Row[Any] | None:
    """Whose number it is, and what leads calls to it: `voice_url` and what belongs to it, of the number or of its
    application, where their events are told, and its `mailbox`. None: nobody's."""
    n, a, m = numbers.c, applications.c, mailboxes.c
    names = ("voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method", "status_callback",
             "status_callback_method")  # fmt: skip
    of_both = [case((a.sid.is_not(None), a[name]), else_=n[name]).label(name) for name in names]
    told = [*of_both, m.sid.label("mailbox"), n.receive_mode]
    return connection.execute(
        select(n.account, *told)
        .outerjoin(applications, and_(a.account == n.account, a.sid == n.voice_application))
        .outerjoin(mailboxes, and_(m.account == n.account, m.number == n.number))
        .where(n.number == number, n.account.is_not(None), or_(n.state == "in-use", n.state == "released"))
    ).one_or_none()


def binds_of(connection: Connection, account: str) -> list[str]:
    """The system_ids with which an account's ESMEs log in."""
    found = connection.execute(
        select(binds.c.system_id)
        .where(binds.c.account == account, binds.c.enabled.is_(True))
        .order_by(binds.c.system_id)
    )
    return [r.system_id for r in found]
