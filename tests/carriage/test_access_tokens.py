"""Access tokens as the SDK makes them: whose signature holds comes in, and who is turned away hears why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from twilio.jwt.access_token import AccessToken as Made
from twilio.jwt.access_token.grants import ChatGrant, VideoGrant, VoiceGrant

from masstransit.carriage.access_tokens import AccessToken, AccessTokens, Turned, made
from masstransit.clock import SystemClock
from masstransit.model.communication import Knock
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage import accounts
from masstransit.storage import keys as keyring
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts as accounts_table
from masstransit.storage.tables import keys as keys_table

_OF_CHANCE = "a secret out of chance, of those days"


class Gate:
    """Hears knocks, and says what a test wants."""

    def __init__(self) -> None:
        self.knocks: list[Knock] = []
        self.verdict = Verdict.ALLOW

    async def admit(self, knock: Knock) -> Decision:
        self.knocks.append(knock)
        found = Finding(clause="2", rule="2.1", verdict=self.verdict, reason="too many", remedy="wait")
        return Decision(
            id="DE1", subject=knock.id, account=knock.account, moment=knock.moment, attempt=0, at=knock.at,
            verdict=self.verdict, findings=(found,), facts={}, revision="test",
        )  # fmt: skip


class Issuer:
    """A customer's server, with the SDK's own `AccessToken`."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database, self.keys, self.gate = database, keys, Gate()
        self.tokens = AccessTokens(database=database, keys=keys, clock=SystemClock(), admission=self.gate)
        self.account = self.key = self.secret = ""

    async def open(self) -> Issuer:
        now = datetime.now(UTC)
        row = await self.database.write(lambda c: accounts.create(c, self.keys, friendly_name="Test", now=now))
        self.account = row.account
        key, self.secret = await self.database.write(
            lambda c: accounts.create_key(c, self.keys, self.account, friendly_name="", now=now)
        )
        self.key = key.sid
        return self

    def token(self, *grants: Any, **more: Any) -> str:
        told = {"identity": "ada", "grants": list(grants), **more}
        account, key, secret = told.pop("account", self.account), told.pop("key", self.key), told.pop("secret", None)
        return str(Made(account, key, secret or self.secret, **told).to_jwt())


@pytest.fixture
async def issuer(sqlite_database: Database, keys: Keys) -> Issuer:
    return await Issuer(sqlite_database, keys).open()


async def test_a_token_of_the_sdk_says_who_comes_and_what_it_opens(issuer: Issuer) -> None:
    token = issuer.token(ChatGrant(service_sid="IS1"), VideoGrant(room="standup"), VoiceGrant(), region="us1")
    read = await issuer.tokens.read(token)
    assert isinstance(read, AccessToken)
    assert (read.account, read.key, read.identity) == (issuer.account, issuer.key, "ada")
    assert read.chat is not None
    assert read.video is not None
    assert (read.chat.service_sid, read.video.room) == ("IS1", "standup")
    assert 3590 < (read.expires_at - datetime.now(UTC)).total_seconds() <= 3600


async def test_a_token_of_our_own_opens_chat_alone(issuer: Issuer) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    read = await issuer.tokens.read(made(issuer.keys, issuer.account, issuer.key, "ben", until))
    assert isinstance(read, AccessToken)
    assert (read.identity, read.chat is not None, read.video) == ("ben", True, None)


async def test_a_token_without_grants_opens_nothing_by_itself(issuer: Issuer) -> None:
    read = await issuer.tokens.read(issuer.token())
    assert isinstance(read, AccessToken)
    assert (read.chat, read.video) == (None, None)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"secret": "another" * 5}, 20107),
        ({"key": "SK" + "0" * 32}, 20103),
        ({"account": "AC" + "0" * 32}, 20103),
        ({"ttl": -1}, 20104),
        ({"valid_until": 9_999_999_999_999}, 20104),
        ({"ttl": 24 * 3600 + 120}, 20157),
        ({"nbf": 4_000_000_000, "valid_until": 4_000_000_100}, 20105),
        ({"identity": ""}, 20106),
        ({"identity": "x" * 129}, 20106),
        ({"identity": "a\nb"}, 20106),
    ],
)
async def test_a_token_that_does_not_hold_is_refused_by_its_code(
    issuer: Issuer, more: dict[str, Any], code: int
) -> None:
    read = await issuer.tokens.read(issuer.token(**more))
    assert isinstance(read, Turned)
    assert (read.code, bool(read.reason), bool(read.remedy)) == (code, True, True)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "é.é.é", "." * 5000, "e30.e30.e30", "W10.W10.W10"])
async def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    read = await issuer.tokens.read(token)
    assert isinstance(read, Turned)
    assert read.code in {20101, 20102}


async def test_a_token_that_names_another_algorithm_is_refused(issuer: Issuer) -> None:
    _, claims, signature = issuer.token().split(".")
    unsigned = "eyJhbGciOiJub25lIiwiY3R5IjoidHdpbGlvLWZwYTt2PTEifQ"  # {"alg":"none","cty":"twilio-fpa;v=1"}
    read = await issuer.tokens.read(f"{unsigned}.{claims}.{signature}")
    assert isinstance(read, Turned)
    assert read.code == 20102


async def test_a_day_is_the_most_that_a_token_lives(issuer: Issuer) -> None:
    assert isinstance(await issuer.tokens.read(issuer.token(ttl=24 * 3600)), AccessToken)


async def test_a_key_of_before_is_told_how_to_be_renewed(issuer: Issuer) -> None:
    kept = issuer.keys.token_hash(_OF_CHANCE)
    await issuer.database.write(lambda c: c.execute(update(keys_table).values(secret_hash=kept)))
    read = await issuer.tokens.read(issuer.token(secret=_OF_CHANCE))
    assert isinstance(read, Turned)
    assert read.code == 20103
    assert "new key" in read.remedy


async def test_a_key_that_was_deleted_opens_nothing(issuer: Issuer) -> None:
    token = issuer.token()
    await issuer.database.write(lambda c: accounts.delete_key(c, issuer.account, issuer.key))
    read = await issuer.tokens.read(token)
    assert isinstance(read, Turned)
    assert read.code == 20103


async def test_a_suspended_accounts_tokens_open_nothing(issuer: Issuer) -> None:
    await issuer.database.write(lambda c: c.execute(update(accounts_table).values(status="suspended")))
    read = await issuer.tokens.read(issuer.token())
    assert isinstance(read, Turned)
    assert read.code == 20005


async def test_the_gate_hears_of_every_token_and_of_those_that_do_not_hold(issuer: Issuer) -> None:
    assert isinstance(await issuer.tokens.admit(issuer.token(), door="chat", source="192.0.2.1"), AccessToken)
    assert isinstance(
        await issuer.tokens.admit(issuer.token(secret="guess" * 7), door="video", source="192.0.2.1"), Turned
    )
    assert [(k.account, k.door, k.principal, k.source, k.proven) for k in issuer.gate.knocks] == [
        (issuer.account, "chat", issuer.key, "192.0.2.1", True),
        (issuer.account, "video", issuer.key, "192.0.2.1", False),
    ]


@pytest.mark.parametrize(("verdict", "code", "waits"), [(Verdict.DELAY, 20429, True), (Verdict.REFUSE, 20403, False)])
async def test_who_the_gate_turns_away_hears_why(issuer: Issuer, verdict: Verdict, code: int, waits: bool) -> None:
    issuer.gate.verdict = verdict
    read = await issuer.tokens.admit(issuer.token(), door="chat", source="192.0.2.1")
    assert isinstance(read, Turned)
    assert (read.code, read.clause, read.remedy, read.retry_after is not None) == (code, "2", "wait", waits)


def test_a_keys_secret_is_its_own_under_each_installations_keys(keys: Keys) -> None:
    others = {keys.key_secret("SK1"), keys.key_secret("SK2"), Keys(keyring._made()).key_secret("SK1")}
    assert len(others) == 3
    assert len(keys.key_secret("SK1")) == 32
