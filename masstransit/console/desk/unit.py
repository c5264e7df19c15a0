"""Which one a page is about: an account, or a number, a campaign or an end user of it; and the tabs of its pages.

/desk/entities/{account}                        the account
/desk/entities/{account}?number=PN...           a number: by its SID, so that no whole number stands in an address
/desk/entities/{account}?campaign=QE...
/desk/entities/{account}?end_user=NAME
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Connection, Row

from masstransit.console.asking import Asked, Form
from masstransit.errors import NotFound
from masstransit.model.address import parse
from masstransit.storage import accounts, campaigns, communications, end_users, numbers
from masstransit.storage.paging import Slice

FIELDS = ("number", "campaign", "end_user")  #: by which a unit of an account is named
#: Pages about an account, and those of them that are also about a unit of it.
TABS = (
    ("", "Who and how it stands"), ("messages", "Messages"), ("complaints", "Complaints"), ("notices", "Notices"),
    ("calls", "Calls"), ("numbers", "Numbers"), ("campaigns", "Campaigns"), ("end-users", "End users"),
    ("subaccounts", "Subaccounts"), ("relatives", "Relatives"),
)  # fmt: skip
_OF_A_UNIT = ("", "messages", "complaints")


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is about."""

    account: Row[Any]
    scope: str  #: account | number | campaign | end_user
    target: str  #: which one; a whole number, which no page shows
    field: tuple[str, str] | None = None  #: by which its pages name it; None: it is the account
    row: Row[Any] | None = None  #: of the unit, where one is on record

    @property
    def whole(self) -> bool:
        """Whether it is the account itself."""
        return self.field is None

    @property
    def query(self) -> str:
        """What its addresses end in."""
        return f"?{urlencode([self.field])}" if self.field else ""

    @property
    def path(self) -> str:
        """Where its first page is."""
        return f"/desk/entities/{self.account.account}"

    @property
    def here(self) -> str:
        """Its first page, whole."""
        return self.path + self.query

    @property
    def called(self) -> str:
        """Its name as everybody may read it."""
        if self.whole:
            return str(self.account.friendly_name or self.account.account)
        return parse(self.target).masked if self.scope == "number" else self.target

    @property
    def tabs(self) -> Sequence[tuple[str, str]]:
        """Address and name of each of its pages."""
        return [
            (self.path + (f"/{tab}" if tab else "") + self.query, name)
            for tab, name in TABS
            if self.whole or tab in _OF_A_UNIT
        ]


def unit_of(connection: Connection, asked: Asked) -> Unit:
    """What a page is asked about, by its address or the form that was sent. Raises `NotFound`."""
    sid = asked.parts["account"]
    account = accounts.find(connection, sid)
    if account is None:
        raise NotFound(f"there is no account {sid[:40]}")
    field = next(((name, value) for name in FIELDS if (value := _told(asked, name))), None)
    if field is None:
        return Unit(account=account, scope="account", target=sid)
    scope, name = field
    row: Row[Any] | None
    if scope == "number":
        row = numbers.by_sid(connection, name)
        if row is None or row.account != sid:
            raise NotFound(f"{sid} has no number {name[:40]}")
        return Unit(account=account, scope=scope, target=row.number, field=field, row=row)
    if scope == "campaign":
        row = campaigns.locate(connection, name, sid)
    else:
        row = next(iter(end_users.named(connection, [sid], [name])), None)
    if row is None and not _was_used(connection, sid, scope, name):
        raise NotFound(f"{sid} has no {scope.replace('_', ' ')} {name[:40]}")
    return Unit(account=account, scope=scope, target=name, field=field, row=row)


def _was_used(connection: Connection, account: str, scope: str, name: str) -> bool:
    """Whether anything was sent for one of which no row is on record."""
    return bool(communications.history(connection, account, Slice(size=1), scope=scope, target=name).rows)


def _told(asked: Asked, name: str) -> str:
    form: Form = asked.form if asked.form.fields else asked.query
    return form.get(name)
