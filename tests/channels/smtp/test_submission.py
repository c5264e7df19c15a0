"""The door for customers' mail: who comes in, what is bounded, and in which words it answers."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from sqlalchemy import func, select

from masstransit.channels.smtp import submission
from masstransit.errors import StorageUnavailable
from masstransit.ledger import Ledger
from masstransit.model.communication import Purpose
from masstransit.storage import mail_suppressions
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import communications, decisions, mail_envelopes, mail_letters
from tests.channels.smtp.posting import Posting, Talk
from tests.makers import NOON

FROM, BOB, CAT = "ada@northwind.example", "bob@reader.test", "cat@reader.test"
HEAD = f"From: Ada <{FROM}>\r\nTo: {BOB}\r\nSubject: Your table\r\n"
RECEIPT = f"{HEAD}X-Purpose: transactional\r\n\r\nIt is ready."
OFFER = (
    f"{HEAD}X-Purpose: marketing\r\n\r\nSale.\r\nUnsubscribe: answer so.\r\nNorthwind, 1 Harbor Way, Seattle, WA 98101"
)


@pytest.fixture
async def post(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Posting]:
    told = {"largest": 20_000, "recipients": 3, "connections": 5, "idle": 30.0}
    house = await Posting(sqlite_database, keys, tmp_path, smtp_server=told).opened()
    yield house
    await house.close()


async def letter(talk: Talk, *to: str, source: str = RECEIPT, sender: str = FROM) -> str:
    """The reply to a letter, whoever of its recipients was taken."""
    await talk.say(f"MAIL FROM:<{sender}>")
    for each in to:
        await talk.say(f"RCPT TO:<{each}>")
    if not (reply := await talk.say("DATA")).startswith("354"):
        return reply
    return await talk.say(source + "\r\n.")


async def count(post: Posting, table: object = communications) -> int:
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return int(await post.database.read(lambda c: c.execute(query).scalar_one()))


async def test_it_says_what_it_can_do(post: Posting) -> None:
    async with post.talk(greeted=False, logged_in=False) as talk:
        told = await talk.say("EHLO client.test")
        for able in ("SIZE 20000", "8BITMIME", "SMTPUTF8", "PIPELINING", "DSN", "AUTH LOGIN PLAIN"):
            assert able in told
        assert "STARTTLS" not in told


async def test_who_did_not_log_in_hands_in_nothing(post: Posting) -> None:
    async with post.talk(logged_in=False) as talk:
        assert (await talk.say(f"MAIL FROM:<{FROM}>")).startswith("530 5.7.0")
        assert (await talk.say("RCPT TO:<bob@reader.test>")).startswith("530")
        assert (await talk.say("DATA")).startswith("530")


async def test_wrong_log_ins_are_heard_by_the_gate_and_end_the_connection(post: Posting) -> None:
    async with post.talk(logged_in=False) as talk:
        for _ in range(2):
            assert (await talk.say(f"AUTH PLAIN {post.plain('wrong')}")).startswith("535 5.7.8")
        assert (await talk.say(f"AUTH PLAIN {post.plain('wrong')}")).startswith("421 4.7.0")
        assert await talk.reader.read() == b""


async def test_login_works_in_steps_and_an_unknown_user_is_answered_alike(post: Posting) -> None:
    async with post.talk(logged_in=False) as talk:
        assert (await talk.say("AUTH LOGIN")).startswith("334")
        assert (await talk.say(base64.b64encode(post.sid.encode()))).startswith("334")
        assert (await talk.say(base64.b64encode(post.token.encode()))).startswith("235")
    async with post.talk(logged_in=False) as talk:
        unknown = base64.b64encode(b"\0AC00000000000000000000000000000000\0x").decode()
        assert (await talk.say(f"AUTH PLAIN {unknown}")).startswith("535 5.7.8")
        assert (await talk.say("AUTH PLAIN !")).startswith("501")
        assert (await talk.say("AUTH CRAM-MD5")).startswith("504")


async def test_from_another_machine_nobody_logs_in_without_tls(post: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "_is_here", lambda host: False)
    async with post.talk(logged_in=False) as talk:
        assert "AUTH" not in await talk.say("EHLO client.test")
        assert (await talk.say(f"AUTH PLAIN {post.plain()}")).startswith("538 5.7.11")


async def test_in_tls_they_do_and_what_was_said_before_is_forgotten(
    sqlite_database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "_is_here", lambda host: False)
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "door.pem")
    told = {"tls_certificate": str(tmp_path / "door.pem")}
    house = await Posting(sqlite_database, keys, tmp_path, smtp_server=told).opened()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with house.talk(logged_in=False) as talk:
        assert "STARTTLS" in await talk.say("EHLO client.test")
        assert (await talk.say("STARTTLS")).startswith("220")
        await talk.secure(context)
        assert (await talk.say(f"MAIL FROM:<{FROM}>")).startswith(("503", "530"))
        assert "AUTH LOGIN PLAIN" in await talk.say("EHLO client.test")
        assert (await talk.say(f"AUTH PLAIN {house.plain()}")).startswith("235")
        assert (await letter(talk, BOB)).startswith("250 2.0.0 Ok: queued as EM")
    await house.close()


async def test_a_letter_is_on_record_before_it_is_answered(post: Posting) -> None:
    async with post.talk() as talk:
        reply = await letter(talk, BOB, CAT, BOB)
        assert reply.count("EM") == 2
        assert (await count(post), await count(post, mail_letters)) == (2, 1)
        rows = await post.database.read(lambda c: c.execute(select(communications)).all())
        assert {row.recipient for row in rows} == {BOB, CAT}
        assert {row.purpose for row in rows} == {Purpose.TRANSACTIONAL.value}
        assert {row.attrs["letter"]["subject"] for row in rows} == {"Your table"}


async def test_commands_that_come_together_are_answered_in_order(post: Posting) -> None:
    async with post.talk() as talk:
        assert (await talk.say(f"MAIL FROM:<{FROM}> SIZE=300", f"RCPT TO:<{BOB}>", "DATA")).startswith("354")
        assert (await talk.say(f"{RECEIPT}\r\n.", "NOOP", "QUIT")).startswith("221")
    assert await count(post) == 1


async def test_replies_to_commands_that_come_together_leave_together(post: Posting) -> None:
    async with post.talk() as talk:
        talk.writer.write(f"MAIL FROM:<{FROM}>\r\nRCPT TO:<{BOB}>\r\nRCPT TO:<x@>\r\nDATA\r\n".encode())
        read = await asyncio.wait_for(talk.reader.read(4096), 20)
        assert [line[:3] for line in read.decode().splitlines()] == ["250", "250", "553", "354"]
        assert (await talk.say(f"{RECEIPT}\r\n.")).startswith("250")


async def test_a_refused_letter_is_never_kept_and_of_one_that_went_to_some_every_envelope_is(post: Posting) -> None:
    stopped = "stopped@reader.test"
    await post.database.write(
        lambda c: mail_suppressions.suppress(
            c, Ledger("me"),
            {"account": post.sid, "person": post.keys.person(stopped), "masked": "s***", "why": "bounce", "said": "",
             "about": "EM1", "since": NOON}, NOON,
        )
    )  # fmt: skip
    async with post.talk() as talk:
        await talk.say(f"MAIL FROM:<{FROM}>")
        assert (await talk.say(f"RCPT TO:<{stopped}>")).startswith("550 5.7.1 Clause 7")
        assert (await talk.say(f"RCPT TO:<{BOB}>")).startswith("250")
        await talk.say("RSET")
        assert (await letter(talk, BOB, source=OFFER)).startswith("550")
        assert (await count(post, mail_letters), await count(post, mail_envelopes)) == (0, 1)
        assert (await letter(talk, BOB, CAT)).startswith("250")
        assert (await count(post, mail_letters), await count(post, mail_envelopes)) == (1, 3)


async def test_what_is_refused_for_its_words_is_554_and_for_its_recipient_550(post: Posting) -> None:
    async with post.talk() as talk:
        assert (await letter(talk, BOB, source=OFFER)).startswith("550 5.7.1 Clause 7: nothing shows")
        doubled = RECEIPT.replace("Subject:", "Subject: one\r\nSubject:")
        reply = await letter(talk, BOB, source=doubled)
        assert reply.startswith("554 5.7.1 Clause 18:")
        assert "subject twice" in reply
        assert "[DE" in reply
    assert await count(post, mail_letters) == 0


async def test_what_is_no_mail_is_told_what_is_wrong(post: Posting) -> None:
    async with post.talk() as talk:
        assert (await letter(talk, BOB, source="Subject: x\r\n\r\nhi")).startswith(
            "554 5.6.0 the mail has no From field"
        )
        reply = await letter(talk, BOB, source=RECEIPT.replace("transactional", "spam"))
        assert reply.startswith("554 5.6.0 X-Purpose is one of marketing")
        assert (await letter(talk, BOB)).startswith("250")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL FROM:<ada@northwind.example> SIZE=20001", "552"),
        ("MAIL FROM:<ada@northwind.example> SIZE=x", "501"),
        ("MAIL FROM:<ada@northwind.example> RET=SOME", "501 5.5.4"),
        ("MAIL FROM:<ada@northwind.example> ENVID=a\x7f", "501 5.5.4"),
        ("MAIL FROM:<ada@northwind.example> COLOUR=RED", "555"),
        ("MAIL FROM:<ada@>", "553"),
        ("MAIL FROM:<" + "a" * 600 + "@northwind.example>", "500"),
        ("MAIL TO:<ada@northwind.example>", "501"),
        ("RCPT TO:<bob@reader.test>", "503"),
        ("DATA", "503"),
        ("TURN", "500"),
        ("VRFY bob", "252"),
        ("EXPN list", "502"),
        ("MAIL FROM:<ada@northwind.example> RET=HDRS ENVID=Q7", "250"),
        ("MAIL FROM:<> BODY=8BITMIME", "250"),
    ],
)
async def test_each_command_has_its_answer_and_the_connection_goes_on(post: Posting, command: str, reply: str) -> None:
    async with post.talk() as talk:
        assert (await talk.say(command)).startswith(reply)
        assert (await talk.say("RSET")).startswith("250")
        assert (await letter(talk, BOB)).startswith("250")


@pytest.mark.parametrize(
    ("parameters", "reply"),
    [
        ("NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@reader.test", "250"),
        ("NOTIFY=NEVER", "250"),
        ("NOTIFY=SOMETIMES", "501 5.5.4"),
        ("NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("NOTIFY=NEVER NOTIFY=NEVER", "501 5.5.4"),
        ("COLOUR=RED", "555"),
    ],
)
async def test_what_a_sender_wants_to_hear_is_read(post: Posting, parameters: str, reply: str) -> None:
    async with post.talk() as talk:
        await talk.say(f"MAIL FROM:<{FROM}>")
        assert (await talk.say(f"RCPT TO:<{BOB}> {parameters}")).startswith(reply)


async def test_too_much_is_answered_and_the_next_letter_is_taken(post: Posting) -> None:
    async with post.talk() as talk:
        assert (await letter(talk, BOB, source=RECEIPT + "\r\n" + "x" * 70 + ("\r\n" + "y" * 70) * 400)).startswith(
            "552"
        )
        assert (await letter(talk, BOB, source=RECEIPT + "\r\n" + "x" * 5000)).startswith("500")
        assert (await letter(talk, BOB, CAT, "dan@reader.test", "eve@reader.test")).startswith("250")
    assert await count(post) == 3


async def test_a_lone_line_feed_and_dot_end_no_letter(post: Posting) -> None:
    async with post.talk() as talk:
        smuggled = f"{RECEIPT}\n.\nMAIL FROM:<x@northwind.example>\n.\r"
        assert (await letter(talk, BOB, source=smuggled + "\r\nend")).startswith("250")
    assert await count(post) == 1


async def test_connections_have_a_bound(post: Posting) -> None:
    async with asyncio.TaskGroup() as group:
        full = [group.create_task(asyncio.open_connection("127.0.0.1", post.port)) for _ in range(5)]
    for task in full:
        assert (await task.result()[0].readline()).startswith(b"220")
    reader, writer = await asyncio.open_connection("127.0.0.1", post.port)
    assert (await reader.readline()).startswith(b"421 4.3.2")
    for open_ in (*(task.result()[1] for task in full), writer):
        open_.close()


async def test_while_nothing_can_be_stored_nothing_is_taken(post: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    async with post.talk() as talk:
        await talk.say(f"MAIL FROM:<{FROM}>", f"RCPT TO:<{BOB}>", "DATA")

        async def gone(*_: object) -> None:
            raise StorageUnavailable("the disk is full")

        monkeypatch.setattr(post.database, "write", gone)
        assert (await talk.say(f"{RECEIPT}\r\n.")).startswith("451 4.3.0")
        monkeypatch.undo()
        assert (await letter(talk, BOB)).startswith("250")
    assert await count(post) == 1


async def test_every_recipient_has_a_decision_of_its_own(post: Posting) -> None:
    async with post.talk() as talk:
        await letter(talk, BOB, CAT)
    assert await count(post, decisions) == 2
