"""Names and passwords for a TURN server, as Debian's coturn takes them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aioice import stun, turn

from masstransit.carriage.video.relays import Relays
from tests.channels.video.coturn import SECRET, Coturn, a_coturn

HOUR = timedelta(hours=1)


def test_what_is_lent_is_as_the_draft_has_it() -> None:
    # HMAC-SHA1 of the name, computed by `openssl dgst -sha1 -hmac secret -binary | base64`
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    (lent,) = Relays(urls=("turn:relay.example",), secret="secret").lent("PA1", at, HOUR)
    assert lent["username"] == "1795698000:PA1"
    assert lent["credential"] == "ZNLRY5MmwVAtgJYhhU1I5zcu1Ng="
    assert lent["urls"] == ["turn:relay.example"]
    assert Relays().lent("PA1", at, HOUR) == []


async def allocates(coturn: Coturn, name: str, password: str) -> str:
    """The address that the server relays to."""
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol, ("127.0.0.1", coturn.port), username=name, password=password
    )
    address: tuple[str, int] = transport.get_extra_info("sockname")
    transport.close()
    return address[0]


async def test_coturn_relays_for_whom_the_house_lends_it_to_and_for_nobody_else(tmp_path: Path) -> None:
    with a_coturn(tmp_path / "coturn") as coturn:
        now = datetime.now(UTC)
        relays = Relays(urls=(coturn.url,), secret=SECRET)
        (lent,) = relays.lent("PA1", now, HOUR)
        assert await allocates(coturn, lent["username"], lent["credential"]) == "127.0.0.1"
        (over,) = relays.lent("PA1", now, -HOUR)
        (forged,) = Relays(urls=(coturn.url,), secret="another").lent("PA1", now, HOUR)
        for wrong in (over, forged, lent | {"username": over["username"]}):
            with pytest.raises(stun.TransactionFailed, match="401"):
                await allocates(coturn, wrong["username"], wrong["credential"])
