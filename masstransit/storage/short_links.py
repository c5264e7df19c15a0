"""Short links: what each leads to, until when, and how often it was followed.

The target is content of the message that it stands in: it goes when that is redacted, and the link leads nowhere then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from masstransit.model.communication import Communication
from masstransit.storage import accounts
from masstransit.storage.consents import root_of
from masstransit.storage.dialects import either
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import link_domains, short_links

LIVES = timedelta(days=90)  # from the message's time to go out: as the SDKs' users know it, default
KEY = (short_links.c.created_at, short_links.c.domain, short_links.c.code)


def rows(kept: Iterable[Communication]) -> list[dict[str, Any]]:
    """A row for each short link of these communications."""
    return [
        {
            "domain": link.domain,
            "code": link.code,
            "account": communication.account,
            "message": communication.id,
            "target": link.target,
            "clicks": 0,
            "created_at": communication.at,
            "expires_at": (communication.send_at or communication.at) + LIVES,
        }
        for communication in kept
        for link in communication.short_links
    ]


def add(connection: Connection, new: Sequence[dict[str, Any]]) -> None:
    """Keep rows that `rows` made."""
    if new:
        connection.execute(insert(short_links), new)


def of_account(connection: Connection, account: str, part: Slice, *, message: str | None = None) -> Sheet:
    """An account's links, the newest first; those of one message where it is named."""
    query = select(short_links).where(short_links.c.account == account)
    if message is not None:
        query = query.where(short_links.c.message == message)
    return sheet(connection, query, KEY, part)


def target(connection: Connection, domain: str, code: str, now: datetime) -> str | None:
    """Where a link leads.

    None: there is none, its time is over, its message was redacted, its domain is not the sender's any more, or the
    sender may not send any more.
    """
    kept = select(short_links, link_domains.c.account.label("owner"))
    kept = kept.join(link_domains, link_domains.c.domain == short_links.c.domain)
    row = connection.execute(kept.where(_one(domain, code))).one_or_none()
    if row is None or row.target is None or row.expires_at <= now:
        return None
    if root_of(connection, row.account) != row.owner:
        return None
    sender = accounts.credential(connection, row.account)
    return row.target if sender is not None and sender.status == "active" else None


def followed(connection: Connection, domain: str, code: str, now: datetime) -> None:
    """Count that somebody followed a link."""
    counted = {"clicks": short_links.c.clicks + 1, "clicked_at": now}
    connection.execute(update(short_links).where(_one(domain, code)).values(counted))


_THEIRS = either((short_links.c.account, short_links.c.message), "messages")


def end(connection: Connection, messages: Sequence[tuple[str, str]]) -> None:
    """Forget where the links of messages lead, by (account, sid)."""
    connection.execute(update(short_links).where(_THEIRS).values(target=None), {"messages": messages})


def forget(connection: Connection, messages: Sequence[tuple[str, str]]) -> None:
    """Forget the links of messages, by (account, sid)."""
    connection.execute(delete(short_links).where(_THEIRS), {"messages": messages})


def _one(domain: str, code: str) -> Any:
    return and_(short_links.c.domain == domain, short_links.c.code == code)
