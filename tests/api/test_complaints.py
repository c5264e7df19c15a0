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


async def test_of_a_persons_complaint_neither_the_person_nor_their_message_is_told(gated: GatedDoor) -> None:
    person, sender = demo.PHONES[0], demo.NUMBERS[0]
    async with gated.carrying():
        form = {"From": sender, "To": person, "Body": "Your parcel."}
        sent = await gated.ask("POST", f"{gated.messages}.json", data=form)
        sid = sent.json()["sid"]
        await gated.becomes(sid, "delivered")
    assert await gated.parts.complaints.from_person(gated.keys.person(person), sid, said="never-agreed")
    told = await gated.ask("GET", "/policy/v1/Complaints")
    (found,) = told.json()["complaints"]
    assert (found["kind"], found["source"], found["said"]) == ("spam-report", "recipient", "never-agreed")
    assert (found["from"], found["message_sid"]) == (sender, None)
    assert sid not in told.text
    assert person not in told.text
