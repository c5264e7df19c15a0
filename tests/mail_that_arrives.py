"""A person's mail to a customer, as the door hands it in."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, insert

from masstransit.carriage.channel import Inbound
from masstransit.channels.smtp import arrived
from masstransit.model.address import email_address
from masstransit.model.mail import Authentication
from masstransit.model.sid import new_sid
from masstransit.storage import mail_routes
from masstransit.storage.tables import mail_domains
from tests.makers import NOON

DESK = "desk@shop.example"
LETTER = (
    b"Received: from mx.friend.test\r\nFrom: Ada <ada@friend.test>\r\nTo: desk@shop.example\r\nSubject: Wheels\r\n"
    b"Message-ID: <7@friend.test>\r\n\r\nHave you got wheels?\r\n"
)


def takes_mail(connection: Connection, account: str, url: str = "https://shop.test/in") -> None:
    """From now on mail to any address of shop.example is an account's."""
    row = {
        "account": account, "domain": "shop.example", "sid": new_sid("MD"), "token": "t", "created_at": NOON,
        "updated_at": NOON, "proven_at": NOON,
    }  # fmt: skip
    connection.execute(insert(mail_domains), [row])
    mail_routes.add(
        connection,
        {
            "account": account, "address": "@shop.example", "sid": new_sid("MR"), "domain": "shop.example", "url": url,
            "method": "POST", "fallback_url": "", "created_at": NOON,
        },
    )  # fmt: skip


def a_mail(source: bytes = LETTER, *, to: str = DESK, dmarc: str = "pass", policy: str = "") -> Inbound:
    """A mail, read as the door reads it."""
    read = arrived.read(source, "ada@friend.test")
    proof: Any = {"domain": "friend.test", "dmarc": dmarc, "policy": policy}
    return Inbound(
        trunk="mx", sender=read.sender, recipient=email_address(to), text=read.text, at=NOON,
        carrier_id=hashlib.sha256(source + to.encode()).hexdigest(), letter=read.letter, source=source,
        authentication=Authentication(**proof), words=read.words, answered=True,
    )  # fmt: skip
