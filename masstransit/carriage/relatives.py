"""Relatives: who of a customer's accounts and end users hangs together with whom, and by what.

Whoever is stopped may go on under another name or in another account; clause B compares them (`facts/successors.py`) by
name, wording, where links lead, and numbers. Here the same is looked at for one customer as a whole, so that a person
sees along which ties a sanction follows. What several customers share (the person who accepted the agreement, the
papers of a brand) is shown as well: nothing follows by it, and it may be worth a look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.facts.successors import domains_of, skeleton
from masstransit.facts.traffic import cluster_of
from masstransit.model.address import masked
from masstransit.storage import accounts, agreements, campaigns, communications, consents, end_users, standing

WITHIN = timedelta(days=180)  #: how far back texts are compared, as clause B does
_MOST_TEXTS = 2000  # of a customer that are compared
_LEAST_TEXTS = 50  # of one account of its
_MOST_ACCOUNTS = 40
_EVERYBODYS = 4  # what more of them have in common ties nobody to anybody
MOST = 24  #: of those that are shown

#: Account and end user; "": the account itself.
Key: TypeAlias = tuple[str, str]
By: TypeAlias = Literal["owner", "name", "wording", "link", "number", "person", "papers"]
#: Ties along which a sanction follows by clause B; by the others a person may look.
FOLLOWED: tuple[By, ...] = ("owner", "name", "wording", "link", "number")


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """An account or an end user."""

    account: str
    end_user: str = ""  #: "": the account itself
    called: str
    step: str = ""  #: that stops or slows it; "": none
    other: bool = False  #: it is another customer's

    @property
    def key(self) -> Key:
        return self.account, self.end_user


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """What two have in common."""

    one: Relative
    other: Relative
    by: By
    what: str = ""  #: the domain, the masked number, the person ...

    @property
    def followed(self) -> bool:
        """Whether a sanction follows along it."""
        return self.by in FOLLOWED


class Relatives(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's relatives."""

    root: str
    relatives: Sequence[Relative]
    ties: Sequence[Tie]
    left_out: int  #: that hang together with nobody, where there are too many to be shown
    texts: int  #: that were compared


def relatives_of(connection: Connection, account: str, now: datetime) -> Relatives:
    """The accounts and end users of an account's customer, and others it shares people or papers with."""
    root = consents.root_of(connection, account)
    every = sorted(accounts.of_root(connection, root), key=lambda row: (row.account == root, row.created_at))
    family = every[-_MOST_ACCOUNTS:]  # the customer's own and those opened last
    known = {row.account for row in family} | {root}
    texts = list(_texts(connection, known, now - WITHIN))
    named = _named(connection, known, now)
    everybody = {each.key: each for each in _everybody(family, texts, named)}
    shared = {**_traces(texts), **_names(everybody.values())}
    ties = [*_owned(root, everybody), *_tied(shared, everybody), *_abroad(connection, root, known, everybody)]
    shown = _shown(root, everybody, ties)
    return Relatives(
        root=root,
        relatives=list(shown.values()),
        ties=[tie for tie in ties if tie.one.key in shown and tie.other.key in shown],
        left_out=sum(key not in shown for key in everybody),
        texts=len(texts),
    )


# --- who --------------------------------------------------------------------------------------------------------------


def _texts(connection: Connection, known: Iterable[str], since: datetime) -> Iterator[tuple[Key, Row[Any]]]:
    """What each account sent lately, for itself or for an end user."""
    every = sorted(known)
    at_most = max(_LEAST_TEXTS, _MOST_TEXTS // len(every))
    for account in every:
        for row in communications.bodies(connection, [account], since, at_most=at_most):
            yield (account, row.end_user or ""), row


def _named(connection: Connection, known: Iterable[str], now: datetime) -> Mapping[Key, str]:
    """Whom a step is against, or who was stopped, with the strictest of it."""
    found: dict[Key, str] = {}
    for row in end_users.stopped(connection, list(known), now - WITHIN):
        found[row.account, row.end_user] = "stopped"
    for step in reversed(standing.acting(connection, list(known), now)):
        if step.scope in {"account", "end_user"}:
            found[step.account, step.target if step.scope == "end_user" else ""] = step.step
    return found


def _everybody(
    family: Sequence[Row[Any]], texts: Sequence[tuple[Key, Row[Any]]], steps: Mapping[Key, str]
) -> Iterator[Relative]:
    for row in family:
        called = str(row.brand or row.friendly_name or row.account)
        yield Relative(account=row.account, called=called, step=steps.get((row.account, ""), ""))
    for account, name in sorted({key for key, _ in texts if key[1]} | {key for key in steps if key[1]}):
        yield Relative(account=account, end_user=name, called=name, step=steps.get((account, name), ""))


# --- what they have in common -----------------------------------------------------------------------------------------


def _traces(texts: Sequence[tuple[Key, Row[Any]]]) -> Mapping[tuple[By, str], set[Key]]:
    """By wording, link or number: who has it."""
    found: dict[tuple[By, str], set[Key]] = defaultdict(set)
    for key, row in texts:
        found["wording", cluster_of(row.body)].add(key)
        found["number", masked(row.sender) + "\0" + row.sender].add(key)
        for domain in domains_of([row.body]):
            found["link", domain].add(key)
    return found


def _names(everybody: Iterable[Relative]) -> Mapping[tuple[By, str], set[Key]]:
    """By a name without what spelling can change: who is called so."""
    found: dict[tuple[By, str], set[Key]] = defaultdict(set)
    for each in everybody:
        if folded := skeleton(each.called):
            found["name", folded].add(each.key)
    return found


def _owned(root: str, everybody: Mapping[Key, Relative]) -> Iterator[Tie]:
    """What stands against an account reaches its subaccounts and its end users."""
    for each in everybody.values():
        above = everybody.get((each.account, "") if each.end_user else (root, ""))
        if above is not None and above.key != each.key:
            yield Tie(one=above, other=each, by="owner")


def _tied(shared: Mapping[tuple[By, str], set[Key]], everybody: Mapping[Key, Relative]) -> Iterator[Tie]:
    """Pairs that have something in common; an account and its own end user have their numbers and texts anyway."""
    seen: set[tuple[Key, Key, By]] = set()
    for (by, what), keys in sorted(shared.items()):
        for one, other in combinations(sorted(keys), 2) if len(keys) <= _EVERYBODYS else ():
            owns = one[0] == other[0] and "" in {one[1], other[1]}
            if owns or (one, other, by) in seen:
                continue
            seen.add((one, other, by))
            yield Tie(one=everybody[one], other=everybody[other], by=by, what=_told(by, what))


def _told(by: By, what: str) -> str:
    if by == "number":
        return what.partition("\0")[0]
    return what if by == "link" else ""


def _abroad(connection: Connection, root: str, known: set[str], everybody: Mapping[Key, Relative]) -> Iterator[Tie]:
    """What the customer shares with others: who accepted the agreement, and the names of its brands."""
    mine = everybody.get((root, ""))
    if mine is None:
        return
    people = {row.person for row in agreements.acceptances_of(connection, known)}
    brands = {row.name for row in campaigns.brands_of_all(connection, known)}
    found: list[tuple[str, By, str]] = [
        *((row.account, "person", row.person) for row in agreements.accepted_by(connection, people)),
        *((row.account, "papers", row.name) for row in campaigns.brands_called(connection, brands)),
    ]
    for account, by, what in dict.fromkeys(each for each in found if each[0] not in known):
        row = accounts.find(connection, account)
        called = str(row.brand or row.friendly_name) if row is not None else account
        yield Tie(one=mine, other=Relative(account=account, called=called, other=True), by=by, what=what)


def _shown(root: str, everybody: Mapping[Key, Relative], ties: Sequence[Tie]) -> Mapping[Key, Relative]:
    """Those that are shown: the customer, whom a step is against, who hangs together with whom, then the others."""
    tied = [each for tie in ties if tie.by != "owner" for each in (tie.one, tie.other)]
    stopped = [each for each in everybody.values() if each.step]
    first = [everybody[root, ""]] if (root, "") in everybody else []
    in_order: dict[Key, Relative] = {}
    for each in (*first, *stopped, *tied, *everybody.values()):
        in_order.setdefault(each.key, each)
    return dict(list(in_order.items())[:MOST])
