"""Queries of people's wishes: consent and its withdrawal, blocks, where a person is, do-not-call lists, reassignments.

`account` is always the root account: a brand's numbers and subaccounts obey together. `person` is `Keys.person` of the
number in E.164 form. What changes a wish is entered in the ledger in the same transaction, with the row as its record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Table, and_, case, delete, func, insert, or_, select, update

from masstransit.storage.dialects import among, upsert
from masstransit.storage.tables import (
    accounts,
    blocks,
    brands,
    campaigns,
    consents,
    contacts,
    do_not_call,
    opt_outs,
    reassigned,
    registries,
)

_GENERATIONS = 8  # of subaccounts: bounds a chain that was made into a ring by mistake


class Recorder(Protocol):
    """The part of `masstransit.ledger.Ledger` that is needed here."""

    def record_all(self, connection: Connection, events: Sequence[tuple[str, str, str, Any]], at: datetime) -> None: ...


# --- whose wishes --------------------------------------------------------------------------------------------------

_PARENTS = select(accounts.c.account, accounts.c.parent).where(among(accounts.c.account, "accounts"))


def roots(connection: Connection, of: Collection[str]) -> dict[str, str]:
    """The root account of each account: itself, or the first owner above it. Unknown accounts are their own."""
    found = {account: account for account in of}
    for _ in range(_GENERATIONS):
        rows = connection.execute(_PARENTS, {"accounts": list(set(found.values()))})
        above = {row.account: row.parent for row in rows}
        climbed = {account: above.get(top) or top for account, top in found.items()}
        if climbed == found:
            break
        found = climbed
    return found


# --- consent -------------------------------------------------------------------------------------------------------

_ABOUT = ("account", "person")
_CONSENTS_OF = select(consents).where(
    among(consents.c.account, "accounts"),
    among(consents.c.person, "persons"),
)
_CONSENT = {"medium": "", "language": "", "campaign": "", "source": "", "proof": "", "masked": "", "withdrawn_at": None}


def give(connection: Connection, ledger: Recorder, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Record consents: `account`, `person`, `purpose`, `kind`, `given_at`, and `proof`, `medium` ... as they are known.

    The later of two consents for one purpose stays. One that was given before its withdrawal stays withdrawn, so that
    an old list, imported again, revives nobody.
    """
    if not rows:
        return
    whole = [{**_CONSENT, **row} for row in rows]
    statement = upsert(connection, consents)
    fresh, old = statement.excluded, consents.c
    later = fresh.given_at >= old.given_at
    changes = {name: case((later, fresh[name]), else_=old[name]) for name in ("kind", "given_at", *_CONSENT)}
    changes["withdrawn_at"] = case(
        (and_(later, fresh.given_at > func.coalesce(old.withdrawn_at, -1)), None), else_=old.withdrawn_at
    )
    connection.execute(
        statement.on_conflict_do_update(index_elements=["account", "person", "purpose"], set_=changes), whole
    )
    ledger.record_all(connection, [(row["account"], "consent", row["person"], row) for row in whole], at)


def withdraw(
    connection: Connection, ledger: Recorder, account: str, person: str, at: datetime, *, purpose: str | None = None
) -> int:
    """Withdraw a person's consent for one purpose, or for all; how many were in force."""
    change = update(consents).where(
        consents.c.account == account, consents.c.person == person, consents.c.withdrawn_at.is_(None)
    )
    if purpose is not None:
        change = change.where(consents.c.purpose == purpose)
    withdrawn = connection.execute(change.values(withdrawn_at=at)).rowcount
    if withdrawn:
        ledger.record_all(connection, [(account, "consent", person, {"withdrawn": purpose or "all"})], at)
    return withdrawn


def consents_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """Every consent of these persons to these accounts, withdrawn ones too."""
    return list(connection.execute(_CONSENTS_OF, {"accounts": list(of), "persons": list(persons)}))


_WROTE = {"purpose": "conversation", "kind": "conversation", "medium": "inbound message"}


def wrote(connection: Connection, account: str, person: str, masked: str, at: datetime) -> None:
    """A person wrote to the account: they may be answered. No consent is entered in the ledger: the message is kept."""
    statement = upsert(connection, consents).values(
        {**_CONSENT, **_WROTE, "account": account, "person": person, "masked": masked, "given_at": at}
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "person", "purpose"],
            set_={"given_at": at, "kind": "conversation", "withdrawn_at": None},
        )
    )


# --- opt-outs ------------------------------------------------------------------------------------------------------

_OPT_OUTS_OF = select(opt_outs).where(
    among(opt_outs.c.account, "accounts"),
    among(opt_outs.c.person, "persons"),
    opt_outs.c.restored_at.is_(None),
)
_OPT_OUT = {
    "scope": "all",
    "said": "",
    "via": "",
    "channel": "sms",
    "masked": "",
    "confirmed_at": None,
    "restored_at": None,
}


def opt_out(connection: Connection, ledger: Recorder, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Record opt-outs: `account`, `person`, `since`, and `scope`, `said`, `via`, `channel`, `masked` as known.

    One in force keeps its first `since` and can only grow in scope. One that a START had ended begins anew, unless what
    is recorded was said before that START (an old list, imported).
    """
    if not rows:
        return
    whole = [{**_OPT_OUT, **row} for row in rows]
    statement = upsert(connection, opt_outs)
    fresh, old = statement.excluded, opt_outs.c
    anew = and_(old.restored_at.is_not(None), fresh.since >= old.restored_at)
    grows = or_(anew, and_(old.restored_at.is_(None), old.scope == "marketing", fresh.scope == "all"))
    changes = {
        name: case((grows, fresh[name]), else_=old[name]) for name in ("scope", "said", "via", "channel", "masked")
    }
    changes["since"] = case((anew, fresh.since), else_=old.since)
    changes["confirmed_at"] = case((anew, None), else_=old.confirmed_at)
    changes["restored_at"] = case((anew, None), else_=old.restored_at)
    connection.execute(statement.on_conflict_do_update(index_elements=[*_ABOUT], set_=changes), whole)
    ledger.record_all(connection, [(row["account"], "opt-out", row["person"], row) for row in whole], at)


def confirm(connection: Connection, account: str, person: str, at: datetime) -> bool:
    """Take the one confirmation of an opt-out in force: True for the first who asks, in whichever process."""
    taken = connection.execute(
        update(opt_outs)
        .where(
            opt_outs.c.account == account,
            opt_outs.c.person == person,
            opt_outs.c.confirmed_at.is_(None),
            opt_outs.c.restored_at.is_(None),
        )
        .values(confirmed_at=at)
    )
    return taken.rowcount == 1


def restore(connection: Connection, ledger: Recorder, account: str, person: str, at: datetime, *, said: str) -> bool:
    """End an opt-out and the block that came with it. False where none was in force. No consent comes of it."""
    ended = connection.execute(
        update(opt_outs)
        .where(opt_outs.c.account == account, opt_outs.c.person == person, opt_outs.c.restored_at.is_(None))
        .values(restored_at=at)
    ).rowcount
    freed = unblock(connection, ledger, account, person, at)
    if ended:
        ledger.record_all(connection, [(account, "opt-out", person, {"restored": said})], at)
    return bool(ended) or freed


def opt_outs_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """Opt-outs in force."""
    return list(connection.execute(_OPT_OUTS_OF, {"accounts": list(of), "persons": list(persons)}))


def list_opt_outs(
    connection: Connection, account: str, *, limit: int, after: str = "", in_force: bool = True, unclear: bool = False
) -> list[Row[Any]]:
    """A page of an account's opt-outs by person, those after the person `after`. `unclear`: only those whose wording a
    person has still to read."""
    asked = select(opt_outs).where(opt_outs.c.account == account, opt_outs.c.person > after)
    if in_force or unclear:
        asked = asked.where(opt_outs.c.restored_at.is_(None))
    if unclear:
        asked = asked.where(opt_outs.c.said.startswith("unclear: ", autoescape=True))
    return list(connection.execute(asked.order_by(opt_outs.c.person).limit(limit)))


# --- blocks --------------------------------------------------------------------------------------------------------

_BLOCKS_OF = select(blocks).where(
    among(blocks.c.account, "accounts"),
    among(blocks.c.person, "persons"),
)


def block(connection: Connection, ledger: Recorder, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Record who is to be left alone: `account`, `person`, `since`, and `end_user` ("" the customer), `reason`."""
    if not rows:
        return
    whole = [{"end_user": "", "reason": "", **row} for row in rows]
    connection.execute(upsert(connection, blocks).on_conflict_do_nothing(), whole)
    ledger.record_all(connection, [(row["account"], "block", row["person"], row) for row in whole], at)


def unblock(connection: Connection, ledger: Recorder, account: str, person: str, at: datetime) -> bool:
    """The person wants to hear from them again: every block of the account ends."""
    freed = connection.execute(delete(blocks).where(blocks.c.account == account, blocks.c.person == person)).rowcount
    if freed:
        ledger.record_all(connection, [(account, "block", person, {"ended": freed})], at)
    return bool(freed)


def blocks_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """Who asked these accounts to be left alone."""
    return list(connection.execute(_BLOCKS_OF, {"accounts": list(of), "persons": list(persons)}))


# --- where a person is ----------------------------------------------------------------------------------------------

_CONTACTS_OF = select(contacts).where(
    among(contacts.c.account, "accounts"),
    among(contacts.c.person, "persons"),
)


def contacts_put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Where people are, as the customer declares: `account`, `person`, `updated_at`, `country`, `postcode`, `zone`."""
    whole = [{"masked": "", "country": "", "postcode": "", "zone": "", **row} for row in rows]
    _put(connection, contacts, whole, ("masked", "country", "postcode", "zone", "updated_at"), _ABOUT)


def contacts_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """What customers declared of these persons."""
    return list(connection.execute(_CONTACTS_OF, {"accounts": list(of), "persons": list(persons)}))


# --- do-not-call lists and reassigned numbers ------------------------------------------------------------------------

_LISTED = select(do_not_call.c.registry, do_not_call.c.person).where(among(do_not_call.c.person, "persons"))
_REASSIGNED_OF = select(reassigned).where(
    among(reassigned.c.account, "accounts"),
    among(reassigned.c.person, "persons"),
)


def registry_put(connection: Connection, registry: str, region: str, persons: Sequence[str], at: datetime) -> None:
    """Load a do-not-call file in place of the one before. `region` is "US", or "US-TX" for a state's own list."""
    _put(
        connection,
        registries,
        [{"registry": registry, "region": region, "loaded_at": at}],
        ("region", "loaded_at"),
        ("registry",),
    )
    connection.execute(delete(do_not_call).where(do_not_call.c.registry == registry))
    rows = [{"registry": registry, "person": person, "listed_at": at} for person in dict.fromkeys(persons)]
    for start in range(0, len(rows), 10_000):
        connection.execute(insert(do_not_call), rows[start : start + 10_000])


def listed(connection: Connection, persons: Collection[str]) -> list[Row[str, str]]:
    """(registry, person) for those of the persons who stand on a list."""
    return list(connection.execute(_LISTED, {"persons": list(persons)}))


def registries_all(connection: Connection) -> list[Row[Any]]:
    """Every registry with its region and when it was loaded."""
    return list(connection.execute(select(registries)))


def reassigned_put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Answers of the Reassigned Numbers Database: `account`, `person`, `answer`, `consent_date`, `asked_at`."""
    _put(connection, reassigned, rows, ("answer", "consent_date", "asked_at"), _ABOUT)


def reassigned_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """The last answers about these persons."""
    return list(connection.execute(_REASSIGNED_OF, {"accounts": list(of), "persons": list(persons)}))


def _put(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], changed: Sequence[str], key: Sequence[str]
) -> None:
    """Insert rows, or change those that are there."""
    if not rows:
        return
    statement = upsert(connection, table)
    changes = {name: statement.excluded[name] for name in changed}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changes), list(rows))


# --- in whose name an answer is given -------------------------------------------------------------------------------


def voice_of(connection: Connection, account: str, root: str, campaign: str | None) -> tuple[str, Mapping[str, Any]]:
    """The name that people know a sender by, and its campaign's attributes (help message, keywords)."""
    named = {
        row.account: row.brand or row.friendly_name
        for row in connection.execute(
            select(accounts.c.account, accounts.c.brand, accounts.c.friendly_name).where(
                accounts.c.account.in_([account, root])
            )
        )
    }
    found = (
        campaign
        and connection.execute(
            select(campaigns.c.attrs, brands.c.name)
            .outerjoin(brands, and_(brands.c.account == campaigns.c.account, brands.c.sid == campaigns.c.brand))
            .where(campaigns.c.account.in_([account, root]), campaigns.c.sid == campaign)
        ).first()
    )
    name = (found and found.name) or named.get(account) or named.get(root) or ""
    return name, (found.attrs or {}) if found else {}
