"""Queries of people's wishes: consent and its withdrawal, blocks, where a person is, reassigned numbers.

`account` is always the root account: a brand's numbers and subaccounts obey together. `person` is `Keys.person` of the
number in E.164 form. What changes a wish is entered in the ledger in the same transaction, with the row as its record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, func, literal_column, or_, select, update

from masstransit.storage import persons
from masstransit.storage.dialects import among, upsert
from masstransit.storage.ledger import Recorder
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import (
    accounts,
    blocks,
    brands,
    campaigns,
    consents,
    contacts,
    opt_outs,
    reassigned,
)

_GENERATIONS = 8  # of subaccounts: bounds a chain that was made into a ring by mistake


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


def root_of(connection: Connection, account: str) -> str:
    """The root account of one account."""
    return roots(connection, [account])[account]


# --- consent -------------------------------------------------------------------------------------------------------

_ABOUT = ("account", "person")
_CONSENTS_OF = Lookup(
    select(consents).where(among(consents.c.account, "accounts"), among(consents.c.person, "persons"))
)
_CONSENT = {
    "medium": "",
    "language": "",
    "campaign": "",
    "source": "",
    "proof": "",
    "shown": "",
    "masked": "",
    "withdrawn_at": None,
}


def give(connection: Connection, ledger: Recorder, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Record consents: `account`, `person`, `purpose`, `kind`, `given_at`, and `shown`, `proof`, `medium` ... as they
    are known.

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
    connection: Connection,
    ledger: Recorder,
    account: str,
    person: str,
    at: datetime,
    *,
    purpose: str | None = None,
    since: datetime | None = None,
) -> int:
    """A person took their consent back, for one purpose or for all, at `since` (else `at`, when it is recorded).

    How many consents that were in force it ended. One that they gave after `since` stays.
    """
    change = update(consents).where(
        consents.c.account == account,
        consents.c.person == person,
        consents.c.withdrawn_at.is_(None),
        consents.c.given_at <= (since or at),
    )
    if purpose is not None:
        change = change.where(consents.c.purpose == purpose)
    withdrawn = connection.execute(change.values(withdrawn_at=since or at)).rowcount
    if withdrawn:
        said = {"withdrawn": purpose or "all", "since": since or at}
        ledger.record_all(connection, [(account, "consent", person, said)], at)
    return withdrawn


def consents_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """Every consent of these persons to these accounts, withdrawn ones too."""
    return _CONSENTS_OF.rows(connection, accounts=of, persons=persons)


_MINE, _THEIRS = consents, consents.alias("theirs")
_SHARED = Lookup(
    select(
        _MINE.c.account,
        _MINE.c.person,
        _MINE.c.given_at,
        _MINE.c.source,
        func.count(_THEIRS.c.account.distinct()).label("brands"),
    )
    .where(
        among(_MINE.c.account, "accounts"),
        among(_MINE.c.person, "persons"),
        _MINE.c.purpose == "marketing",
        _MINE.c.withdrawn_at.is_(None),
        _THEIRS.c.person == _MINE.c.person,
        _THEIRS.c.given_at == _MINE.c.given_at,
        _THEIRS.c.source == _MINE.c.source,
        _THEIRS.c.source != literal_column("''"),  # as the partial index has it
        _THEIRS.c.account != _MINE.c.account,
    )
    .group_by(_MINE.c.account, _MINE.c.person, _MINE.c.given_at, _MINE.c.source)
)


def shared(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """Consents to marketing that bear the same instant and source as consents of the same person to other brands:
    (account, person, given_at, source, brands), with how many brands those are and never which."""
    return _SHARED.rows(connection, accounts=of, persons=persons)


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

_OPT_OUTS_OF = Lookup(
    select(opt_outs).where(
        among(opt_outs.c.account, "accounts"), among(opt_outs.c.person, "persons"), opt_outs.c.restored_at.is_(None)
    )
)
_SCOPES = ("marketing", "all", "everything")  # each takes in those before it
_TOLD = ("account", "person", "since", "scope", "said", "via", "channel", "masked")
_ALONE = ("account", "person", "end_user", "reason", "since")
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
    whole = _of_persons(connection, [{**_OPT_OUT, **row} for row in rows])
    statement = upsert(connection, opt_outs)
    fresh, old = statement.excluded, opt_outs.c
    anew = and_(old.restored_at.is_not(None), fresh.since >= old.restored_at)
    wider = or_(
        and_(old.scope == "marketing", fresh.scope != "marketing"),
        and_(old.scope == "all", fresh.scope == "everything"),
    )
    grows = or_(anew, and_(old.restored_at.is_(None), wider))
    changes = {
        name: case((grows, fresh[name]), else_=old[name]) for name in ("scope", "said", "via", "channel", "masked")
    }
    changes["since"] = case((anew, fresh.since), else_=old.since)
    changes["confirmed_at"] = case((anew, None), else_=old.confirmed_at)
    changes["restored_at"] = case((anew, None), else_=old.restored_at)
    connection.execute(statement.on_conflict_do_update(index_elements=[*_ABOUT], set_=changes), whole)
    ledger.record_all(connection, [(row["account"], "opt-out", row["person"], row) for row in whole], at)


def _of_persons(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Wishes, each also for the other addresses of whoever has it."""
    found = list(rows)
    for row in rows:
        theirs = persons.others(connection, row["account"], row["person"])
        found += [row | {"person": other.person, "masked": other.masked} for other in theirs]
    return found


def spread(connection: Connection, ledger: Recorder, account: str, sid: str, at: datetime) -> None:
    """What somebody asked for by one address before it was known which others are theirs holds for those too."""
    theirs = [row.person for row in persons.of_sid(connection, account, sid)]
    wishes = opt_outs_of(connection, (account,), theirs)
    if wishes:
        widest = max(wishes, key=lambda row: _SCOPES.index(row.scope))
        opt_out(connection, ledger, [{name: getattr(widest, name) for name in _TOLD}], at)
    alone = {row.end_user: row for row in blocks_of(connection, (account,), theirs)}
    block(connection, ledger, [{name: getattr(row, name) for name in _ALONE} for row in alone.values()], at)


def revoke(connection: Connection, ledger: Recorder, row: Mapping[str, Any], at: datetime) -> None:
    """A person told the customer to stop otherwise than by an answer: by letter, on the phone ... (rulebook 7.4).

    An opt-out (`row`, as for `opt_out`), and the end of what they had agreed to. Their START lifts the opt-out; what
    they took back has to be given anew.
    """
    opt_out(connection, ledger, [row], at)
    purpose = "marketing" if row.get("scope") == "marketing" else None
    withdraw(connection, ledger, row["account"], row["person"], at, purpose=purpose, since=row["since"])


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
    """End an opt-out and the block that came with it, by all of a person's addresses. False where none was in force. No
    consent comes of it."""
    lifted = False
    for theirs in (person, *(row.person for row in persons.others(connection, account, person))):
        ended = connection.execute(
            update(opt_outs)
            .where(opt_outs.c.account == account, opt_outs.c.person == theirs, opt_outs.c.restored_at.is_(None))
            .values(restored_at=at)
        ).rowcount
        freed = unblock(connection, ledger, account, theirs, at)
        if ended:
            ledger.record_all(connection, [(account, "opt-out", theirs, {"restored": said})], at)
        lifted = lifted or bool(ended) or freed
    return lifted


def opt_outs_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """Opt-outs in force."""
    return _OPT_OUTS_OF.rows(connection, accounts=of, persons=persons)


# --- blocks --------------------------------------------------------------------------------------------------------

_BLOCKS_OF = Lookup(select(blocks).where(among(blocks.c.account, "accounts"), among(blocks.c.person, "persons")))


def block(connection: Connection, ledger: Recorder, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Record who is to be left alone: `account`, `person`, `since`, and `end_user` ("" the customer), `reason`."""
    if not rows:
        return
    whole = _of_persons(connection, [{"end_user": "", "reason": "", "masked": "", **row} for row in rows])
    for row in whole:
        del row["masked"]
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
    return _BLOCKS_OF.rows(connection, accounts=of, persons=persons)


# --- where a person is ----------------------------------------------------------------------------------------------

_CONTACTS_OF = Lookup(
    select(contacts).where(among(contacts.c.account, "accounts"), among(contacts.c.person, "persons"))
)


def contacts_put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Where people are, as the customer declares: `account`, `person`, `updated_at`, `country`, `postcode`, `zone`."""
    if not rows:
        return
    whole = [{"masked": "", "country": "", "postcode": "", "zone": "", **row} for row in rows]
    statement = upsert(connection, contacts)
    changes = {name: statement.excluded[name] for name in ("masked", "country", "postcode", "zone", "updated_at")}
    connection.execute(statement.on_conflict_do_update(index_elements=[*_ABOUT], set_=changes), whole)


def contacts_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """What customers declared of these persons."""
    return _CONTACTS_OF.rows(connection, accounts=of, persons=persons)


# --- reassigned numbers ----------------------------------------------------------------------------------------------

_REASSIGNED_OF = Lookup(
    select(reassigned).where(among(reassigned.c.account, "accounts"), among(reassigned.c.person, "persons"))
)


def reassigned_put(connection: Connection, ledger: Recorder, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Answers of the Reassigned Numbers Database: `account`, `person`, `answer`, `consent_date`, `asked_at`.

    The answer to the later question stays: an old file, loaded again, undoes no newer one.
    """
    if not rows:
        return
    statement = upsert(connection, reassigned)
    fresh, old = statement.excluded, reassigned.c
    changes = {name: fresh[name] for name in ("answer", "consent_date", "asked_at")}
    later = fresh.asked_at >= old.asked_at
    connection.execute(statement.on_conflict_do_update(index_elements=[*_ABOUT], set_=changes, where=later), list(rows))
    ledger.record_all(connection, [(row["account"], "reassigned", row["person"], row) for row in rows], at)


def reassigned_of(connection: Connection, of: Collection[str], persons: Collection[str]) -> list[Row[Any]]:
    """The last answers about these persons."""
    return _REASSIGNED_OF.rows(connection, accounts=of, persons=persons)


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


# --- how many ---------------------------------------------------------------------------------------------------------


def counted(connection: Connection, root: str, at_most: int) -> dict[str, int]:
    """How many consents, opt-outs and blocks of a root account are in force; `at_most`: so many, or more."""
    in_force = {
        "consents": select(consents.c.person).where(consents.c.account == root, consents.c.withdrawn_at.is_(None)),
        "opt_outs": select(opt_outs.c.person).where(opt_outs.c.account == root, opt_outs.c.restored_at.is_(None)),
        "blocks": select(blocks.c.person).where(blocks.c.account == root),
    }
    return {
        name: int(connection.execute(select(func.count()).select_from(query.limit(at_most).subquery())).scalar_one())
        for name, query in in_force.items()
    }
