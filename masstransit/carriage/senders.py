"""By which of a messaging service's senders a person is written to."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from masstransit.errors import BadInput, NotFound
from masstransit.model.address import E164, Address, AlphaSender, ShortCode, parse
from masstransit.storage import services
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

#: Countries whose networks don't carry a name in a number's place (GSMA members' notices; the US and Canada by CTIA).
NAMELESS = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP", "BR", "MX", "AR", "CL", "CO", "NZ", "ZA"})


def pick(
    senders: Sequence[Address],
    recipient: E164,
    sticky: Address | None = None,
    *,
    leased: Mapping[str, str] | None = None,
    geomatch: bool = True,
) -> Address | None:
    """The sender for a recipient; None: none of them can reach them.

    The one that they heard from before stays. Else a short code in the country where it is leased (`leased`: digits to
    region), a name abroad, a number of the same area code, of the same country, any; among equals always the same one
    for the same recipient, and different recipients are spread evenly.
    """
    able = [sender for sender in senders if _reaches(sender, recipient, leased or {})]
    if sticky is not None and sticky in able:
        return sticky
    if not able:
        return None
    best = min(_rank(sender, recipient, geomatch=geomatch) for sender in able)
    equals = [sender for sender in able if _rank(sender, recipient, geomatch=geomatch) == best]
    return equals[zlib.crc32(recipient.text.encode()) % len(equals)]


def _reaches(sender: Address, recipient: E164, leased: Mapping[str, str]) -> bool:
    if isinstance(sender, ShortCode):
        return leased.get(sender.text) == recipient.region
    return not isinstance(sender, AlphaSender) or recipient.region not in NAMELESS


def _rank(sender: Address, recipient: E164, *, geomatch: bool) -> int:
    """The lower the better."""
    if isinstance(sender, ShortCode):
        return 0
    if not isinstance(sender, E164):
        return 1
    same_area = recipient.text.startswith("+1") and sender.text[:5] == recipient.text[:5]
    if geomatch and same_area:
        return 2
    return 3 if sender.region == recipient.region else 4


async def choose_sender(database: Database, keys: Keys, account: str, service: str, recipient: E164) -> Address:
    """The sender of a service for a recipient, remembered where the service is sticky.

    Raises `NotFound`, or `BadInput`: 21703 the service has no sender, 21704 none that reaches the recipient.
    """
    person = keys.person(recipient.text)
    chosen, remember = await database.read(lambda c: _choose(c, account, service, recipient, person))
    if remember:
        await database.write(lambda c: services.stick(c, account, service, person, chosen.text))
    return chosen


def _choose(connection: Connection, account: str, service: str, recipient: E164, person: str) -> tuple[Address, bool]:
    found = services.find(connection, account, service)
    if found is None:
        raise NotFound(f"The messaging service {service} was not found")
    senders = [parse(text) for text in services.pool(connection, account, service)]
    if not senders:
        raise BadInput("The messaging service has no sender.", field="MessagingServiceSid", code=21703)
    before = services.sticky(connection, account, service, person) if found.sticky_sender else None
    codes = [sender.text for sender in senders if isinstance(sender, ShortCode)]
    chosen = pick(
        senders,
        recipient,
        parse(before) if before else None,
        leased=services.short_code_regions(connection, codes) if codes else None,
        geomatch=found.attrs.get("geomatch", True),
    )
    if chosen is None:
        raise BadInput(
            "The messaging service has no sender that reaches this recipient.", field="MessagingServiceSid", code=21704
        )
    return chosen, bool(found.sticky_sender and chosen.text != before)
