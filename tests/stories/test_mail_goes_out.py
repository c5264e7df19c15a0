"""Mail on its way out: handed in by swaks, smtplib and REST, signed, carried to another server, refused, unsubscribed
from, brought back, and not lost when the house is killed."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import re
import smtplib
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import dkim
import httpx
import pytest

from tests.channels.smtp.zone import Zone, zone
from tests.malware.files import EICAR, EXE, PNG, a_pdf, a_stream, locked_pdf, zipped
from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.sink import Sink, sink

pytestmark = pytest.mark.story

BOB, CAT, GONE = "bob@reader.test", "cat@reader.test", "gone@reader.test"
FROM = "Ada of Northwind <ada@northwind.example>"
POSTAL = "Northwind, 1 Harbor Way, Seattle, WA 98101"
OFFER = f"Our sale: 20% off until Sunday.\n\nUnsubscribe: answer with that word.\n{POSTAL}\n"


class Post:
    """A house with a way out, and what is at its end."""

    def __init__(self, house: House, box: Sink, names: Zone) -> None:
        self.house, self.box, self.names = house, box, names
        demo = house.demo
        self.auth = (demo["account_sid"], demo["auth_token"])

    def client(self) -> smtplib.SMTP:
        host, _, port = self.house.smtp.rpartition(":")
        client = smtplib.SMTP(host, int(port), timeout=20)
        client.login(*self.auth)
        return client

    def hand_in(self, letter: EmailMessage, *to: str, **more: Any) -> dict[str, tuple[int, bytes]]:
        with self.client() as client:
            return client.sendmail("ada@northwind.example", list(to), letter.as_bytes(policy=email.policy.SMTP), **more)

    def ask(self, method: str, path: str, **told: Any) -> httpx.Response:
        url = f"{self.house.http}/policy/v1/{path}"
        return httpx.request(method, url, auth=self.auth, timeout=20, **told)

    def agrees(self, *people: str) -> None:
        for each in people:
            item = {
                "contact_id": each, "sender_id": self.house.demo["numbers"][0], "status": "opt-in", "source": "website",
            }  # fmt: skip
            url = f"{self.house.http}/accounts/v1/Consents/Bulk"
            done = httpx.post(url, auth=self.auth, data={"Items": json.dumps(item)})
            assert done.json()["items"][0]["error_code"] == 0, done.text


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("mail")
    with (
        sink() as box,
        zone({}) as names,
        House(folder / "house", config=_config(box.port, names), MASSTRANSIT_SMTP="127.0.0.1:0") as house,
    ):
        yield Post(house, box, names)


def _config(port: int, names: Zone) -> str:
    return f"""
[dns]
servers = ["127.0.0.1:{names.port}"]
[smtp_server]
bounces = "bounces.masstransit.example"
[[trunk]]
kind = "smtp"
name = "relay"
host = "127.0.0.1"
port = {port}
"""


def letter(to: str, subject: str, text: str, purpose: str = "transactional", **fields: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["X-Purpose"] = FROM, to, subject, purpose
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def read(raw: bytes) -> EmailMessage:
    made = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    return made


def test_swaks_hands_in_a_mail_that_arrives_signed_and_without_our_own_fields(post: Post) -> None:
    swaks = needed("swaks")
    host, _, port = post.house.smtp.rpartition(":")
    done = subprocess.run(
        [
            swaks, "--server", host, "--port", port, "--auth", "PLAIN", "--auth-user", post.auth[0], "--auth-password",
            post.auth[1], "--from", "ada@northwind.example", "--to", BOB, "--header", f"From: {FROM}",
            "--header", "Subject: Your table", "--header", "X-Purpose: transactional", "--body", "It is ready.",
        ],
        check=False, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    sid = re.search(r"queued as (EM[0-9a-f]{32})", done.stdout)
    assert sid is not None
    (raw,) = eventually(lambda: post.box.to(BOB))
    came = read(raw)
    assert came["Subject"] == "Your table"
    assert came["X-Purpose"] is None
    assert f"id {sid[1]}" in came["Received"]
    records = _records(post)
    for place in range(2):
        assert dkim.DKIM(raw).verify(place, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip(".")].encode())
    assert re.fullmatch(f"b-{sid[1][2:]}[0-9a-f]{{16}}@bounces.masstransit.example", post.box.whole[-1][0])
    told = post.house.run("explain", sid[1])
    assert told.returncode == 0
    assert "EMAIL outbound by smtp" in told.stdout
    assert "a***@northwind.example -> b***@reader.test" in told.stdout


def _records(post: Post) -> dict[str, str]:
    listed = post.ask("GET", "MailDomains").json()["mail_domains"]
    shown = post.ask("GET", f"MailDomains/{listed[-1]['sid']}").json()
    return {each["name"]: each["text"] for each in shown["records"] if each["use"] == "dkim"}


def test_who_agreed_to_nothing_is_refused_and_one_of_two_by_a_notification(post: Post) -> None:
    post.agrees(BOB)
    with pytest.raises(smtplib.SMTPDataError, match="Clause 7: nothing shows that this person agreed") as no:
        post.hand_in(letter(CAT, "Sale", OFFER, "marketing"), CAT)
    assert no.value.smtp_code == 550
    assert post.hand_in(letter(BOB, "Sale", OFFER, "marketing"), BOB, CAT) == {}
    told = eventually(lambda: post.box.to("ada@northwind.example"))[-1]
    status = read(told)
    assert status.get_content_type() == "multipart/report"
    assert f"Final-Recipient: rfc822; {CAT}".encode() in told
    assert b"Status: 5.7.1" in told


def test_one_click_stops_advertising_at_once_and_a_receipt_still_comes(post: Post) -> None:
    post.agrees("eve@reader.test")
    post.hand_in(letter("eve@reader.test", "Sale", OFFER, "marketing"), "eve@reader.test")
    came = read(eventually(lambda: post.box.to("eve@reader.test"))[0])
    assert came["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (link,) = re.findall(r"<(https?:[^>]+)>", came["List-Unsubscribe"])
    assert "mailto:u-" in came["List-Unsubscribe"]
    page = httpx.get(link)
    assert "e***@reader.test" in page.text
    assert "Northwind" in page.text
    assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert httpx.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 404
    with pytest.raises(smtplib.SMTPDataError, match="asked for no more advertising"):
        post.hand_in(letter("eve@reader.test", "Sale", OFFER, "marketing"), "eve@reader.test")
    post.hand_in(letter("eve@reader.test", "Receipt", "You paid 12 dollars."), "eve@reader.test")
    eventually(lambda: len(post.box.to("eve@reader.test")) == 2)


def test_a_mailbox_that_is_not_there_is_told_of_and_refused_by_name_from_then_on(post: Post) -> None:
    post.box.says[GONE] = "550 5.1.1 no such user"
    post.hand_in(letter(GONE, "Hello", "Are you there?"), GONE)
    eventually(lambda: [each for each in post.box.to("ada@northwind.example") if b"Status: 5.1.1" in each])
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="no such mailbox"):
        post.hand_in(letter(GONE, "Hello", "Are you there?"), GONE)
    (listed,) = post.ask("GET", "MailSuppressions").json()["mail_suppressions"]
    assert (listed["address"], listed["why"]) == ("g***@reader.test", "bounce")
    assert post.ask("DELETE", f"MailSuppressions/{listed['person']}").status_code == 204
    del post.box.says[GONE]
    post.hand_in(letter(GONE, "Hello", "Are you there now?"), GONE)
    eventually(lambda: post.box.to(GONE))


def test_a_domain_is_sent_from_once_its_zone_says_so(post: Post) -> None:
    made = letter(BOB, "Hello", "It is us.")
    del made["From"]
    made["From"] = "Shop <hello@news.shop.example>"
    with pytest.raises(smtplib.SMTPDataError, match="is not one of yours"):
        post.hand_in(made, BOB)
    claimed = post.ask("POST", "MailDomains", data={"Domain": "Shop.example"}).json()
    proof = next(each for each in claimed["records"] if each["use"] == "proof")
    refused = post.ask("POST", f"MailDomains/{claimed['sid']}/Proof").json()
    assert (refused["status"], "has no TXT record" in refused["because"]) == ("claimed", True)
    with pytest.raises(smtplib.SMTPDataError, match="not proven yet"):
        post.hand_in(made, BOB)
    post.names.records[proof["name"], "TXT"] = [proof["text"]]
    assert post.ask("POST", f"MailDomains/{claimed['sid']}/Proof").json()["status"] == "proven"
    post.hand_in(made, BOB)
    eventually(lambda: [each for each in post.box.to(BOB) if b"d=shop.example" in each])


def test_rest_sends_a_mail_with_both_bodies_and_shows_what_became_of_it(post: Post) -> None:
    told = {
        "From": FROM, "To": "dan@reader.test", "Subject": "Größe 42", "Text": "Da.", "Html": "<p>Da.</p>",
        "Purpose": "transactional", "Header": "X-Order: 7",
    }  # fmt: skip
    done = post.ask("POST", "Emails", data=told, headers={"Idempotency-Key": "one"})
    assert done.status_code == 201, done.text
    again = post.ask("POST", "Emails", data=told, headers={"Idempotency-Key": "one"})
    assert again.json()["sid"] == done.json()["sid"]
    came = read(eventually(lambda: post.box.to("dan@reader.test"))[0])
    assert (came["Subject"], came["X-Order"]) == ("Größe 42", "7")
    body = came.get_body(("html",))
    assert body is not None
    assert "<p>Da.</p>" in body.get_content()
    eventually(lambda: post.ask("GET", f"Emails/{done.json()['sid']}").json()["status"] == "sent")
    assert len(post.box.to("dan@reader.test")) == 1
    refused = post.ask("POST", "Emails", data=told | {"From": "x@elsewhere.example"})
    assert (refused.status_code, refused.json()["details"]["rule"]) == (400, "18.7.2")


def test_rest_takes_a_whole_mail_with_its_files_as_large_as_smtp_does(post: Post) -> None:
    plans = bytes(range(256)) * 16_384  # 4 MiB
    made = letter("gil@reader.test", "The plans", "As we said.")
    made.add_attachment(plans, maintype="application", subtype="octet-stream", filename="plans.bin")
    beside = {"To": "gil@reader.test", "Purpose": "transactional"}
    sent = {"params": beside, "headers": {"Content-Type": "message/rfc822"}}
    done = post.ask("POST", "Emails", content=made.as_bytes(policy=email.policy.SMTP), **sent)
    assert (done.status_code, len(done.json()["media"])) == (201, 1), done.text
    (raw,) = eventually(lambda: post.box.to("gil@reader.test"))
    (file,) = read(raw).iter_attachments()
    assert file.get_payload(decode=True) == plans
    with post.client() as client:
        largest = int(client.esmtp_features["size"])
    refused = post.ask("POST", "Emails", content=b"x" * (largest + 1), **sent)
    assert (refused.status_code, refused.json()["message"]) == (413, f"The request is larger than {largest} bytes")


def test_what_was_answered_250_is_carried_after_a_kill(post: Post) -> None:
    asked, post.box.silent = post.box.asked, True
    post.hand_in(letter("fay@reader.test", "Hello", "Still there?"), "fay@reader.test")
    eventually(lambda: post.box.asked > asked)
    post.house.kill()
    post.box.silent = False
    post.house.start()
    (raw,) = eventually(lambda: post.box.to("fay@reader.test"), within=20)
    assert b"Still there?" in raw


def test_a_mail_whose_file_harms_is_refused_at_data_and_a_locked_statement_waits(post: Post) -> None:
    def enclosed(name: str, data: bytes) -> EmailMessage:
        made = letter(CAT, "Your statement", "Please find it attached.")
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        return made

    post.agrees(CAT)
    for name, data in (("statement.zip", zipped(("eicar.com", EICAR))), ("statement.pdf.exe", EXE)):
        with pytest.raises(smtplib.SMTPDataError, match="Clause 5") as no:
            post.hand_in(enclosed(name, data), CAT)
        assert no.value.smtp_code == 554
    before = len(post.box.to(CAT))
    post.hand_in(enclosed("statement.pdf", locked_pdf(b"Balance: 12", "19700101")), CAT)  # taken, and parked
    post.hand_in(enclosed("invoice.pdf", a_pdf(a_stream(b"BT (Invoice) Tj ET"))), CAT)
    *_, raw = eventually(lambda: post.box.to(CAT)[before:])
    assert [part.get_filename() for part in read(raw).iter_attachments()] == ["invoice.pdf"]
    assert len(post.box.to(CAT)) == before + 1


def page(to: str, html: str) -> EmailMessage:
    made = letter(to, "Your statement", "Your statement is ready.")
    made.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    return made


def packed(data: bytes, kind: str = "application/octet-stream") -> str:
    return f'<a href="data:{kind};base64,{base64.b64encode(data).decode()}">Open</a>'


def test_a_mail_whose_page_brings_what_harms_is_refused_and_one_that_brings_a_locked_file_waits(post: Post) -> None:
    pat = "pat@reader.test"
    post.agrees(pat)
    smuggles = (
        f"<script>var u = atob('{base64.b64encode(bytes(90)).decode()}'), a = document.createElement('a');"
        "a.href = URL.createObjectURL(new Blob([u])); a.download = 'statement.zip'; a.click();</script>"
    )
    for bad, why in (
        (packed(zipped(("eicar.com", EICAR))), "Clause 5: a file harms"),
        (f"<!-- {base64.b64encode(zipped(('eicar.com', EICAR))).decode()} -->", "Clause 5: a file harms"),
        (smuggles, "Clause 5: a file harms"),
        (packed(EXE), "Clause 5: a file is a program"),
    ):
        with pytest.raises(smtplib.SMTPDataError, match=why) as no:
            post.hand_in(page(pat, bad), pat)
        assert no.value.smtp_code == 554
    post.hand_in(page(pat, packed(locked_pdf(b"Balance: 12", "19700101"), "application/pdf")), pat)  # it waits
    style = "".join(f".c{n}{{font:12px/1.5 Arial,sans-serif;color:#{n:06x}}}" for n in range(2000))
    token = base64.urlsafe_b64encode(bytes(range(256)) * 2).decode()
    lawful = (
        f"<style>{style}</style><p>Your statement</p><img src='https://open.northwind.example/{token}.gif' width=1>"
        f'<img src="data:image/png;base64,{base64.b64encode(PNG * 50).decode()}">'
        f'<a href="https://northwind.example/s?t={token}">Read it</a><a href="mailto:desk@northwind.example">Ask</a>'
    )
    post.hand_in(page(pat, lawful), pat)
    (raw,) = eventually(lambda: post.box.to(pat))
    body = read(raw).get_body(("html",))
    assert body is not None
    assert token in body.get_content()
    assert list(read(raw).iter_attachments()) == []
    waits = post.ask("GET", "Emails", params={"To": pat}).json()["emails"]
    assert sorted(each["status"] for each in waits) == ["accepted", *["failed"] * 4, "sent"]
