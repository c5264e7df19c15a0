"""Short links and their domains, on either engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, update

from masstransit.errors import Conflict, NotFound
from masstransit.model.communication import ShortLink
from masstransit.storage import communications, link_domains, media, messages, short_links
from masstransit.storage import tables as t
from masstransit.storage.engine import Database
from masstransit.storage.messages import Filters
from masstransit.storage.paging import Slice
from tests.makers import ACCOUNT, NOON, an_sms

OWN, SUB, OTHER, TARGET = "go.example.com", "AC" + "2" * 32, "AC" + "3" * 32, "https://example.com/a"


def fill(connection: Connection) -> None:
    """Three accounts, the second the first one's, which has a domain; a link of each of these two."""
    for account, parent in ((ACCOUNT, None), (SUB, ACCOUNT), (OTHER, None)):
        row: dict[str, Any] = {"account": account, "parent": parent, "token_sealed": b""}
        connection.execute(insert(t.accounts), row | {"created_at": NOON, "updated_at": NOON})
    link_domains.claim(connection, ACCOUNT, OWN, NOON)
    for code, account in (("own", ACCOUNT), ("sub", SUB)):
        link = ShortLink(domain=OWN, code=code, target=TARGET)
        sent = an_sms(account=account, short_links=(link,), media=(TARGET,) * 2)
        communications.add(connection, [communications.row(sent, person="", segments=1, status="sent", decision="")])
        short_links.add(connection, short_links.rows([sent]))
        media.add(connection, media.rows([sent]))


def leads(connection: Connection) -> list[str | None]:
    return [short_links.target(connection, OWN, code, NOON) for code in ("own", "sub")]


async def test_a_domain_is_taken_once_and_the_last_one_is_used(database: Database) -> None:
    await database.write(fill)
    assert await database.write(lambda c: link_domains.claim(c, ACCOUNT, OWN, NOON)[1]) is False
    with pytest.raises(Conflict, match="another account's"):
        await database.write(lambda c: link_domains.claim(c, OTHER, OWN, NOON))
    await database.write(lambda c: link_domains.claim(c, ACCOUNT, "b.example.com", NOON + timedelta(days=1)))
    assert await database.read(lambda c: link_domains.current(c, ACCOUNT)) == "b.example.com"
    assert await database.read(lambda c: link_domains.current(c, OTHER)) is None
    with pytest.raises(NotFound):
        await database.write(lambda c: link_domains.give_up(c, OTHER, OWN))


async def test_a_link_leads_on_while_its_domain_is_the_senders(database: Database) -> None:
    await database.write(fill)
    assert await database.read(leads) == [TARGET, TARGET]
    await database.write(lambda c: link_domains.give_up(c, ACCOUNT, OWN))
    assert await database.read(leads) == [None, None]
    await database.write(lambda c: link_domains.claim(c, OTHER, OWN, NOON))
    assert await database.read(leads) == [None, None]
    await database.write(lambda c: c.execute(delete(t.link_domains)))  # the operator decides whose it is
    await database.write(lambda c: link_domains.claim(c, ACCOUNT, OWN, NOON))
    assert await database.read(leads) == [TARGET, TARGET]


async def test_a_suspended_root_stops_its_subaccounts_links(database: Database) -> None:
    await database.write(fill)
    await database.write(lambda c: c.execute(update(t.accounts).where(t.accounts.c.account == SUB).values(status="x")))
    assert await database.read(leads) == [TARGET, None]
    await database.write(lambda c: c.execute(update(t.accounts).values(status="suspended")))
    assert await database.read(leads) == [None, None]


async def test_a_click_is_counted_on_its_link_only(database: Database) -> None:
    await database.write(fill)
    for _ in range(2):
        await database.write(lambda c: short_links.followed(c, OWN, "own", NOON))
    for account, clicks, at in ((ACCOUNT, 2, NOON), (SUB, 0, None)):
        (row,) = (await database.read(lambda c, of=account: short_links.of_account(c, of, Slice()))).rows  # type: ignore[misc]
        assert (row.clicks, row.clicked_at) == (clicks, at)


async def test_a_message_is_shown_with_how_many_media_it_has(database: Database) -> None:
    await database.write(fill)
    (row,) = (await database.read(lambda c: messages.page(c, SUB, Filters(), Slice()))).rows
    assert row.media_count == 2
    await database.write(lambda c: messages.remove(c, SUB, row.sid))
    assert await database.read(lambda c: c.execute(t.media.select()).first().account) == ACCOUNT  # type: ignore[union-attr]
    assert await database.read(leads) == [TARGET, None]
