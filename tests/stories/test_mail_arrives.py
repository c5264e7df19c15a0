"""Mail of other servers: smtplib and swaks bring it, the customer is told of it, and what is forged stays out."""

from __future__ import annotations

import base64
import smtplib
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import httpx
import pytest

from tests.channels.smtp.signing import a_mail, key, signed
from tests.channels.smtp.zone import LOST, Zone
from tests.malware.files import EICAR, EXE, PNG, zipped
from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.test_notices import asks
from tests.stories.test_webhooks import Listener, _every_signature_is_valid

pytestmark = pytest.mark.story
NAMES = {
    ("friend.test", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
    ("mx.friend.test", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
    ("_dmarc.friend.test", "TXT"): ["v=DMARC1; p=reject"],
    ("_dmarc.bank.test", "TXT"): ["v=DMARC1; p=reject"],
    ("bank.test", "TXT"): ["v=spf1 -all"],
    ("s1._domainkey.bank.test", "TXT"): [key()[1]],
    ("_dmarc.careful.test", "TXT"): ["v=DMARC1; p=quarantine"],
    ("_dmarc.lost.test", LOST): [""],
}
DESK = "desk@northwind.example"


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Iterator[House]:
    with Zone(NAMES) as names:
        told = (
            f"[dns]\nservers = ['127.0.0.1:{names.port}']\n[mail_in]\nlisten = '127.0.0.1:0'\n"
            "[smtp_server]\nbounces = 'back.northwind.example'\n"
        )
        with House(tmp_path_factory.mktemp("mail") / "house", config=told) as running:
            asks(running, "POST", "MailRoutes", Address="@northwind.example", Url=f"{listener.url}/mail")
            yield running


def told(listener: Listener, to: str, number: int = 1) -> list[dict[str, str]]:
    """What was told of mail to an address, once it is so many."""
    heard: list[dict[str, str]] = []

    def enough() -> bool:
        heard[:] = [each for each in listener.told("/mail") if each["To"] == to]
        return len(heard) >= number

    eventually(enough)
    return heard


def server(house: House) -> smtplib.SMTP:
    host, _, port = house.mx.rpartition(":")
    return smtplib.SMTP(host, int(port), local_hostname="mx.friend.test", timeout=20)


def brings(house: House, mail: bytes, *, mail_from: str, to: str = DESK) -> tuple[int, str]:
    """What is answered to a mail."""
    with server(house) as session:
        session.ehlo()
        session.mail(mail_from)
        code, said = session.rcpt(to)
        if code == 250:
            code, said = session.data(mail)
        return code, said.decode()


def test_a_persons_mail_is_told_to_the_customer_whole(house: House, listener: Listener) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada Lovelace <ada@friend.test>", DESK, "Räder für mein Rad"
    mail["Message-ID"], mail["Reply-To"] = "<7@friend.test>", "orders@friend.test"
    mail.set_content("Have you got wheels?\n")
    mail.add_alternative("<p>Have you got <b>wheels</b>?</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="application", subtype="pdf", filename="wheels.pdf")
    mail.set_boundary("=_wheels")  # smtplib would make up another one each time that it is sent
    with server(house) as session:
        session.send_message(mail)
    (heard,) = told(listener, DESK)
    assert (heard["From"], heard["FromName"], heard["To"]) == ("ada@friend.test", "Ada Lovelace", DESK)
    assert (heard["Subject"], heard["Text"].strip()) == ("Räder für mein Rad", "Have you got wheels?")
    assert "<b>wheels</b>" in heard["Html"]
    assert "Message-ID: <7@friend.test>" in heard["Headers"]
    assert (heard["ReplyTo"], heard["Spf"], heard["Dkim"], heard["Dmarc"]) == (
        "orders@friend.test",
        "pass",
        "none",
        "pass",
    )
    assert (heard["NumMedia"], heard["MediaName0"], heard["MediaContentType0"]) == (
        "1",
        "wheels.pdf",
        "application/pdf",
    )
    assert httpx.get(heard["MediaUrl0"]).content == b"%PDF-1.4\n%%EOF\n"
    assert "Flags" not in heard
    with server(house) as session:  # the same mail again: its server did not hear the answer
        session.send_message(mail)
    plain = a_mail(sender="ada@friend.test")
    assert brings(house, plain, mail_from="ada@friend.test")[0] == 250
    heard = next(each for each in told(listener, DESK, 2) if each["MessageSid"] != heard["MessageSid"])
    assert httpx.get(heard["SourceUrl"]).content == plain
    shown = asks(house, "GET", f"ArrivedEmails/{heard['MessageSid']}")
    assert httpx.get(shown["source_url"], auth=(shown["account_sid"], house.demo["auth_token"])).content == plain
    _every_signature_is_valid(house.demo["auth_token"], listener)


def test_what_is_forged_or_nobodys_or_can_not_be_looked_up_is_turned_away_in_smtps_words(
    house: House, listener: Listener
) -> None:
    forged = signed(a_mail(sender="Your Bank <help@bank.test>"), "friend.test")
    code, said = brings(house, forged, mail_from="x@friend.test", to="forged@northwind.example")
    assert (code, said[:5], "Clause 18" in said) == (550, "5.7.1", True)
    assert (
        brings(
            house,
            signed(a_mail(sender="help@bank.test"), "bank.test"),
            mail_from="x@friend.test",
            to="forged@northwind.example",
        )[0]
        == 250
    )
    code, said = brings(house, a_mail(sender="ada@lost.test"), mail_from="x@friend.test", to="forged@northwind.example")
    assert (code, said[:5]) == (451, "4.7.5")
    assert (
        brings(house, a_mail(sender="ada@careful.test"), mail_from="x@friend.test", to="forged@northwind.example")[0]
        == 250
    )
    for to in ("ada@elsewhere.test", "nobody@sub.northwind.example", "b-" + "0" * 48 + "@back.northwind.example"):
        assert brings(house, a_mail(), mail_from="x@friend.test", to=to) == (550, "5.1.1 There is no such mailbox here")
    two = a_mail(sender="ada@friend.test", more="From: eve@evil.test\r\n")
    assert brings(house, two, mail_from="x@friend.test", to="forged@northwind.example")[0] == 554
    heard = told(listener, "forged@northwind.example", 2)
    assert {(t["Dkim"], t["Dmarc"], t.get("Flags")) for t in heard} == {
        ("pass", "pass", None),
        ("none", "fail", "18.7"),
    }


def test_swaks_finds_an_exchanger(house: House, listener: Listener) -> None:
    host, _, port = house.mx.rpartition(":")
    told_to = ["--from", "ada@friend.test", "--to", "swaks@northwind.example", "--helo", "mx.friend.test", "--pipeline"]
    says = ["--header", "Subject: From swaks", "--body", "Anybody there?"]
    sent = subprocess.run(
        [needed("swaks"), "--server", host, "--port", port, *told_to, *says],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert sent.returncode == 0, sent.stdout
    assert "250 2.0.0 Ok: EM" in sent.stdout
    (heard,) = told(listener, "swaks@northwind.example")
    assert (heard["Subject"], heard["Text"].strip(), heard["Spf"]) == ("From swaks", "Anybody there?", "pass")


def test_an_answer_that_says_stop_is_an_opt_out_and_an_auto_reply_says_nothing(
    house: House, listener: Listener
) -> None:
    quoting = "Stop.\r\n\r\nOn Wed, 3 Jun 2026, Northwind wrote:\r\n> Reply START to get more\r\n"
    answer = a_mail(sender="ada@friend.test", subject="Re: News", text=quoting)
    assert brings(house, answer, mail_from="ada@friend.test", to="stop@northwind.example")[0] == 250
    away = a_mail(sender="bob@friend.test", text="Stop.\r\n", more="Auto-Submitted: auto-replied\r\n")
    assert brings(house, away, mail_from="", to="stop@northwind.example")[0] == 250
    heard = told(listener, "stop@northwind.example", 2)
    assert {(t["From"], t.get("OptOutType")) for t in heard} == {("ada@friend.test", "STOP"), ("bob@friend.test", None)}


def test_a_page_that_harms_is_turned_away_and_one_that_brings_a_program_is_not_handed_on(
    house: House, listener: Listener, tmp_path: Path
) -> None:
    to = "page@northwind.example"
    (tmp_path / "domains.csv").write_text("domain,source\nbad-parcels.example,a feed\n")
    assert house.run("import", "domains", str(tmp_path / "domains.csv")).returncode == 0

    def paged(html: str) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Ada <ada@friend.test>", to, "Your invoice"
        mail.set_content("See the page.")
        mail.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
        return mail.as_bytes(policy=SMTP)

    def packed(data: bytes) -> str:
        return f'<a href="data:application/octet-stream;base64,{base64.b64encode(data).decode()}">Open</a>'

    code, said = brings(house, paged(packed(zipped(("a.com", EICAR)))), mail_from="ada@friend.test", to=to)
    assert (code, said[:5], "Clause 5" in said) == (554, "5.7.1", True)
    assert brings(house, paged(packed(EXE)), mail_from="ada@friend.test", to=to)[0] == 250
    (with_program,) = told(listener, to)
    assert "Html" not in with_program
    assert with_program["MediaName0"] == "message.html"
    assert httpx.get(with_program["MediaUrl0"]).status_code == 403
    logo = f'<img src="data:image/png;base64,{base64.b64encode(PNG * 50).decode()}">'
    for host in ("good-parcels.example", "bad-parcels.example"):
        mail = paged(f'{logo}<a href="https://login.{host}/x">Track it</a>')
        assert brings(house, mail, mail_from="ada@friend.test", to=to)[0] == 250
    heard = {each.get("Flags", ""): each["Html"] for each in told(listener, to, 3)[1:]}
    assert set(heard) == {"", "5.7"}
    assert all(logo in html for html in heard.values())
    assert "bad-parcels" in heard["5.7"]
