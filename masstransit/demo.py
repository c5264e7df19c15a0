"""The demo's customer: an account whose agreement is accepted, with numbers, a campaign and people who consented.
Beside it the operator's own account, by which recipients get the codes for their page.

Seeding is idempotent: what is there stays, so that credentials and opt-outs survive a restart.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from masstransit.carriage.mailing.domains import new_keys
from masstransit.model.sid import new_sid
from masstransit.model.user import DESK, Role
from masstransit.storage import accounts as accounts_of
from masstransit.storage import conversations, mail_domains, sip_logins, users
from masstransit.storage.dialects import insert_or_ignore
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from masstransit.storage.tables import (
    acceptances,
    accounts,
    binds,
    brands,
    campaigns,
    consents,
    installation,
    numbers,
)

NUMBERS = ("+14155550100", "+14155550101", "+12065550102")
FOR_SALE = ("+14155550110", "+14155550111", "+12125550112", "+13055550113", "+12065550114", "+18005550115")
PHONES = ("+12125550123", "+13055550124", "+13235550125", "+18085550126", "+14165550127", "+16025550128")
CHATTERS = ("ada", "ben", "cleo")  # who talk on the page of a conversation
SYSTEM_ID = "demo"
BRAND = "Northwind"
DESK_LOGIN, CUSTOMER_LOGIN = "desk", "northwind"
_CONVERSATION = "demo"  # its unique name, and that of the key that its tokens are signed with
OPERATOR = "MassTransit"
OPERATOR_NUMBER = "+14155550199"
_NOTICES = {
    "unstated_purpose": "transactional",
    "description": "Notices about orders and appointments of the demo's customer.",
    "message_flow": "People opt in on the order page.",
    "message_samples": ["Your table is ready.", "Your parcel comes on Tuesday."],
    "help_message": f"{BRAND}: order notices. Call the number on your receipt. Reply STOP to opt out.",
}
_CODES = {
    "description": "Codes for the page on which people see who writes to them, and for caller IDs.",
    "message_flow": "People ask for a code on that page; customers ask for one for a number that they show.",
    "message_samples": [
        f"{OPERATOR}: 123456 is your code to see who writes to this number.",
        f"{OPERATOR}: 123456 lets {BRAND} show this number when it calls.",
    ],
    "help_message": f"{OPERATOR}: codes for the page of recipients. Reply STOP to opt out.",
    "short_calls": "otp",
}
MAIL_DOMAIN = "northwind.example"  # RFC 2606: nobody's, so that the demo needs no zone for it
_POSTAL = "Northwind, 1 Harbor Way, Seattle, WA 98101"
_CALLS = 1000  # at once
_RATE = 5000.0  # messages a second: the demo is for trying, its carrier is a loopback


class Customer(msgspec.Struct, frozen=True):
    """What a developer needs."""

    account_sid: str
    auth_token: str
    smpp_password: str
    sip_password: str


class Earlier(msgspec.Struct, frozen=True):
    """Passwords that an earlier start told; only their hashes are on record."""

    smpp: str | None = None
    people: Mapping[str, str] = {}
    sip: str | None = None


class Edition(msgspec.Struct, frozen=True):
    """The edition of the policy that was accepted."""

    digest: str
    dated: str


def seed(  # noqa: PLR0917 - one row of a table
    connection: Connection,
    keys: Keys,
    edition: Edition,
    now: datetime,
    earlier: Earlier,
    realm: str = "masstransit.example",
) -> Customer:
    """The demo's customer and its people, made or found."""
    account = _account(connection, keys, "demo.account", BRAND, now)
    sealed = connection.execute(select(accounts.c.token_sealed).where(accounts.c.account == account)).scalar_one()
    _agreement(connection, account, edition, now)
    _senders(connection, account, now)
    _people(connection, keys, account, now)
    token = keys.unseal(sealed).decode()
    bind = _bind(connection, keys, account, now, earlier.smpp)
    return Customer(account, token, bind, _sip_login(connection, keys, account, now, earlier.sip, realm))


def conversation(connection: Connection, keys: Keys, account: str, now: datetime) -> tuple[str, str]:
    """The demo's conversation and the key that its tokens are signed with, made or found: their SIDs. Its people take
    part, and the first of the phones by the first of the numbers."""
    found = conversations.find(connection, account, _CONVERSATION)
    if found is None:
        sid = new_sid("CH")
        made = {
            "account": account,
            "sid": sid,
            "unique_name": _CONVERSATION,
            "friendly_name": "The demo's conversation",
        }
        conversations.create(connection, made | {"created_at": now, "updated_at": now})
        who: list[dict[str, str]] = [{"name": name, "identity": name} for name in CHATTERS]
        who.append({"name": PHONES[0], "address": PHONES[0], "proxy": NUMBERS[0]})
        for each in who:
            told = {"account": account, "conversation": sid, "sid": new_sid("MB"), "joined_at": now}
            conversations.join(connection, {**told, **each, "created_at": now, "updated_at": now})
    else:
        sid = found.sid
    keyed = accounts_of.list_keys(connection, account, Slice(size=1000)).rows
    key = next((row.sid for row in keyed if row.friendly_name == _CONVERSATION), None)
    if key is None:
        key = accounts_of.create_key(connection, keys, account, friendly_name=_CONVERSATION, now=now)[0].sid
    return sid, key


def seed_people(connection: Connection, keys: Keys, account: str, now: datetime, earlier: Earlier) -> dict[str, str]:
    """Who signs in at the pages, made or found: login -> password."""
    return {
        DESK_LOGIN: _person(connection, keys, DESK, DESK_LOGIN, Role.ADMIN, now, earlier),
        CUSTOMER_LOGIN: _person(connection, keys, account, CUSTOMER_LOGIN, Role.OWNER, now, earlier),
    }


def _person(  # noqa: PLR0917 - one row of a table
    connection: Connection, keys: Keys, account: str, login: str, role: Role, now: datetime, earlier: Earlier
) -> str:
    """Somebody who signs in at the pages; their password."""
    kept, told = users.find(connection, login), earlier.people.get(login)
    if kept is not None and told is not None and keys.password_matches(told, kept.password_hash):
        return told
    fresh = secrets.token_urlsafe(12)
    hashed = keys.password_hash(fresh)
    if kept is None:
        name = f"Dana {login.title()}"
        users.create(connection, account, login, name=name, role=role, password_hash=hashed, now=now, must_change=False)
    else:
        users.change(connection, kept.account, kept.user, {"password_hash": hashed})
    return fresh


def seed_operator(connection: Connection, keys: Keys, edition: Edition, now: datetime) -> str:
    """The operator's own account, made or found."""
    account = _account(connection, keys, "demo.operator", OPERATOR, now)
    _agreement(connection, account, edition, now)
    campaign = _campaign(connection, account, OPERATOR, "2FA", _CODES, now)
    _own(connection, account, campaign, (OPERATOR_NUMBER,), now)
    return account


def _account(connection: Connection, keys: Keys, kept_as: str, brand: str, now: datetime) -> str:
    """An account, made or found by the name under which its SID is kept."""
    kept = select(installation.c.value).where(installation.c.name == kept_as)
    found = connection.execute(kept).scalar_one_or_none()
    if found is not None:
        return str(found)
    account, token = new_sid("AC"), secrets.token_hex(16)
    connection.execute(insert(installation).values(name=kept_as, value=account))
    connection.execute(
        insert(accounts).values(
            account=account,
            friendly_name=f"{brand} (demo)",
            token_hash=keys.token_hash(token),
            token_sealed=keys.seal(token.encode()),
            proven=True,
            rate=_RATE,
            brand=brand,
            created_at=now,
            updated_at=now,
            attrs={},
        )
    )
    return account


def _bind(connection: Connection, keys: Keys, account: str, now: datetime, password: str | None) -> str:
    kept = connection.execute(select(binds.c.password_hash).where(binds.c.system_id == SYSTEM_ID)).scalar_one_or_none()
    if kept is not None and password is not None and keys.password_matches(password, kept):
        return password
    fresh = secrets.token_hex(4)  # SMPP passwords have eight characters at most
    hashed = keys.password_hash(fresh)
    if kept is None:
        connection.execute(
            insert(binds).values(account=account, system_id=SYSTEM_ID, password_hash=hashed, created_at=now)
        )
    else:
        connection.execute(update(binds).where(binds.c.system_id == SYSTEM_ID).values(password_hash=hashed))
    return fresh


def _sip_login(  # noqa: PLR0917 - one row of a table
    connection: Connection, keys: Keys, account: str, now: datetime, password: str | None, realm: str
) -> str:
    """What a phone or SIPp calls with; it calls from the first number, and rings for all of them."""
    kept = sip_logins.find(connection, SYSTEM_ID)
    told = sip_logins.secret(SYSTEM_ID, realm, password or "")
    if kept is not None and password and kept.realm == realm and sip_logins.secret_of(keys, kept) == told:
        return password
    fresh = secrets.token_urlsafe(18)
    made = sip_logins.secret(SYSTEM_ID, realm, fresh)
    sip_logins.put(connection, keys, account, SYSTEM_ID, now, realm=realm, kept=made, a_second=_RATE, at_once=_CALLS)
    return fresh


def _agreement(connection: Connection, account: str, edition: Edition, now: datetime) -> None:
    row = {
        "account": account,
        "digest": edition.digest,
        "dated": edition.dated,
        "person": "Dana Demo",
        "role": "Managing director",
        "authorised": True,
        "method": "demo",
        "source": "127.0.0.1",
        "at": now,
    }
    insert_or_ignore(connection, acceptances, row)


def _senders(connection: Connection, account: str, now: datetime) -> None:
    campaign = _campaign(connection, account, BRAND, "MIXED", _NOTICES, now)
    _own(connection, account, campaign, NUMBERS, now)
    insert_or_ignore(connection, numbers, [_number(number, now) for number in FOR_SALE])


def _campaign(  # noqa: PLR0917 - as it is registered
    connection: Connection, account: str, name: str, use_case: str, attrs: Mapping[str, Any], now: datetime
) -> str:
    """A brand with a campaign; the campaign's SID."""
    brand, campaign = "BN" + account[2:], "QE" + account[2:]
    named = {"account": account, "sid": brand, "name": name, "status": "APPROVED", "attrs": {}}
    insert_or_ignore(connection, brands, named | {"created_at": now, "updated_at": now})
    registered = {
        "account": account,
        "sid": campaign,
        "brand": brand,
        "use_case": use_case,
        "status": "VERIFIED",
        "embedded_links": use_case == "MIXED",
        "created_at": now,
        "updated_at": now,
        "attrs": dict(attrs),
    }
    insert_or_ignore(connection, campaigns, registered)
    return campaign


def _own(connection: Connection, account: str, campaign: str, owned: Sequence[str], now: datetime) -> None:
    rows = [_number(n, now) | {"account": account, "sid": _sid(account, n), "campaign": campaign} for n in owned]
    insert_or_ignore(connection, numbers, [row | {"state": "in-use", "acquired_at": now} for row in rows])


def _number(number: str, now: datetime) -> dict[str, Any]:
    return {
        "number": number,
        "account": None,
        "sid": None,
        "type": "toll-free" if number.startswith("+1800") else "local",
        "region": "US",
        "state": "available",
        "sms": True,
        "mms": True,
        "voice": True,
        "fax": True,
        "service": None,
        "campaign": None,
        "friendly_name": number,
        "acquired_at": None,
        "updated_at": now,
        "attrs": {},
    }


def _sid(account: str, number: str) -> str:
    return "PN" + (number.removeprefix("+") + account[2:])[:32]


def seed_mail(connection: Connection, keys: Keys, account: str, now: datetime) -> None:
    """The domain that its mail is from: proven, on its campaign, with keys of its own, made or found."""
    if mail_domains.of_name(connection, account, MAIL_DOMAIN) is None:
        own_mail(connection, account, new_keys(keys, account, MAIL_DOMAIN, now), now)


def own_mail(connection: Connection, account: str, signing: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """The domain with these keys."""
    row = {
        "account": account, "domain": MAIL_DOMAIN, "sid": "MD" + account[2:], "token": secrets.token_hex(16),
        "campaign": "QE" + account[2:], "postal": _POSTAL, "proven_at": now, "checked_at": now, "found": "",
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    mail_domains.add(connection, row, signing)


def _people(connection: Connection, keys: Keys, account: str, now: datetime) -> None:
    rows = [
        {
            "account": account,
            "person": keys.person(phone),
            "purpose": purpose,
            "kind": "written",
            "given_at": now,
            "medium": "web-form",
            "language": "en",
            "campaign": "QE" + account[2:],
            "source": "127.0.0.1",
            "proof": "the demo's order page",
            "masked": f"{phone[:5]}***{phone[-2:]}",
            "withdrawn_at": None,
        }
        for phone in PHONES
        for purpose in ("transactional", "marketing")
    ]
    insert_or_ignore(connection, consents, rows)


def publish(
    folder: Path,
    customer: Customer,
    people: Mapping[str, str],
    *,
    http: str,
    smpp: tuple[str, int],
    sip: str = "",
    smtp: str = "",
    drop: str = "",
    realm: str = "",
) -> None:
    """Write `demo.json` for outsiders: whole, in place at once, readable by its owner only."""
    told = {
        "account_sid": customer.account_sid,
        "auth_token": customer.auth_token,
        "http": http,
        "smpp": {"host": smpp[0], "port": smpp[1], "system_id": SYSTEM_ID, "password": customer.smpp_password},
        "sip": sip or None,
        "sip_login": {"username": SYSTEM_ID, "password": customer.sip_password, "realm": realm} if realm else None,
        "smtp": smtp or None,
        "mail": {"domain": MAIL_DOMAIN, "drop": drop} if drop else None,
        "numbers": list(NUMBERS),
        "phones": [{"number": phone, "url": f"{http}/phones/{phone}"} for phone in PHONES],
        "desk": _signs_in(people, http, "/desk", DESK_LOGIN),
        "customer": _signs_in(people, http, "/account", CUSTOMER_LOGIN),
    }
    draft = folder / ".demo.json.new"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(told)))
        out.flush()
        os.fsync(out.fileno())
    draft.rename(folder / "demo.json")


def _signs_in(people: Mapping[str, str], http: str, path: str, login: str) -> dict[str, str]:
    return {"url": f"{http}{path}", "user": login, "password": people[login]}


def earlier(folder: Path) -> Earlier:
    """The passwords that an earlier start told, where they can be read."""
    try:
        told = msgspec.json.decode((folder / "demo.json").read_bytes(), type=_Told)
    except (OSError, msgspec.DecodeError):
        return Earlier()
    people = {each.user: each.password for each in (told.desk, told.customer) if each is not None}
    return Earlier(
        told.smpp.password if told.smpp is not None else None,
        people,
        told.sip_login.password if told.sip_login is not None else None,
    )


class _Login(msgspec.Struct):
    password: str
    user: str = ""


class _Told(msgspec.Struct):
    """What is read again of demo.json."""

    smpp: _Login | None = None
    sip_login: _Login | None = None
    desk: _Login | None = None
    customer: _Login | None = None
