"""Webhooks over sockets: status callbacks, people's messages and replies to them, signed as both SDKs validate it."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm
from twilio.rest import Client

from tests.stories.house import House, eventually
from tests.stories.test_node_sdk_and_cli import NODE, node
from tests.stories.test_python_sdk import client_of

pytestmark = pytest.mark.story
REPLY = "<Response><Message>We open at nine.</Message></Response>"


class Listener:
    """The customer's web server: keeps what it is told, and answers a person's question in TwiML."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], str]] = []  # path, parameters, signature
        self.bodies: list[str] = []  # of each, as it came
        self.settings: list[str | None] = []  # of each, how it says that it was signed
        self.answers: dict[str, str] = {}  # path -> what it answers, where that is told
        self.sounds: dict[str, bytes] = {}  # path -> WAV file
        self.faults = 0  # how many requests are answered 500 first
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length).decode()
                if len(body.encode()) < length:  # who told it was killed in the middle: it was not told
                    return
                params = dict(parse_qsl(body, keep_blank_values=True))
                listener.bodies.append(body)
                listener.settings.append(self.headers[SIGNATURE_SETTINGS_HEADER])
                listener.heard.append((self.path, params, self.headers["X-Twilio-Signature"]))
                failing, listener.faults = listener.faults > 0, max(0, listener.faults - 1)
                usual = REPLY if "open" in params.get("Body", "") else "<Response/>"
                answer = listener.answers.get(self.path, usual)
                self.send_response(500 if failing else 200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                sound = listener.sounds.get(path)
                self.send_response(200)
                self.send_header("Content-Type", "text/xml" if sound is None else "audio/wav")
                body = listener.answers[path].encode() if sound is None else sound
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def told(self, path: str) -> list[dict[str, str]]:
        return [params for at, params, _ in list(self.heard) if at.startswith(path)]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def test_a_status_callback_and_a_persons_message_are_told_signed_and_replied_to(
    house: House, listener: Listener
) -> None:
    client, phone, number = client_of(house), house.phone(), house.demo["numbers"][0]
    sent = client.messages.create(
        from_=number, to=phone["number"], body="Your table is ready.", status_callback=f"{listener.url}/status?order=7"
    )
    told = eventually(lambda: (t := listener.told("/status"))[1:] and t)  # side by side: either may come first
    assert {t["MessageStatus"] for t in told} == {"sent", "delivered"}
    assert {(t["MessageSid"], t["To"], t["From"]) for t in told} == {(sent.sid, phone["number"], number)}

    (owned,) = client.incoming_phone_numbers.list(phone_number=number)
    client.incoming_phone_numbers(owned.sid).update(sms_url=f"{listener.url}/sms", sms_method="POST")
    house.answer(phone, number, "When do you open?")
    (asked,) = eventually(lambda: listener.told("/sms"))
    assert (asked["Body"], asked["From"], asked["To"]) == ("When do you open?", phone["number"], number)
    assert "OptOutType" not in asked
    eventually(lambda: "We open at nine." in [m["text"] for m in house.received(phone)])

    house.answer(phone, number, "STOP")
    stopped = eventually(lambda: listener.told("/sms")[1:])
    assert [t.get("OptOutType") for t in stopped] == ["STOP"]
    _every_signature_is_valid(house.demo["auth_token"], listener)


def _every_signature_is_valid(token: str, listener: Listener) -> None:
    validator = RequestValidator(token)
    for path, params, signature in listener.heard:
        assert validator.validate(listener.url + path, params, signature), path
        assert not validator.validate(listener.url + path, params | {"Body": "forged"}, signature)


def test_an_account_that_asks_for_sha_256_has_its_webhooks_signed_so(house: House, listener: Listener) -> None:
    demo, phone = house.demo, house.phone()
    auth = (demo["account_sid"], demo["auth_token"])
    form = {"Algorithm": "HMAC_SHA256"}
    httpx.post(f"{house.http}/policy/v1/Signing", data=form, auth=auth).raise_for_status()
    send(house, phone, listener)
    eventually(lambda: listener.heard)
    (path, params, signature), settings = listener.heard[0], listener.settings[0]
    validator, algorithm = RequestValidator(demo["auth_token"]), get_signature_algorithm(settings)
    assert algorithm == "HMAC_SHA256"
    assert validator.validate(listener.url + path, params, signature, algorithm)
    assert not validator.validate(listener.url + path, params, signature)  # by SHA-1 it is another


def send(house: House, phone: dict[str, str], listener: Listener) -> str:
    """A message with a status callback; its SID."""
    fields = {"from_": house.demo["numbers"][0], "to": phone["number"], "body": "Your table is ready."}
    sent = client_of(house).messages.create(**fields, status_callback=f"{listener.url}/status")
    return str(sent.sid)


def test_webhooks_are_signed_with_the_first_token_until_the_second_is_promoted(
    house: House, listener: Listener
) -> None:
    tokens = client_of(house).accounts.v1
    second = tokens.secondary_auth_token().create().secondary_auth_token
    sid = send(house, house.phone(), listener)
    eventually(lambda: {t["MessageStatus"] for t in listener.told("/status")} == {"sent", "delivered"})
    _every_signature_is_valid(house.demo["auth_token"], listener)
    assert tokens.auth_token_promotion().update().auth_token == second
    client = Client(house.demo["account_sid"], second)
    client.api.base_url = house.http
    assert client.messages(sid).fetch().status == "delivered"
    first, number = Client(house.demo["account_sid"], house.demo["auth_token"]), house.demo["numbers"][0]
    first.api.base_url = house.http
    with pytest.raises(TwilioRestException) as refused:
        first.messages(sid).fetch()
    assert refused.value.code == 20003

    def signed_anew() -> bool:
        client.messages.create(from_=number, to=house.phone()["number"], body="Hi.", status_callback=listener.url)
        path, params, signature = listener.heard[-1]
        return bool(RequestValidator(second).validate(listener.url + path, params, signature))

    eventually(signed_anew, pause=0.5)


def test_the_node_sdk_validates_a_signature_too(house: House, listener: Listener) -> None:
    program = node()
    client, phone = client_of(house), house.phone()
    client.messages.create(
        from_=house.demo["numbers"][0], to=phone["number"], body="Grüße!", status_callback=f"{listener.url}/status"
    )
    eventually(lambda: listener.told("/status"))
    path, params, signature = listener.heard[0]
    for given, expected in ((signature, "true"), (signature[::-1], "false")):
        command = [program, "validate.js", house.demo["auth_token"], given, listener.url + path]
        said = subprocess.run(
            command, cwd=NODE, input=json.dumps(params), capture_output=True, text=True, timeout=60, check=False
        )
        assert said.stdout.strip() == expected, said.stderr


def test_a_callback_that_failed_is_told_again_and_one_that_was_waiting_survives_a_kill(
    house: House, listener: Listener
) -> None:
    listener.faults = 1
    client, phone = client_of(house), house.phone()
    sent = client.messages.create(
        from_=house.demo["numbers"][0], to=phone["number"], body="Hello.", status_callback=f"{listener.url}/status"
    )
    eventually(lambda: listener.heard and client.messages(sent.sid).fetch().status == "delivered")
    house.kill()
    house.start()
    eventually(
        lambda: {t["MessageStatus"] for t in listener.told("/status")} >= {"sent", "delivered"}, within=15, pause=0.2
    )
    assert httpx.get(f"{house.http}/healthz").status_code == 200
