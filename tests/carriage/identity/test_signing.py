"""Signing: what a call of ours is given by the right that it rests on; keys and certificates that can't be used."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from masstransit import config
from masstransit.carriage.identity import header, passport
from masstransit.carriage.identity.certificates import file_name
from masstransit.carriage.identity.service import Identity, right_in
from masstransit.carriage.identity.tn_auth_list import Authority
from masstransit.clock import HandClock
from masstransit.errors import ConfigError
from masstransit.facts.calls.callers import CallerRight, attested
from masstransit.model.address import ShortCode, SipUri, e164
from masstransit.model.caller import Attestation
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Verdict
from masstransit.telephony import caller_identity
from tests.carriage.identity.authority import NOW, Issuer, a_provider, key_file, pem
from tests.makers import ACCOUNT

CALLER, CALLED = e164("+14155550100"), e164("+12125550123")
ROOT = Issuer()
X5U = "https://cert.masstransit.example/709J.pem"


def ours(folder: Path, **changes: Any) -> config.Settings:
    """The settings of a house that signs, and knows its own certificate."""
    provider = a_provider(ROOT, x5u=X5U)
    provider.known_in(folder / "known")
    (folder / "certificate.pem").write_bytes(pem(*provider.certificates))
    (folder / "anchors.pem").write_bytes(pem(ROOT.certificate))
    told: dict[str, Any] = {
        "key": str(key_file(folder, provider.key)),
        "certificate": str(folder / "certificate.pem"),
        "x5u": X5U,
        "spc": "709J",
        "trust_anchors": str(folder / "anchors.pem"),
        "known_certificates": str(folder / "known"),
    }
    return config.Settings(identity=config.IdentitySettings(**{**told, **changes}))


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def identity(tmp_path: Path, clock: HandClock) -> Identity:
    return caller_identity(ours(tmp_path), clock)


def a_right(grounds: str, **more: Any) -> CallerRight:
    attestation, because = attested(grounds)
    return CallerRight(account=ACCOUNT, grounds=grounds, attestation=attestation, because=because, **more)


@pytest.mark.parametrize(
    ("grounds", "letter"), [("owned", "A"), ("code", "A"), ("loa", "A"), ("", "B"), ("transit", "C")]
)
def test_a_call_is_signed_by_the_right_it_rests_on_and_verifies(identity: Identity, grounds: str, letter: str) -> None:
    signed = identity.sign(CALLER, CALLED, a_right(grounds))
    assert signed.attestation is Attestation(letter)
    assert signed.because
    told = identity.verify([signed.header], CALLER, CALLED)
    assert (told.passed, told.attestation, told.origin) == (True, Attestation(letter), signed.origin)
    assert signed.header.endswith(f";info=<{X5U}>;alg=ES256;ppt=shaken")


def test_a_right_that_is_vouched_for_less_far_is_signed_so_and_says_why(identity: Identity) -> None:
    lowered = msgspec.structs.replace(
        a_right("owned"), attestation=Attestation.PARTIAL, because="a step stands", lowered_by="ST1"
    )
    signed = identity.sign(CALLER, CALLED, lowered)
    assert (signed.attestation, signed.because) == (Attestation.PARTIAL, "a step stands")
    assert identity.verify([signed.header], CALLER, CALLED).attestation is Attestation.PARTIAL


def test_the_origin_is_a_uuid_the_same_for_all_calls_of_an_account(identity: Identity) -> None:
    one, two = (identity.sign(CALLER, CALLED, a_right("owned")) for _ in range(2))
    other = identity.sign(CALLER, CALLED, CallerRight(account="AC" + "2" * 32, attestation=Attestation.FULL))
    assert one.origin == two.origin != other.origin
    assert str(uuid.UUID(one.origin)) == one.origin
    assert ACCOUNT not in one.header


def test_a_call_that_is_sent_on_gets_a_word_about_that_beside_the_first_one(identity: Identity, tmp_path: Path) -> None:
    carrier = a_provider(ROOT, x5u="https://carrier.example/a.pem")
    carrier.known_in(tmp_path / "known")
    office = e164("+12125550199")
    first = carrier.signs(carrier.claims(CALLER.digits, office.digits))
    assert identity.verify([first], CALLER, office).passed
    signed = identity.sign(CALLER, CALLED, a_right("diverted", signed=True, diverted_by=office.text))
    assert header.read(signed.header).ppt == "div"
    told = identity.verify([first, signed.header], CALLER, CALLED)
    assert (told.passed, told.attestation, told.diverted_by) == (True, Attestation.FULL, (office.text,))


def test_a_call_that_came_unsigned_and_is_sent_on_is_vouched_for_as_a_gateway(identity: Identity) -> None:
    signed = identity.sign(CALLER, CALLED, a_right("diverted", diverted_by="+12125550199"))
    assert signed.attestation is Attestation.GATEWAY


def test_what_another_provider_signed_passes_through_untouched(identity: Identity) -> None:
    signed = identity.sign(CALLER, CALLED, a_right("transit", signed=True))
    assert (signed.header, signed.attestation) == ("", None)
    assert "goes on as it is" in signed.because


def test_without_a_number_a_right_a_key_or_a_certificate_in_its_time_nothing_is_signed(
    identity: Identity, clock: HandClock
) -> None:
    right = a_right("owned")
    unsigned = [
        identity.sign(SipUri("sip:anna@example.org"), CALLED, right),
        identity.sign(CALLER, CALLED, CallerRight()),
        caller_identity(config.Settings(), clock).sign(CALLER, CALLED, right),
    ]
    clock.set(NOW + timedelta(days=90))
    unsigned.append(identity.sign(CALLER, CALLED, right))
    assert [one.header for one in unsigned] == ["", "", "", ""]
    assert len({one.because for one in unsigned}) == 4


def test_an_emergency_call_is_signed_for_the_number_as_it_is_dialled(identity: Identity) -> None:
    signed = identity.sign(CALLER, ShortCode("911"), a_right("owned"))
    assert passport.read(header.read(signed.header).token).claims.dest.tn == ("911",)


def test_the_right_is_found_in_a_decision_fresh_or_read_from_the_record() -> None:
    right = a_right("owned", state="in-use")
    for facts, found in (
        ({"CallerRight": right}, right),
        ({"CallerRight": {"account": ACCOUNT, "grounds": "loa", "attestation": "A"}}, "loa"),
        ({"CallerRight": {"unknown": "the database was silent"}}, ""),
        ({}, ""),
    ):
        decision = Decision(
            id="DE1", subject="CA1", account=ACCOUNT, moment=Moment.OFFER, attempt=0, at=NOW, verdict=Verdict.ALLOW,
            findings=(), facts=facts, revision="1",
        )  # fmt: skip
        told = right_in(decision)
        assert told == found if isinstance(found, CallerRight) else told.grounds == found


# --- files that can't be used -------------------------------------------------------------------------------------


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, clock: HandClock) -> None:
    settings = ours(tmp_path)
    Path(settings.identity.key).chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        caller_identity(settings, clock)


def test_a_key_that_is_none_or_of_another_kind_is_not_used(tmp_path: Path, clock: HandClock) -> None:
    settings = ours(tmp_path)
    rsa_key = rsa.generate_private_key(65537, 2048)
    for content, words in (
        (b"nothing", "no private key"),
        (rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "P-256"),
    ):
        Path(settings.identity.key).write_bytes(content)
        with pytest.raises(ConfigError, match=words):
            caller_identity(settings, clock)
    Path(settings.identity.key).unlink()
    with pytest.raises(ConfigError, match="No such file"):
        caller_identity(settings, clock)


def test_a_certificate_of_another_key_or_for_another_code_is_not_used(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(ConfigError, match="709J"):
        caller_identity(ours(tmp_path, spc="1234"), clock)
    settings = ours(tmp_path)
    key_file(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigError, match="another key"):
        caller_identity(settings, clock)


def test_a_certificate_that_speaks_for_no_numbers_is_not_used(tmp_path: Path, clock: HandClock) -> None:
    settings, key = ours(tmp_path), ec.generate_private_key(ec.SECP256R1())
    key_file(tmp_path, key)
    Path(settings.identity.certificate).write_bytes(pem(ROOT.issue(key, None)))
    with pytest.raises(ConfigError, match="names no numbers"):
        caller_identity(settings, clock)
    Path(settings.identity.certificate).write_bytes(pem(ROOT.issue(key, Authority(ones=frozenset(("14155550100",))))))
    with pytest.raises(ConfigError, match="not for a code"):
        caller_identity(settings, clock)


def test_names_of_files_can_be_made_by_any_program() -> None:
    assert file_name("https://cert.example/shaken.pem") == "https%3A%2F%2Fcert.example%2Fshaken.pem"
