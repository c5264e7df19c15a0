"""A second look at links that went out: what was not known to harm yesterday may be today (rulebook 5.1).

When a domain is blocked, the messages of the last day that lead to it are looked for, and their senders are told in the
debugger's log: whom they reached, they can warn. Nothing is fetched; what is kept without content can't be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.facts.links import links_in
from masstransit.storage import alerts, communications, known_domains

_FILTERED = 30007  # the SDKs' code for content that is not to be carried
_LISTED_WITHIN = timedelta(hours=1)  # this is looked at every few minutes; who was told is not told again
_MOST = 1000  # messages a domain


def look_again(connection: Connection, now: datetime, back: timedelta) -> int:
    """Tell the senders of messages not older than `back` that lead to what was blocked lately. Returns how many
    messages these were."""
    found = [
        (row, host)
        for domain in known_domains.blocked_since(connection, now - _LISTED_WITHIN)
        for row in communications.mentioning(connection, domain.domain, now - back, at_most=_MOST)
        if (host := _leads_to(row.body, domain.domain))
    ]
    told = alerts.told_about(connection, [row.sid for row, _ in found], _FILTERED)
    new = [(row, host) for row, host in found if row.sid not in told]
    alerts.add(connection, [_alert(row, host, now) for row, host in new])
    return len(new)


def _leads_to(text: str, blocked: str) -> str:
    """The host by which a text leads to a blocked domain or host; "" where it does not."""
    hosts: Sequence[str] = [link.host for link in links_in(text) if blocked in (link.host, link.domain)]
    return hosts[0] if hosts else ""


def _alert(row: Row[Any], host: str, now: datetime) -> dict[str, Any]:
    told = (
        f"A message that went out leads to {host}, which is known by now to harm those who follow it: warn whom it "
        "reached, and look for who put it there"
    )
    return alerts.alert(row.account, _FILTERED, told, now, about=row.sid)
