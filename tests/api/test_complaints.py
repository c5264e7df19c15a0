"""What carriers and recipients said of the account's messages, over the API."""

from __future__ import annotations

from masstransit import demo
from masstransit.carriage.complaints import FromCarrier
from tests.api.gated import GatedDoor


async def test_a_customer_sees_what_was_said_and_not_who_complained(gated: GatedDoor) -> None:
    told = FromCarrier(
        carrier="T-Mobile", reference="TM-1", kind="fine", number=demo.NUMBERS[0], said="SHAFT", fine=500.0,
        at=gated.clock.now(), by="Ada",
    )  # fmt: skip
    assert await gated.parts.complaints.from_carrier(told)
    (found,) = (await gated.ask("GET", "/policy/v1/Complaints")).json()["complaints"]
    assert (found["kind"], found["source"], found["reference"]) == ("carrier-complaint", "T-Mobile", "TM-1")
    assert (found["said"], found["fine_usd"], found["from"]) == ("SHAFT", 500.0, demo.NUMBERS[0])
    assert "person" not in found
