"""Signing and verifying who calls, beside PyJWT with the same key: `python -m bench.identity`.

Prints microseconds of CPU a call: what the house does (the whole header, certificate, chain, numbers and time), and
what a JWT library does for the token alone.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import jwt
from cryptography import x509

from masstransit.carriage.identity import header
from masstransit.clock import SystemClock
from masstransit.config import IdentitySettings, Settings
from masstransit.facts.calls.callers import CallerRight, attested
from masstransit.model.address import e164
from masstransit.telephony import caller_identity
from tests.carriage.identity.authority import Issuer, a_provider, key_file, pem

_TIMES, _RUNS = 1000, 5


def main() -> None:
    """Measure, and print a table."""
    for name, spent in measured().items():
        print(f"{name:<40} {spent:7.0f} us")


def measured() -> dict[str, float]:
    """Microseconds of CPU a call, the median of some runs."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        issuer = Issuer(at=datetime.now(UTC))
        ours = a_provider(issuer, x5u="https://cert.masstransit.example/709J.pem")
        ours.known_in(folder / "known")
        (folder / "ours.pem").write_bytes(pem(*ours.certificates))
        (folder / "anchors.pem").write_bytes(pem(issuer.certificate))
        settings = IdentitySettings(
            key=str(key_file(folder, ours.key)),
            certificate=str(folder / "ours.pem"),
            x5u=ours.x5u,
            spc="709J",
            trust_anchors=str(folder / "anchors.pem"),
            known_certificates=str(folder / "known"),
        )
        house = caller_identity(Settings(identity=settings), SystemClock())
        caller, called = e164("+14155550100"), e164("+12125550123")
        attestation, because = attested("owned")
        right = CallerRight(account="AC1", grounds="owned", attestation=attestation, because=because)
        value = house.sign(caller, called, right).header
        assert house.verify([value], caller, called).passed
        token = header.read(value).token
        said = jwt.decode(token, options={"verify_signature": False})
        head = jwt.get_unverified_header(token)
        public = x509.load_pem_x509_certificate((folder / "ours.pem").read_bytes()).public_key()
        return {
            "sign a call": _spent(lambda: house.sign(caller, called, right)),
            "verify a call": _spent(lambda: house.verify([value], caller, called)),
            "verify a call that is not signed": _spent(lambda: house.verify([], caller, called)),
            "turn rubbish away": _spent(lambda: house.verify(["x" * 500], caller, called)),
            "PyJWT: sign the token": _spent(lambda: jwt.encode(said, ours.key, algorithm="ES256", headers=head)),
            "PyJWT: verify the token": _spent(
                lambda: jwt.decode(token, public, algorithms=["ES256"])  # type: ignore[arg-type]
            ),
        }


def _spent(work: Callable[[], object]) -> float:
    runs = []
    for _ in range(_RUNS):
        began = time.process_time()
        for _ in range(_TIMES):
            work()
        runs.append((time.process_time() - began) / _TIMES * 1e6)
    return statistics.median(runs)


if __name__ == "__main__":
    main()
