"""A customer changes one base URL: their present provider goes on carrying everything, and the policy is seen on it.

The provider is a whole house of its own, which observes too, so that it takes whatever comes: a real one in the SDKs'
dialect, over real sockets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.stories.house import House, eventually

pytestmark = pytest.mark.story

LAWFUL = "Your table for two is ready. See you soon, Northwind."
FRAUD = "Your bank account is locked. Verify your PIN and password now at http://secure-bank-login.example/verify"
ADVERT = "MEGA SALE! 70% off everything today only, buy now at http://shop.example or miss out!!!"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path / "provider", config="observe = true\n") as running:
        yield running


def settings(provider: House, more: str = "") -> str:
    demo = provider.demo
    return f"""
        [webhooks]
        allow_private = true
        [account.{demo["account_sid"]}]
        observe = true
        {more}
        [[trunk]]
        kind = "rest"
        name = "provider"
        url = "{demo["http"]}"
        account_sid = "{demo["account_sid"]}"
        auth_token = "{demo["auth_token"]}"
        """


def moved_in(provider: House, ours: House, folder: Path) -> Any:
    """The customer's SDK with the credentials that it has, and another base URL; their numbers, which call us."""
    demo = provider.demo
    token, numbers = folder / "token", folder / "numbers.csv"
    token.write_text(demo["auth_token"])
    numbers.write_text("number\n" + "\n".join(demo["numbers"]) + "\n")
    made = ours.run("account", "Northwind", "--as", demo["account_sid"], "--token-file", str(token))
    assert made.returncode == 0, made.stderr
    assert demo["auth_token"] not in made.stdout
    taken = ours.run("import", "numbers", str(numbers), "--account", demo["account_sid"])
    assert taken.returncode == 0, taken.stderr
    there = Client(demo["account_sid"], demo["auth_token"])
    there.api.base_url = demo["http"]
    for number in there.incoming_phone_numbers.list():
        number.update(sms_url=f"{ours.http}/trunks/provider/messages")
    client = Client(demo["account_sid"], demo["auth_token"])
    client.api.base_url = ours.http
    return client


def report(ours: House) -> dict[str, Any]:
    told = ours.run("observed", "--json")
    assert told.returncode == 0, told.stderr
    read: dict[str, Any] = json.loads(told.stdout)
    return read


def test_everything_passes_unchanged_and_the_report_says_what_would_have_been(provider: House, tmp_path: Path) -> None:
    phone, number = provider.phone(), provider.demo["numbers"][0]
    with House(tmp_path / "ours", command="serve", config=settings(provider)) as ours:
        client = moved_in(provider, ours, tmp_path)
        sent = [
            client.messages.create(from_=number, to=phone["number"], body=text) for text in (LAWFUL, FRAUD, ADVERT) * 3
        ]
        eventually(lambda: len(provider.received(phone)) == 9)
        assert sorted(shown["text"] for shown in provider.received(phone)) == sorted([LAWFUL, FRAUD, ADVERT] * 3)
        assert {shown["from"] for shown in provider.received(phone)} == {number}
        eventually(lambda: all(client.messages(each.sid).fetch().status == "delivered" for each in sent))

        provider.answer(phone, number, "When do you close?")
        eventually(lambda: [m.body for m in client.messages.list() if m.direction == "inbound"])
        found = report(ours)
        assert found["messages"] == 9
        assert {"7.1", "10.1"} <= set(found["rules"])
        assert found["rules"]["10.1"]["messages"] >= 3
        assert found["rules"]["10.1"]["likely_fine_usd"] == 2000
        assert found["rules"]["7.1"]["answered_afterwards"] >= 1
        told = ours.run("observed").stdout
        assert "clause 10, Fraud" in told
        assert "remedy    " in told
        assert "answered afterwards" in told
        assert phone["number"] not in told


def test_a_stop_is_obeyed_here_and_answered_there_alone(provider: House, tmp_path: Path) -> None:
    phone, number = provider.phone(), provider.demo["numbers"][0]
    with House(tmp_path / "ours", command="serve", config=settings(provider, 'enforce = ["7.4"]')) as ours:
        client = moved_in(provider, ours, tmp_path)
        provider.answer(phone, number, "STOP")
        eventually(lambda: [m for m in client.messages.list() if m.direction == "inbound"])
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(from_=number, to=phone["number"], body=LAWFUL)
        assert refused.value.code == 21610
        texts = [shown["text"] for shown in provider.received(phone) if shown["direction"] == "received"]
        assert len(texts) == 1, texts  # the provider's own confirmation
        assert [m for m in client.messages.list() if m.direction != "inbound" and m.status != "failed"] == []


def test_one_clause_is_enforced_and_only_that_one_stops(provider: House, tmp_path: Path) -> None:
    phone, number = provider.phone(), provider.demo["numbers"][0]
    with House(tmp_path / "ours", command="serve", config=settings(provider, 'enforce = ["10"]')) as ours:
        client = moved_in(provider, ours, tmp_path)
        held, *others = [
            client.messages.create(from_=number, to=phone["number"], body=text) for text in (FRAUD, LAWFUL, ADVERT)
        ]
        eventually(lambda: all(client.messages(each.sid).fetch().status == "delivered" for each in others))
        assert sorted(shown["text"] for shown in provider.received(phone)) == sorted([LAWFUL, ADVERT])
        assert client.messages(held.sid).fetch().status == "accepted"  # it waits for a person
        told = ours.run("explain", held.sid).stdout
        assert "by        10." in told
        assert "(in shadow: recorded, and binds nothing)" in told


def test_what_is_not_signed_by_the_provider_is_not_taken(provider: House, tmp_path: Path) -> None:
    demo = provider.demo
    with House(tmp_path / "ours", command="serve", config=settings(provider)) as ours:
        client = moved_in(provider, ours, tmp_path)
        forged = {"From": "+12125550123", "To": demo["numbers"][0], "Body": "STOP", "MessageSid": "SM1"}
        for path, status in (("provider/messages", 403), ("provider/status", 403), ("nobody/messages", 404)):
            answer = httpx.post(f"{ours.http}/trunks/{path}", data=forged, headers={"X-Twilio-Signature": "x"})
            assert answer.status_code == status
        assert client.messages.list() == []
