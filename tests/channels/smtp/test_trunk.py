"""The way out for mail, to servers of a program that we did not write."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from masstransit.carriage.channel import Carried, NotSent, Sent
from masstransit.carriage.mailing.names import Names
from masstransit.carriage.mailing.outgoing import Outgoing
from masstransit.channels.smtp.hop import HopSettings
from masstransit.channels.smtp.trunk import MailTrunkSettings, SmtpTrunk, mailbox_is_dead
from masstransit.errors import ConfigError, NotFound
from masstransit.model.communication import Communication
from masstransit.model.decision import Cleared, Decision, Verdict
from tests.carriage.relay import PASSWORD, USER, Mailbox, certified, listening
from tests.channels.smtp.zone import zone
from tests.makers import NOON, a_mail

LETTER = b"From: ada@northwind.example\r\nSubject: Hi\r\n\r\nhello\r\n.dot\r\n"


_OPENED: list[SmtpTrunk] = []


@pytest.fixture(autouse=True)
async def _ended() -> AsyncIterator[None]:
    """Trunks say goodbye to servers when their house stops."""
    yield
    while _OPENED:
        running = asyncio.create_task(_OPENED.pop().run())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
    await asyncio.sleep(0.01)  # so that the other side hears it


class Letters:
    """What goes out, and whose mailbox is dead."""

    def __init__(self, source: bytes = LETTER) -> None:
        self.source, self.gone = source, False
        self.died: list[tuple[str, str]] = []

    async def outgoing(self, communication: Communication) -> Outgoing:
        if self.gone:
            raise NotFound("the letter is gone")
        return Outgoing(return_path="b-1@bounces.example", source=self.source)

    async def dead(self, communication: Communication, said: str) -> None:
        self.died.append((communication.recipient.text, said))


def a_trunk(
    port: int, letters: Letters, *, host: str = "127.0.0.1", names: int = 0, private: bool = True, **told: Any
) -> SmtpTrunk:
    hop = HopSettings(name="out.example", port=port, **{"timeout": 5.0, **told})
    asked = Names([("127.0.0.1", names)] if names else [])
    trunk = SmtpTrunk(
        MailTrunkSettings(name="out", host=host, allow_private=private, hop=hop),
        names=asked,
        letters=letters,
        dead=letters,
    )
    _OPENED.append(trunk)
    return trunk


async def carried(trunk: SmtpTrunk, recipient: str = "bob@reader.test") -> Carried:
    mail = a_mail(recipient=recipient)
    decision = Decision(
        id="DE1", subject=mail.id, account=mail.account, moment=mail.moment, attempt=0, at=NOON, verdict=Verdict.ALLOW,
        findings=(), facts={}, revision="",
    )  # fmt: skip
    cleared = Cleared(communication=mail, decision=decision)
    answer = await trunk.deliver(cleared)
    trunk.settled(cleared)
    return answer


@contextlib.asynccontextmanager
async def a_server(**options: Any) -> AsyncIterator[Mailbox]:
    async with listening(Mailbox(), **options) as box:
        yield box


async def test_a_mail_is_handed_over_as_it_is_and_the_next_over_the_same_connection() -> None:
    async with a_server() as box:
        trunk, letters = a_trunk(box.port, Letters()), Letters()
        assert isinstance(await carried(trunk), Sent)
        assert isinstance(await carried(trunk), Sent)
        assert box.took[0][1].get_content() == "hello\r\n.dot\r\n"
        assert len(trunk._hops._idle["127.0.0.1"]) == 1
        assert letters.died == []
        await trunk._hops.close()


@pytest.mark.parametrize(
    ("said", "permanent", "dead"),
    [
        ("550 5.1.1 no such user", True, True),
        ("550 5.7.1 we do not like you", True, False),
        ("552 5.2.2 mailbox full", True, False),
        ("450 4.2.1 later", False, False),
        ("421 4.3.2 going down", False, False),
    ],
)
async def test_a_refusal_is_for_good_or_for_now_and_tells_whether_anybody_is_there(
    said: str, permanent: bool, dead: bool
) -> None:
    async with a_server() as box:
        box.says["bob@reader.test"] = said
        letters = Letters()
        answer = await carried(a_trunk(box.port, letters))
        assert isinstance(answer, NotSent)
        assert (answer.permanent, bool(letters.died)) == (permanent, dead)
        assert said.split(" ", 2)[2] in answer.reason


async def test_a_refused_letter_is_for_good_and_says_nothing_of_the_mailbox() -> None:
    async with a_server() as box:
        box.says["DATA"] = "554 5.1.1 no"
        letters = Letters()
        answer = await carried(a_trunk(box.port, letters))
        assert isinstance(answer, NotSent)
        assert (answer.permanent, letters.died) == (True, [])


async def test_after_a_refusal_the_next_mail_goes() -> None:
    async with a_server() as box:
        box.says["bob@reader.test"] = "550 5.7.1 no"
        trunk = a_trunk(box.port, Letters())
        await carried(trunk)
        assert isinstance(await carried(trunk, "cat@reader.test"), Sent)


async def test_a_server_that_is_away_or_silent_is_tried_again() -> None:
    async with a_server() as box:
        port = box.port
    away = await carried(a_trunk(port, Letters()))
    assert isinstance(away, NotSent)
    assert not away.permanent
    came: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _reader, writer: came.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    quiet = await carried(a_trunk(port, Letters(), timeout=0.2))
    assert isinstance(quiet, NotSent)
    assert not quiet.permanent
    silent.close()
    for writer in came:
        writer.close()


async def test_it_goes_in_tls_where_that_can_be_whoever_the_server_is() -> None:
    _, context = certified()
    async with a_server(tls_context=context) as box:
        assert isinstance(await carried(a_trunk(box.port, Letters())), Sent)
        assert box.in_tls == [True]
    async with a_server() as box:
        assert isinstance(await carried(a_trunk(box.port, Letters())), Sent)
        assert box.in_tls == [False]


async def test_where_tls_is_required_the_certificate_is_checked_and_then_the_password_is_said(tmp_path: Path) -> None:
    authority, context = certified()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    told: dict[str, Any] = {"starttls": "required", "user": USER, "password": PASSWORD}
    trusted = told | {"authority": str(tmp_path / "authority.pem")}
    async with listening(Mailbox(), tls_context=context) as box:
        unknown = await carried(a_trunk(box.port, Letters(), host="localhost", **told))
        assert isinstance(unknown, NotSent)
        assert (unknown.permanent, box.took) == (False, [])
    box = Mailbox()
    async with listening(box, tls_context=context, authenticator=box.logs_in, auth_required=True):
        assert isinstance(await carried(a_trunk(box.port, Letters(), host="localhost", **trusted)), Sent)
        assert box.logged_in == [USER.encode()]
    async with a_server() as box:
        plain = await carried(a_trunk(box.port, Letters(), host="localhost", **trusted))
        assert isinstance(plain, NotSent)
        assert (plain.permanent, box.took) == (False, [])


def test_an_authority_that_is_no_file_is_told_at_the_start() -> None:
    with pytest.raises(ConfigError, match="can't be used"):
        a_trunk(25, Letters(), starttls="required", authority="/nowhere.pem")


async def test_without_a_host_the_servers_of_the_domain_are_tried_in_their_order() -> None:
    records = {
        ("reader.test", "MX"): ["20 second.reader.test.", "10 first.reader.test."],
        ("first.reader.test", "A"): ["127.0.0.9"],  # where nobody listens
        ("second.reader.test", "A"): ["127.0.0.1"],
        ("bare.test", "A"): ["127.0.0.1"],
        ("none.test", "MX"): ["0 ."],
    }
    with zone(records) as names:
        async with a_server() as box:
            letters = Letters()
            trunk = a_trunk(box.port, letters, host="", names=names.port)
            assert isinstance(await carried(trunk), Sent)
            assert isinstance(await carried(trunk, "bob@bare.test"), Sent)
            for recipient in ("bob@none.test", "bob@nowhere.test"):
                answer = await carried(trunk, recipient)
                assert isinstance(answer, NotSent)
                assert answer.permanent
                assert answer.reason.startswith("5.1.2")
            assert [each for each, _ in letters.died] == ["bob@none.test", "bob@nowhere.test"]


async def test_while_names_can_not_be_looked_up_mail_waits() -> None:
    answer = await carried(a_trunk(25, Letters(), host=""))
    assert isinstance(answer, NotSent)
    assert (answer.permanent, answer.reason[:5]) == (False, "4.4.3")


async def test_addresses_beyond_ascii_go_only_where_they_are_taken() -> None:
    letters = Letters("From: ada@northwind.example\r\nSubject: Größe\r\n\r\nhi\r\n".encode())
    async with a_server() as box:
        answer = await carried(a_trunk(box.port, letters))
        assert isinstance(answer, NotSent)
        assert (answer.permanent, "5.6.7" in answer.reason) == (True, True)
    async with a_server(enable_SMTPUTF8=True) as box:
        assert isinstance(await carried(a_trunk(box.port, letters)), Sent)


async def test_a_letter_that_is_gone_goes_nowhere() -> None:
    letters = Letters()
    letters.gone = True
    answer = await carried(a_trunk(25, letters))
    assert isinstance(answer, NotSent)
    assert answer.permanent


async def test_its_places_are_counted() -> None:
    async with a_server() as box:
        trunk = a_trunk(box.port, Letters())
        assert trunk.room == 20
        await carried(trunk)
        assert trunk.room == 20


def test_what_a_code_says_of_a_mailbox() -> None:
    assert [mailbox_is_dead(text) for text in ("5.1.1 no", "5.1.10 null MX", "5.2.1 disabled")] == [True] * 3
    assert [mailbox_is_dead(text) for text in ("5.2.2 full", "5.7.1 policy", "no such user", "")] == [False] * 4


async def test_a_domain_leads_no_mail_to_what_stands_beside_us() -> None:
    private = ("127.0.0.1", "10.0.0.7", "169.254.169.254")
    records = {("evil.test", "MX"): ["10 in.evil.test."], ("in.evil.test", "A"): private}
    with zone(records) as names:
        async with a_server() as box:
            answer = await carried(
                a_trunk(box.port, Letters(), host="", names=names.port, private=False), "a@evil.test"
            )
            assert isinstance(answer, NotSent)
            assert (answer.permanent, box.took) == (True, [])
