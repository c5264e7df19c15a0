"""Notices by mail, to a relay on loopback: brought, tried again, refused, told to others instead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from masstransit.carriage.bounces import bounced
from masstransit.carriage.overturning import Word
from masstransit.carriage.relay import Relay, RelaySettings
from masstransit.errors import ConfigError, NotFound
from masstransit.ledger import verify
from masstransit.storage import accounts, notices, queue
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import processes
from tests.carriage.relay import ADA, BOB, CAT, PASSWORD, SENDER, USER, Mailbox, Post, certified, listening
from tests.makers import NOON

NO_USER = "550 5.1.1 <{}>: no such user"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with listening(Mailbox()) as relay:
        yield relay


@pytest.fixture
async def post(database: Database, keys: Keys, box: Mailbox) -> Post:
    return await Post(database, keys, box).opened(ADA, BOB, CAT)


# --- what goes out ----------------------------------------------------------------------------------------------------


async def test_a_step_is_told_to_the_first_two_contacts_with_its_reasons_and_a_way_to_appeal(post: Post) -> None:
    step = await post.steps()
    await post.run()
    assert post.box.reached == [ADA, BOB]
    letter, text = post.box.took[0][1], post.box.text()
    assert "is warned until" in text
    assert "people never asked for it" in text
    assert f"https://desk.test/account/appeals/new?about={step}" in text
    assert "https://desk.test/account/notices/NT" in text
    assert letter["Subject"] == "MassTransit: a sender of yours is warned"
    assert letter["From"].addresses[0].addr_spec == SENDER
    assert letter["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(letter["Date"]) == NOON
    assert letter["Message-ID"].endswith("@masstransit.example>")
    assert letter.get_content_type() == "text/plain"
    assert await post.sent() == [(ADA, "taken"), (BOB, "taken")]
    assert await post.under_way() == []
    assert (await post.database.survey(lambda c: verify(c, post.keys.public))).whole


async def test_what_waits_for_one_mailbox_goes_in_one_letter(post: Post) -> None:
    for n in range(30):
        await post.steps(reason=f"reason {n}.")
    await post.run()
    assert post.box.reached == [ADA, BOB]
    assert all(f"reason {n}." in post.box.text() for n in range(30))
    assert str(post.box.took[0][1]["Subject"]).startswith("MassTransit: 30 notices, the first: a sender")
    assert [state for _, state in await post.sent()] == ["taken"] * 60


async def test_a_name_can_put_nothing_into_a_header(post: Post) -> None:
    for contact in await post.contacts():
        await post.removes(contact.contact)
    await post.names(ADA, name='Zoë "Bcc: x@y.example", <q@z.example>')
    await post.steps(reason="Bcc: x@y.example\r\n.\r\nMAIL FROM:<x@y.example>")
    await post.run()
    ((address, letter),) = post.box.took
    assert address == ADA
    assert letter["Bcc"] is None
    assert [each.addr_spec for each in letter["To"].addresses] == [ADA]
    assert letter["To"].addresses[0].display_name.startswith("Zoë")
    assert "Hello Zoë" in post.box.text()
    assert "MAIL FROM" in post.box.text()  # a word of the text, and no command


async def test_a_contact_hears_only_what_it_is_named_for(database: Database, keys: Keys, box: Mailbox) -> None:
    post = await Post(database, keys, box).opened(ADA, uses=("reclamation",))
    await post.names(BOB, "notices")
    await post.steps()
    await post.run()
    assert box.reached == [BOB]


@pytest.mark.parametrize("silent", ["csam", "gag", "request", "sealed", "threat"])
async def test_what_nobody_may_be_told_is_not_mailed(post: Post, silent: str) -> None:
    await post.steps(silent=silent)
    await post.run()
    assert post.box.took == []
    assert await post.sent() == []


async def test_another_accounts_contacts_hear_nothing_and_a_subaccounts_owner_does(post: Post) -> None:
    def open_two(connection: Connection) -> tuple[str, str]:
        other = accounts.create(connection, post.keys, friendly_name="Mallory", now=NOON)
        sub = accounts.create(connection, post.keys, friendly_name="Shop", now=NOON, parent=post.account)
        return other.account, sub.account

    other, sub = await post.database.write(open_two)
    await post.steps(account=other)
    await post.run()
    assert post.box.took == []
    await post.steps(account=sub)
    await post.run()
    assert post.box.reached == [ADA, BOB]
    assert sub in post.box.text()


async def test_without_a_relay_nothing_is_sent_and_that_is_on_record(post: Post) -> None:
    post.relay = False
    await post.steps()
    await post.run()
    assert await post.sent() == [(ADA, "unsent"), (BOB, "unsent")]
    assert await post.answers() == ["the operator has named no mail relay"] * 2
    assert await post.under_way() == []


# --- tried again ------------------------------------------------------------------------------------------------------


async def test_a_mailbox_that_says_later_is_tried_again(post: Post) -> None:
    post.box.says[ADA] = "450 4.2.0 greylisted"
    await post.steps()
    await post.run()
    assert await post.sent() == [(ADA, "waits"), (BOB, "taken")]
    del post.box.says[ADA]
    await post.later(minutes=2)
    assert await post.sent() == [(ADA, "taken"), (BOB, "taken")]


async def test_a_relay_that_can_not_be_reached_is_tried_again_for_days_and_blames_nobody(
    database: Database, keys: Keys
) -> None:
    box = Mailbox()
    async with listening(box):
        pass  # its port is free again
    post = await Post(database, keys, box).opened(ADA, BOB, CAT)
    await post.steps()
    await post.run()
    for _ in range(30):
        await post.later(hours=2)
    assert await post.sent() == [(ADA, "waits"), (BOB, "waits")]
    assert await post.alerts() == []
    async with listening(box, box.port):
        await post.later(hours=2)
    assert box.reached == [ADA, BOB]


async def test_a_relay_that_takes_no_mail_from_us_blames_nobody(post: Post) -> None:
    post.box.says["MAIL"] = "530 5.7.0 log in first"
    await post.steps()
    await post.run()
    assert await post.sent() == [(ADA, "waits"), (BOB, "waits")]
    assert [row.refused_at for row in await post.contacts()] == [None] * 3


async def test_a_process_that_falls_between_the_commit_and_the_sending_loses_nothing(post: Post) -> None:
    await post.steps()
    await post.database.write(lambda c: queue.alive(c, "fallen", NOON))
    claimed = await post.database.write(lambda c: notices.claim(c, "mail", "fallen", NOON, 10))
    assert len(claimed) == 2
    assert await post.database.write(lambda c: notices.claim(c, "mail", "me", NOON, 10)) == []  # while that one lives
    gone = delete(processes).where(processes.c.process == "fallen")
    await post.database.write(lambda c: c.execute(gone))
    await post.run(after="fallen")
    assert post.box.reached == [ADA, BOB]


async def test_a_letter_that_goes_out_twice_has_one_name(post: Post) -> None:
    await post.steps()
    before = await post.under_way()
    await post.run()
    await post.database.write(lambda c: _again(c, before))
    await post.run()
    first = {(address, letter["Message-ID"]) for address, letter in post.box.took}
    assert (len(post.box.took), len(first)) == (4, 2)


def _again(connection: Connection, rows: list[object]) -> None:
    """As a process that fell between the sending and the note of it leaves them."""
    notices.add(connection, [row._asdict() for row in rows])  # type: ignore[attr-defined]


# --- somebody else instead --------------------------------------------------------------------------------------------


async def test_who_is_refused_for_good_is_passed_over_and_the_next_one_told_at_once(post: Post) -> None:
    post.box.says[ADA] = NO_USER.format(ADA)
    await post.steps()
    await post.run()
    assert await post.sent() == [(ADA, "refused"), (BOB, "taken"), (CAT, "taken")]
    told = next(str(letter.get_content()) for address, letter in post.box.took if address == CAT)
    assert "This did not reach a***@northwind.example" in " ".join(told.split())
    assert ADA not in told
    assert await post.answers() == ["550 5.1.1 <the address>: no such user", *["250 2.0.0 queued as 4711"] * 2]
    (alert,) = await post.alerts()
    assert "a***@northwind.example does not get there" in alert
    await post.steps()
    post.box.took.clear()
    await post.run()
    assert post.box.reached == [BOB, CAT]


async def test_with_two_contacts_the_other_hears_that_one_can_not_be_reached(
    database: Database, keys: Keys, box: Mailbox
) -> None:
    post = await Post(database, keys, box).opened(ADA, BOB)
    box.says[ADA] = NO_USER.format(ADA)
    await post.steps()
    await post.run()
    assert box.reached == [BOB, BOB]
    assert sum("This did not reach a***" in str(letter.get_content()) for _, letter in box.took) == 1


async def test_when_nobody_can_be_reached_it_ends_and_they_are_tried_again_with_the_next_notice(post: Post) -> None:
    for address in (ADA, BOB, CAT):
        post.box.says[address] = NO_USER.format(address)
    await post.steps()
    await post.run()
    assert {state for _, state in await post.sent()} == {"refused"}
    assert await post.under_way() == []
    post.box.says.clear()
    await post.steps()
    await post.run()
    assert post.box.reached == [ADA, BOB]


async def test_a_letter_that_is_refused_does_not_make_its_contact_unreachable(post: Post) -> None:
    post.box.says["DATA"] = "554 5.7.1 looks like spam"
    await post.steps()
    await post.run()
    assert [row.refused_at for row in await post.contacts()] == [None] * 3
    assert {state for _, state in await post.sent()} == {"refused"}


async def test_a_mailbox_that_says_later_for_long_has_somebody_else_told_within_24_hours(post: Post) -> None:
    post.box.says[ADA] = "452 4.2.2 mailbox full"
    await post.steps()
    await post.run()
    for hour in range(1, 25):
        await post.later(hours=1)
        if hour < 20:
            assert CAT not in post.box.reached
    assert post.box.reached == [BOB, CAT]
    for _ in range(6 * 12):
        await post.later(hours=2)
    assert await post.sent() == [(ADA, "late"), (BOB, "taken"), (CAT, "taken")]
    assert await post.under_way() == []


async def test_a_bounce_that_the_operator_read_has_somebody_else_told(post: Post) -> None:
    await post.steps()
    await post.run()
    first = (await post.contacts())[0].contact
    word = Word(by="Ada", because="550 no such user", at=post.clock.now() + timedelta(days=5))
    back = await post.database.write(lambda c: bounced(c, post.ledger, post.account, first, word))
    assert back == 1
    await post.later(days=5)
    assert post.box.reached == [ADA, BOB, CAT]
    assert (await post.contacts())[0].refusal == "550 no such user (told by Ada)"
    with pytest.raises(NotFound):
        await post.database.write(lambda c: bounced(c, post.ledger, "AC" + "9" * 32, first, word))


# --- under TLS --------------------------------------------------------------------------------------------------------


async def test_the_house_logs_in_under_tls_to_a_relay_that_it_can_check(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    authority, context = certified()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    box = Mailbox()
    wants: dict[str, Any] = {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": box.logs_in,
    }
    async with listening(box, **wants):
        post = await Post(database, keys, box).opened(ADA)
        post.told = {"authority": str(file), "user": USER, "password": "a wrong one"}
        await post.steps()
        await post.run()
        assert (await post.sent(), box.took) == ([(ADA, "waits")], [])
        post.told = {"user": USER, "password": PASSWORD}  # signed by nobody whom the system trusts
        await post.later(minutes=2)
        assert box.took == []
        post.told |= {"authority": str(file)}
        await post.later(minutes=10)
    assert (box.reached, box.in_tls) == ([ADA], [True])
    assert box.logged_in[-1] == USER.encode()


async def test_nothing_goes_in_the_clear_to_a_relay_without_tls(post: Post) -> None:
    post.told = {}
    await post.steps()
    await post.run()
    assert post.box.took == []
    assert await post.sent() == [(ADA, "waits"), (BOB, "waits")]


def test_an_authority_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="authority"):
        Relay(RelaySettings(host="localhost", port=25, sender=SENDER, authority=str(tmp_path / "none.pem")))
