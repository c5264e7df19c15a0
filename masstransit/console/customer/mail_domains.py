"""The domains by which a customer sends mail, and what belongs into their zones.

GET   /account/email                         the domains, and how to add one
POST  /account/email                         claim one
GET   /account/email/domains/{sid}           its records, to be copied
POST  /account/email/domains/{sid}/look      have them looked up
POST  /account/email/domains/{sid}/remove    send by it no more
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.mailing.domains import LONGEST_POSTAL
from masstransit.carriage.mailing.zone import Use, ZoneRecord, state_of
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.facts.links import domain_of as organisation_of
from masstransit.model.user import Right
from masstransit.storage import campaigns, mail_domains
from masstransit.storage.paging import Slice

_HERE = "/account/email"
_LONGEST_NAME = 240  # characters of a domain
_MOST_CAMPAIGNS = 100  # that are offered
_SHOWN: Sequence[Use] = ("dkim", "spf", "dmarc")  # a column each
#: What a record is for, above it.
_FOR: Mapping[Use, str] = {
    "proof": "Proof: the domain is yours",
    "dkim": "DKIM: your mail is signed",
    "spf": "SPF: by which servers your mail leaves",
    "dmarc": "DMARC: what receivers do with mail that is not yours",
}
#: How a record stands: its word, and the colour of that.
_STANDS: Mapping[str | None, tuple[str, str]] = {
    "published": ("published", "good"),
    "missing": ("missing", "bad"),
    "different": ("says something else", "bad"),
    "unknown": ("could not be looked up", "wait"),
    "unchecked": ("not looked up", ""),
    None: ("not needed", ""),
}


async def listed(house: House, asked: Asked) -> Answer:
    """All of them, each with how its records stood last."""
    part, account = asked.slice(instant, str), asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "sheet": mail_domains.listed(connection, account, part),
            "campaigns": campaigns.of_account(connection, account, Slice(size=_MOST_CAMPAIGNS)).rows,
        }

    found = await house.database.read(look)
    records = await house.domains.records_of(found["sheet"].rows)
    stands = {name: [_STANDS[state_of(of_domain, use)] for use in _SHOWN] for name, of_domain in records.items()}
    return Shown(
        "customer/mail_domains.html",
        {**found, "stands": stands, "most_postal": LONGEST_POSTAL, "longest": _LONGEST_NAME},
    )


async def claim(house: House, asked: Asked) -> Answer:
    """One more."""
    name = asked.form.need("domain", "Domain", longest=_LONGEST_NAME)
    postal = asked.form.get("postal")
    if len(postal) > LONGEST_POSTAL:
        raise BadInput(f"Postal address: at most {LONGEST_POSTAL} characters", field="postal")
    row = await house.domains.claim(asked.who.account, name, campaign=asked.form.get("campaign") or None, postal=postal)
    await house.database.write(lambda c: note(c, house, asked, "mail-domain-claimed", row.sid))
    return Went(_at(row.sid), f"Put these records into the zone of {row.domain}, then have them looked up.")


async def one(house: House, asked: Asked) -> Answer:
    """Its records."""
    row = await _found(house, asked)
    records = await house.domains.records(row)
    missing = {use: not any(each.use == use for each in records) for use in _FOR}
    return Shown(
        "customer/mail_domain.html",
        {
            "row": row,
            "records": records,
            "kinds": _FOR,
            "stands": _STANDS,
            "organisation": (whole := organisation_of(row.domain)),
            "host": lambda name: _host(name, whole),
            "asks": house.domains.asks,
            "no_spf": missing["spf"],
        },
    )


async def look(house: House, asked: Asked) -> Answer:
    """Have its records looked up."""
    row = await house.domains.prove(asked.who.account, asked.parts["sid"])
    await house.database.write(lambda c: note(c, house, asked, "mail-domain-looked-up", row.sid))
    return Went(_at(row.sid), _said(row, await house.domains.records(row)))


async def remove(house: House, asked: Asked) -> Answer:
    """Send by it no more."""
    row = await _found(house, asked)
    await house.domains.remove(asked.who.account, row.sid)
    await house.database.write(lambda c: note(c, house, asked, "mail-domain-removed", row.sid))
    return Went(_HERE, f"Nothing is sent by {row.domain} any more, and its keys are gone.")


async def _found(house: House, asked: Asked) -> Row[Any]:
    """Raises `NotFound`."""
    sid = asked.parts["sid"]
    row = await house.database.read(lambda c: mail_domains.find(c, asked.who.account, sid))
    if row is None:
        raise NotFound(f"there is no domain {sid[:40]} of yours")
    return row


def _at(sid: str) -> str:
    return f"{_HERE}/domains/{sid}"


def _host(name: str, whole: str) -> str:
    """A record's name as the forms of DNS providers want it: without the domain that is registered; "@" for that."""
    return name.removesuffix(f".{whole}") if name != whole else "@"


def _said(row: Row[Any], records: Sequence[ZoneRecord]) -> str:
    """What a look found, in a sentence."""
    amiss = sum(each.state != "published" for each in records)
    if not amiss:
        return f"All records of {row.domain} are published."
    proven = "The domain is proven to be yours." if row.proven_at else "The domain is not proven yet."
    return f"{proven} {amiss} of {len(records)} records are not there as told."


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    act(_HERE, Right.KEEP_ACCOUNT, claim),
    page(f"{_HERE}/domains/{{sid}}", Right.READ_LOG, one),
    act(f"{_HERE}/domains/{{sid}}/look", Right.KEEP_ACCOUNT, look),
    act(f"{_HERE}/domains/{{sid}}/remove", Right.KEEP_ACCOUNT, remove),
)
