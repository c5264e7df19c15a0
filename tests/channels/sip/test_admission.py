"""Who is at the door: digest, addresses, the gate's word, and the registrar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from masstransit.channels.sip.admission import Caller
from masstransit.channels.sip.message import Header
from masstransit.channels.sip.talk import Answer, Invite, Register
from masstransit.model.decision import Verdict
from masstransit.storage import sip_logins
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts
from masstransit.storage.tables import sip_logins as logins
from tests.channels.sip.entrance import Entrance
from tests.makers import ACCOUNT

REGISTRAR = "sip:house"
ANA = Header("to", "<sip:ana@house>")


@pytest.fixture
async def entrance(sqlite_database: Database, keys: Keys) -> Entrance:
    made = Entrance(sqlite_database, keys)
    await made.opened()
    return made


async def registers(entrance: Entrance, *headers: Header, password: str = "secret") -> Answer:
    proof = await entrance.challenged(Register, REGISTRAR, password=password)
    asked = entrance.asked(Register, REGISTRAR, proof, *headers)
    others = tuple(each for each in asked.headers if each.name != "to" or each == ANA)
    return await entrance.admission.register(
        Register(n=1, source=asked.source, port=asked.port, uri=asked.uri, headers=(*others, ANA))
    )


async def test_a_contact_is_reached_where_it_registered_from(database: Database, keys: Keys) -> None:
    entrance = Entrance(database, keys)
    await entrance.opened()
    mine, behind = (
        Header("contact", "<sip:ana@192.0.2.7:5070>;expires=120"),
        Header("contact", "<sip:ana@10.0.0.9:5060>"),
    )
    answered = await registers(entrance, mine, behind)
    assert answered.status == 200
    assert sorted(each.value for each in answered.headers) == [
        "<sip:ana@10.0.0.9:5060>;expires=600",
        "<sip:ana@192.0.2.7:5070>;expires=120",
    ]
    rows = await database.read(lambda c: sip_logins.contacts(c, ACCOUNT, "ana", entrance.clock.now()))
    assert {(row.contact, row.host, row.port) for row in rows} == {
        ("sip:ana@192.0.2.7:5070", "192.0.2.7", 5070),
        ("sip:ana@10.0.0.9:5060", "192.0.2.7", 40_000),  # behind NAT
    }
    again = await registers(entrance, Header("contact", "<sip:ana@192.0.2.7:5070>;expires=0"))
    assert [each.value for each in again.headers] == ["<sip:ana@10.0.0.9:5060>;expires=600"]
    gone = await registers(entrance, Header("contact", "*"), Header("expires", "0"))
    assert (gone.status, gone.headers) == (200, ())


async def test_a_registration_runs_out(entrance: Entrance) -> None:
    await registers(entrance, Header("contact", "<sip:ana@192.0.2.7>;expires=60"))
    entrance.clock.set(entrance.clock.now() + timedelta(seconds=61))
    assert (await registers(entrance)).headers == ()


@pytest.mark.parametrize(
    ("contacts", "status"),
    [
        (("<sip:ana@h>;expires=30",), 423),
        (("*",), 400),
        (tuple(f"<sip:ana@h:{n}>" for n in range(1, 7)), 403),
        (("<sip:" + "a" * 300 + "@h>",), 400),
    ],
)
async def test_contacts_that_can_not_be_kept(entrance: Entrance, contacts: tuple[str, ...], status: int) -> None:
    assert (await registers(entrance, *(Header("contact", each) for each in contacts))).status == status


async def test_nobody_registers_for_somebody_else(entrance: Entrance) -> None:
    proof = await entrance.challenged(Register, REGISTRAR)
    other = Register(n=1, source="192.0.2.7", port=1, uri=REGISTRAR, headers=(proof, Header("to", "<sip:ben@house>")))
    assert (await entrance.admission.register(other)).status == 403


async def test_every_registration_knocks_and_a_wrong_password_is_refused(entrance: Entrance) -> None:
    assert (await registers(entrance)).status == 200
    assert (await registers(entrance, password="guessed")).status == 403
    assert [(knock.door, knock.principal, knock.proven) for knock in entrance.gate.knocks] == [
        ("sip", "ana", True),
        ("sip", "ana", False),
    ]


async def test_the_gate_keeps_out_who_has_the_password(entrance: Entrance) -> None:
    entrance.gate.verdict = Verdict.REFUSE
    assert (await registers(entrance)).status == 403


async def test_an_unknown_login_is_answered_as_a_wrong_password_is(entrance: Entrance) -> None:
    proof = await entrance.challenged(Invite, "sip:+1@house")
    unknown = Header(proof.name, proof.value.replace('username="ana"', 'username="nobody"'))
    found = await entrance.admission.who(entrance.asked(Invite, "sip:+1@house", unknown))
    assert isinstance(found, Answer)
    assert (found.status, found.phrase) == (403, "Forbidden")
    assert [(knock.account, knock.wants, knock.proven) for knock in entrance.gate.knocks] == [("", "call", False)]


async def test_a_call_with_a_right_answer_does_not_knock_and_the_answer_opens_once(entrance: Entrance) -> None:
    proof = await entrance.challenged(Invite, "sip:+1@house")
    assert isinstance(await entrance.admission.who(entrance.asked(Invite, "sip:+1@house", proof)), Caller)
    again = await entrance.admission.who(entrance.asked(Invite, "sip:+1@house", proof))
    assert isinstance(again, Answer)
    assert again.status == 407
    assert all("stale=true" in each.value for each in again.headers)
    assert entrance.gate.knocks == []


async def test_an_exchange_is_let_in_by_its_address(entrance: Entrance) -> None:
    await entrance.login("exchange", source="192.0.2.7", at_once=9)
    found = await entrance.admission.who(entrance.asked(Invite, "sip:+1@house"))
    assert isinstance(found, Caller)
    assert (found.login, found.limits.at_once, found.limits.a_second) == ("exchange", 9, 2.0)
    registering = await entrance.admission.who(entrance.asked(Register, REGISTRAR))
    assert isinstance(registering, Answer)  # a registration needs the password


@pytest.mark.parametrize("change", [{"enabled": False}, {"realm": "other"}])
async def test_a_login_that_is_shut_opens_nothing(entrance: Entrance, change: dict[str, object]) -> None:
    await entrance.database.write(lambda c: c.execute(update(logins).values(change)))
    assert (await registers(entrance)).status == 403


async def test_a_closed_account_is_not_let_in(entrance: Entrance) -> None:
    await entrance.database.write(lambda c: c.execute(update(accounts).values(status="closed")))
    assert (await registers(entrance)).status == 403
