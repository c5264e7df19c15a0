"""Signed calls go both ways between the house and Kamailio, whose secsipid we did not write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from masstransit import config
from masstransit.carriage.identity import header
from masstransit.carriage.identity.service import Identity
from masstransit.clock import SystemClock
from masstransit.facts.calls.callers import CallerRight, attested
from masstransit.model.address import e164
from masstransit.model.caller import Attestation
from masstransit.telephony import caller_identity
from tests.carriage.identity.authority import Issuer, Provider, key_file, pem
from tests.carriage.identity.authority import a_provider as made_for
from tests.makers import ACCOUNT
from tests.stories.conftest import needed
from tests.stories.kamailio import ORIGIN, Kamailio

pytestmark = [pytest.mark.story, pytest.mark.timeout(60)]
CALLER, CALLED = e164("+14155550100"), e164("+12125550123")
OURS, THEIRS = "https://cert.masstransit.example/709J.pem", "https://cert.kamailio.example/709J.pem"


class Pair:
    """The house's identity, and Kamailio's; each has the other's certificate."""

    def __init__(self, house: Identity, kamailio: Kamailio, ours: Provider, theirs: Provider) -> None:
        self.house = house
        self.kamailio = kamailio
        self.ours = ours
        self.theirs = theirs

    def signed(self) -> str:
        """The value of the header of a call of ours."""
        attestation, because = attested("owned")
        right = CallerRight(account=ACCOUNT, grounds="owned", attestation=attestation, because=because)
        return self.house.sign(CALLER, CALLED, right).header


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    program = needed("kamailio")
    if not any(Path("/usr/lib").glob("*/kamailio/modules/secsipid.so")):
        pytest.skip("kamailio's secsipid is not installed here")
    folder = tmp_path_factory.mktemp("kamailio")
    authority = Issuer(at=datetime.now(UTC))
    ours, theirs = made_for(authority, x5u=OURS), made_for(authority, x5u=THEIRS)
    theirs.known_in(folder / "known")
    (folder / "theirs").mkdir()
    (folder / "ours.pem").write_bytes(pem(*ours.certificates))
    (folder / "anchors.pem").write_bytes(pem(authority.certificate))
    settings = config.IdentitySettings(
        key=str(key_file(folder, ours.key)),
        certificate=str(folder / "ours.pem"),
        x5u=OURS,
        spc="709J",
        trust_anchors=str(folder / "anchors.pem"),
        known_certificates=str(folder / "known"),
    )
    house = caller_identity(config.Settings(identity=settings), SystemClock())
    with Kamailio(
        folder / "kamailio",
        program,
        key=key_file(folder / "theirs", theirs.key),
        certificate=folder / "ours.pem",
        x5u=THEIRS,
    ) as kamailio:
        yield Pair(house, kamailio, ours, theirs)


def test_a_call_of_ours_verifies_in_kamailio(pair: Pair) -> None:
    assert pair.kamailio.verifies(pair.signed(), orig=CALLER.digits, dest=CALLED.digits) == "200 Verified"


def test_kamailio_turns_away_what_is_stale_was_tampered_with_or_another_key_signed(pair: Pair) -> None:
    value = pair.signed()
    head, claims, _ = header.read(value).token.split(".")
    stale = pair.ours.signs(pair.ours.claims(at=datetime.now(UTC) - timedelta(seconds=90)))
    stranger = Provider(pair.ours.certificates, ec.generate_private_key(ec.SECP256R1()), OURS)
    fresh = stranger.signs(stranger.claims(at=datetime.now(UTC)))
    for wrong in (value.replace(f"{head}.{claims}", f"{head}.{claims[:-4]}AAAA"), fresh, stale):
        said = pair.kamailio.verifies(wrong, orig=CALLER.digits, dest=CALLED.digits)
        assert said == "438 Invalid Identity Header"


def test_a_call_of_kamailio_verifies_in_the_house(pair: Pair) -> None:
    told = pair.house.verify([pair.kamailio.signs(orig=CALLER.digits, dest=CALLED.digits)], CALLER, CALLED)
    assert told.passed, told
    assert (told.attestation, told.origin, told.signer) == (Attestation.FULL, ORIGIN, "709J")


def test_what_is_wrong_with_a_call_of_kamailio_has_its_status(pair: Pair) -> None:
    value = pair.kamailio.signs(orig=CALLER.digits, dest=CALLED.digits)
    read = header.read(value)
    now = datetime.now(UTC)
    tampered = msgspec.structs.replace(read, token=read.token[:-8] + "AAAAAAAA")
    elsewhere = value.replace(THEIRS, "https://unknown.example/709J.pem")
    assert pair.house.verify([header.written(tampered)], CALLER, CALLED).status == 438
    assert pair.house.verify([value], CALLER, CALLED, now + timedelta(seconds=90)).status == 403
    assert pair.house.verify([value], e164("+14155550199"), CALLED).status == 438
    assert pair.house.verify([value], CALLER, e164("+12125550199")).status == 438
    assert pair.house.verify([elsewhere], CALLER, CALLED).status == 438
    assert pair.house.verify([], CALLER, CALLED).status == 428


def test_a_call_of_kamailio_under_a_certificate_of_a_stranger_is_unsupported(pair: Pair, tmp_path: Path) -> None:
    value = pair.kamailio.signs(orig=CALLER.digits, dest=CALLED.digits)
    (tmp_path / "anchors.pem").write_bytes(pem(Issuer(at=datetime.now(UTC)).certificate))
    pair.theirs.known_in(tmp_path / "known")
    settings = config.IdentitySettings(
        trust_anchors=str(tmp_path / "anchors.pem"), known_certificates=str(tmp_path / "known")
    )
    house = caller_identity(config.Settings(identity=settings), SystemClock())
    assert house.verify([value], CALLER, CALLED).status == 437
    (tmp_path / "empty").mkdir()
    nothing = msgspec.structs.replace(settings, known_certificates=str(tmp_path / "empty"))
    assert (
        caller_identity(config.Settings(identity=nothing), SystemClock()).verify([value], CALLER, CALLED).status == 436
    )
