"""Messaging services and who they send as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from masstransit.errors import Conflict
from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import (
    accounts,
    alpha_senders,
    campaigns,
    geo_permissions,
    numbers,
    services,
    sticky_senders,
)

_REGISTERED = (
    select(func.count())
    .select_from(campaigns)
    .where(
        campaigns.c.account == services.c.account,
        campaigns.c.service == services.c.sid,
        campaigns.c.status == "VERIFIED",
    )
    .scalar_subquery()
)
_SERVICE = select(services, _REGISTERED.label("registered"))


def create(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any]:
    """Make a messaging service."""
    row = {"attrs": {}, **values, "account": account, "sid": sid, "created_at": now, "updated_at": now}
    connection.execute(insert(services).values(row))
    return connection.execute(_SERVICE.where(services.c.account == account, services.c.sid == sid)).one()


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One service, with how many approved campaigns it has (`registered`)."""
    return connection.execute(_SERVICE.where(services.c.account == account, services.c.sid == sid)).one_or_none()


def all_of(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's services, the newest first."""
    return sheet(
        connection, _SERVICE.where(services.c.account == account), (services.c.created_at, services.c.sid), part
    )


def change(connection: Connection, account: str, sid: str, now: datetime, values: Mapping[str, Any]) -> Row[Any] | None:
    """Change some columns; the service as it is then."""
    mine = and_(services.c.account == account, services.c.sid == sid)
    connection.execute(update(services).where(mine).values(**values, updated_at=now))
    return find(connection, account, sid)


def remove(connection: Connection, account: str, sid: str) -> bool:
    """Forget a service; its numbers stay the account's. False: there was none."""
    connection.execute(
        update(numbers).where(numbers.c.account == account, numbers.c.service == sid).values(service=None)
    )
    for table in (alpha_senders, sticky_senders):
        connection.execute(delete(table).where(table.c.account == account, table.c.service == sid))
    mine = and_(services.c.account == account, services.c.sid == sid)
    return connection.execute(delete(services).where(mine)).rowcount > 0


def join(connection: Connection, account: str, service: str, number: Row[Any], now: datetime) -> Row[Any]:
    """Put a number into a service. Raises `Conflict`: 21710 it is in it, 21712 it is in another one."""
    if number.service == service:
        raise Conflict("The number is in this messaging service already", code=21710)
    if number.service is not None:
        raise Conflict(f"The number is in the messaging service {number.service}; take it out there first", code=21712)
    campaign = connection.execute(
        select(campaigns.c.sid).where(campaigns.c.account == account, campaigns.c.service == service)
    ).scalar()
    connection.execute(
        update(numbers)
        .where(numbers.c.number == number.number)
        .values(service=service, campaign=campaign or number.campaign, updated_at=now)
    )
    return connection.execute(select(numbers).where(numbers.c.number == number.number)).one()


def leave(connection: Connection, account: str, service: str, sid: str, now: datetime) -> bool:
    """Take a number out of a service, and out of the service's campaign. False: it was not in it."""
    mine = and_(numbers.c.account == account, numbers.c.service == service, numbers.c.sid == sid)
    return (
        connection.execute(update(numbers).where(mine).values(service=None, campaign=None, updated_at=now)).rowcount > 0
    )


# --- alphanumeric senders -------------------------------------------------------------------------------------------


def add_alpha(  # noqa: PLR0917 - the fields of one row
    connection: Connection, account: str, service: str, sender: str, sid: str, status: str, now: datetime
) -> Row[Any]:
    """Add a name to send as. Raises `Conflict` (21714): the service has it already."""
    row = {"account": account, "sender": sender, "service": service, "sid": sid, "status": status, "created_at": now}
    added = upsert(connection, alpha_senders).values(row).on_conflict_do_nothing().returning(alpha_senders)
    kept = connection.execute(added).first()
    if kept is None:
        raise Conflict(f"The service has the sender {sender} already", code=21714)
    return kept


def decide_alpha(connection: Connection, account: str, sender: str, status: str) -> bool:
    """Whether an account may use a name that it asked for: registered, rejected or pending. False: it asked for none
    such."""
    asked = and_(alpha_senders.c.account == account, alpha_senders.c.sender == sender)
    return connection.execute(update(alpha_senders).where(asked).values(status=status)).rowcount > 0


def alphas(connection: Connection, account: str, service: str, part: Slice) -> Sheet:
    """The names that a service sends as, the newest first."""
    query = select(alpha_senders).where(alpha_senders.c.account == account, alpha_senders.c.service == service)
    return sheet(connection, query, (alpha_senders.c.created_at, alpha_senders.c.sid), part)


def find_alpha(connection: Connection, account: str, service: str, sid: str) -> Row[Any] | None:
    """One of them."""
    return connection.execute(select(alpha_senders).where(_alpha(account, service, sid))).one_or_none()


def remove_alpha(connection: Connection, account: str, service: str, sid: str) -> bool:
    """Take a name out. False: there was none."""
    return connection.execute(delete(alpha_senders).where(_alpha(account, service, sid))).rowcount > 0


def _alpha(account: str, service: str, sid: str) -> Any:
    return and_(alpha_senders.c.account == account, alpha_senders.c.service == service, alpha_senders.c.sid == sid)


# --- who sends ------------------------------------------------------------------------------------------------------


def pool(connection: Connection, account: str, service: str) -> list[str]:
    """Everything that a service may send as: its numbers, short codes and registered names."""
    digits = select(numbers.c.number).where(
        numbers.c.account == account,
        numbers.c.service == service,
        numbers.c.state == "in-use",
        numbers.c.sms.is_(True),
    )
    names = select(alpha_senders.c.sender).where(
        alpha_senders.c.account == account,
        alpha_senders.c.service == service,
        alpha_senders.c.status == "registered",
    )
    return [
        *connection.execute(digits.order_by(numbers.c.number)).scalars(),
        *connection.execute(names.order_by(alpha_senders.c.sender)).scalars(),
    ]


def short_code_regions(connection: Connection, which: Sequence[str]) -> dict[str, str]:
    """The country that each short code is leased in."""
    found = connection.execute(
        select(numbers.c.number, numbers.c.region).where(numbers.c.number.in_(which), numbers.c.type == "short-code")
    )
    return {number: region for number, region in found}  # noqa: C416 - a row is a tuple only to us


def sticky(connection: Connection, account: str, service: str, person: str) -> str | None:
    """The sender that this person heard from before."""
    return connection.execute(
        select(sticky_senders.c.sender).where(
            sticky_senders.c.account == account,
            sticky_senders.c.service == service,
            sticky_senders.c.person == person,
        )
    ).scalar_one_or_none()


def stick(connection: Connection, account: str, service: str, person: str, sender: str) -> None:
    """From now on this person hears from this sender."""
    row = {"account": account, "service": service, "person": person, "sender": sender}
    statement = upsert(connection, sticky_senders).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "service", "person"], set_={"sender": statement.excluded.sender}
        )
    )


# --- countries ------------------------------------------------------------------------------------------------------


def regions_said(connection: Connection, account: str) -> dict[str, bool]:
    """The countries that the account, or else its parent, has opened or closed."""
    owner = select(accounts.c.parent).where(accounts.c.account == account).scalar_subquery()
    found = connection.execute(
        select(geo_permissions).where(or_(geo_permissions.c.account == account, geo_permissions.c.account == owner))
    ).all()
    return {row.region: row.enabled for row in sorted(found, key=lambda row: row.account == account)}


def set_regions(connection: Connection, account: str, enabled: Mapping[str, bool]) -> None:
    """Open or close countries."""
    if not enabled:
        return
    statement = upsert(connection, geo_permissions)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "region"], set_={"enabled": statement.excluded.enabled}
        ),
        [{"account": account, "region": region, "enabled": open_} for region, open_ in enabled.items()],
    )
