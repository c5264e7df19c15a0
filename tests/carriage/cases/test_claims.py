"""Claims to marks, likenesses and privacy: a person looks first, and what is right is stopped."""

from __future__ import annotations

import pytest

from masstransit.carriage.cases.claims import SORTS
from masstransit.errors import BadInput, Conflict
from masstransit.storage import tables
from tests.carriage.cases.desk import Desk
from tests.makers import ACCOUNT

CLAIM = {"account": ACCOUNT, "holder": "Acme", "right": "the mark ACME, registered as 7,777,777"}


@pytest.mark.parametrize("sort", SORTS)
async def test_a_claim_stops_nothing_before_a_person_finds_it_right(desk: Desk, sort: str) -> None:
    sid = await desk.open(sort, **CLAIM)
    assert (await desk.due(sid))[0] == "review"
    assert await desk.rows(tables.rights_notices) == []
    with pytest.raises(Conflict, match="stops nothing yet: uphold it"):
        await desk.close(sid, "stopped")
    done = await desk.act(sid, "uphold", kind="domain", material="Shop.Example.com")
    (notice,) = await desk.rows(tables.rights_notices)
    assert (notice.notice, notice.target, notice.holder, notice.complete) == (
        done["notice"], "shop.example.com", "Acme", True
    )  # fmt: skip
    assert await desk.ended(sid) == "stopped"


async def test_a_claim_that_is_not_right_ends_and_stops_nothing(desk: Desk) -> None:
    sid = await desk.open("trademark", **CLAIM)
    await desk.close(sid, "not-stopped")
    assert await desk.rows(tables.rights_notices) == []


async def test_what_it_is_and_whose_is_said(desk: Desk) -> None:
    with pytest.raises(BadInput, match="whose right it is"):
        await desk.open("privacy", **CLAIM | {"holder": ""})
    sid = await desk.open("privacy", **CLAIM)
    with pytest.raises(BadInput, match="is no domain"):
        await desk.act(sid, "uphold", kind="domain", material="their shop")
    with pytest.raises(BadInput, match="kind 'song': one of text, domain"):
        await desk.act(sid, "uphold", kind="song", material="la la la")
    assert await desk.ended(sid) == ""
