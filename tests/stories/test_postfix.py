"""Debian's Postfix around the house, by the configuration that operators get: the world brings mail through it, what
customers send goes out through it, and what comes back is followed."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator

import pytest

from tests.channels.smtp.signing import a_mail
from tests.channels.smtp.zone import Zone, zone
from tests.stories.house import House, eventually
from tests.stories.postfix import Postfix, free_port, postfix
from tests.stories.sink import Sink, sink
from tests.stories.test_mail_goes_out import OFFER, Post, letter, read
from tests.stories.test_webhooks import Listener

pytestmark = pytest.mark.story
BACK, DESK, WORLD = "back.northwind.example", "desk@northwind.example", "127.0.0.9"
NAMES = {
    ("friend.test", "TXT"): [f"v=spf1 ip4:{WORLD} -all"],
    ("_dmarc.friend.test", "TXT"): ["v=DMARC1; p=reject"],
    ("_dmarc.bank.test", "TXT"): ["v=DMARC1; p=reject"],
}


class Street(Post):
    """The house, its Postfix, and the world on the other side."""

    def __init__(self, house: House, box: Sink, names: Zone, server: Postfix) -> None:
        super().__init__(house, box, names)
        self.server = server

    def brings(self, mail: bytes, *, to: str, mail_from: str = "ada@friend.test") -> tuple[int, str]:
        """Another server brings a mail to Postfix; what it hears."""
        there = ("127.0.0.1", self.server.door)
        with smtplib.SMTP(*there, local_hostname="mx.friend.test", timeout=20, source_address=(WORLD, 0)) as session:
            session.ehlo()
            session.mail(mail_from)
            code, said = session.rcpt(to)
            if code == 250:
                code, said = session.data(mail)
            return code, said.decode()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    mx = free_port()
    with sink() as box, zone(NAMES) as names, postfix(mx, box.port, BACK) as server:
        told = f"""
[dns]
servers = ["127.0.0.1:{names.port}"]
[smtp_server]
bounces = "{BACK}"
[mail_in]
listen = "127.0.0.1:{mx}"
in_front = ["127.0.0.1"]
[[trunk]]
kind = "smtp"
name = "postfix"
host = "127.0.0.1"
port = {server.out}
"""
        with House(tmp_path_factory.mktemp("postfix") / "house", config=told, MASSTRANSIT_SMTP="127.0.0.1:0") as house:
            yield Street(house, box, names, server)


def test_the_world_brings_mail_through_it_and_hears_the_houses_own_words(street: Street) -> None:
    listener = Listener()
    made = street.ask("POST", "MailRoutes", data={"Address": "@northwind.example", "Url": f"{listener.url}/mail"})
    assert made.status_code == 201
    assert street.brings(a_mail(sender="ada@friend.test"), to=DESK)[0] == 250, street.server.log
    (told,) = eventually(lambda: listener.told("/mail"))
    assert (told["From"], told["Spf"], told["Dmarc"]) == ("ada@friend.test", "pass", "pass")  # by XFORWARD
    code, said = street.brings(a_mail(sender="help@bank.test"), to=DESK)
    assert (code, "its owner asks that such mail is refused" in said) == (550, True)
    for nobody in ("ada@elsewhere.test", f"b-{'0' * 48}@{BACK}"):
        assert street.brings(a_mail(), to=nobody) == (550, "5.1.1 There is no such mailbox here")
    assert street.server.queued == 0
    listener.close()


def test_what_customers_send_goes_out_through_it_and_its_bounce_is_followed(street: Street) -> None:
    street.hand_in(letter("bob@reader.test", "Your table", "It is ready."), "bob@reader.test")
    (came,) = eventually(lambda: street.box.to("bob@reader.test"))
    assert "by mail.test (Postfix)" in str(read(came).get_all("Received"))
    street.box.says["gone@reader.test"] = "550 5.1.1 no such user"
    street.hand_in(letter("gone@reader.test", "Your table", "It is ready."), "gone@reader.test")
    (listed,) = eventually(lambda: _suppressed(street, "bounce"), within=20)
    assert listed["address"] == "g***@reader.test"
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="no such mailbox"):
        street.hand_in(letter("gone@reader.test", "Your table", "Still ready."), "gone@reader.test")
    eventually(lambda: street.server.queued == 0)


def test_who_unsubscribes_by_mail_or_complains_to_a_feedback_loop_gets_no_more(street: Street) -> None:
    street.agrees("eve@reader.test", "cat@reader.test")
    for reader in ("eve@reader.test", "cat@reader.test"):
        street.hand_in(letter(reader, "Sale", OFFER, "marketing"), reader)
    eve = read(eventually(lambda: street.box.to("eve@reader.test"))[0])
    (wish,) = re.findall(r"<mailto:(u-[^>?]+)", eve["List-Unsubscribe"])
    assert street.brings(a_mail(sender="eve@reader.test", subject="unsubscribe"), to=wish)[0] == 250
    with pytest.raises(smtplib.SMTPDataError, match="asked for no more advertising"):
        street.hand_in(letter("eve@reader.test", "Sale", OFFER, "marketing"), "eve@reader.test")
    path = eventually(lambda: [way for way, to, _ in street.box.whole if to == ["cat@reader.test"]])[0]
    report = _report(path, street.box.to("cat@reader.test")[0])
    assert street.brings(report, to=f"feedback@{BACK}")[0] == 250
    (listed,) = eventually(lambda: _suppressed(street, "complaint"))
    assert listed["address"] == "c***@reader.test"
    with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
        street.hand_in(letter("cat@reader.test", "Sale", OFFER, "marketing"), "cat@reader.test")


def _suppressed(street: Street, why: str) -> list[dict[str, str]]:
    listed = street.ask("GET", "MailSuppressions").json()["mail_suppressions"]
    return [each for each in listed if each["why"] == why]


def _report(return_path: str, original: bytes) -> bytes:
    """What a mail provider's feedback loop sends (RFC 5965)."""
    head = (
        f"From: fbl@friend.test\r\nTo: feedback@{BACK}\r\nSubject: Email Feedback Report\r\n"
        "Message-ID: <fbl.1@friend.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
    )
    fields = f"Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: Loop/1\r\nOriginal-Mail-From: <{return_path}>\r\n"
    parts = (
        b"Content-Type: text/plain\r\n\r\nA complaint.\r\n",
        b"Content-Type: message/feedback-report\r\n\r\n" + fields.encode(),
        b"Content-Type: message/rfc822\r\n\r\n" + original,
    )
    return head.encode() + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
