"""A carrier that throttles, disconnects and reorders loses nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import uvloop

from bench import load
from tests.stories.carrier import RunningCarrier
from tests.stories.house import House, eventually

pytestmark = pytest.mark.story
COUNT = 400


def people(count: int) -> list[str]:
    """Valid numbers, none twice; they are never called: the carrier is the test's."""
    return [f"+1212{2_000_000 + n}" for n in range(count)]


def consent(house: House, folder: Path, numbers: list[str]) -> None:
    """Take over consents by CSV, as an operator does. The house is stopped."""
    file = folder / "consents.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["number", "purpose", "kind", "given_at", "medium", "language", "proof"])
        writer.writerows(
            [n, "transactional", "express", "2026-01-05T12:00:00Z", "web-form", "en", "form 7"] for n in numbers
        )
    done = house.run("import", "consents", str(file), "--account", house.demo["account_sid"])
    assert done.returncode == 0, done.stderr


def send_to(house: House, folder: Path, numbers: list[str]) -> None:
    """Record everybody's consent, and have an ESME send each a message; all are answered OK."""
    house.stop()
    consent(house, folder, numbers)
    house.start()
    bind = house.demo["smpp"]
    address, login = (bind["host"], bind["port"]), (bind["system_id"], bind["password"])
    measured = uvloop.run(load.smpp(address, login, house.demo["numbers"][0], numbers, window=50))
    assert measured.refused == {}


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "told",
    [{"throttle_every": 10}, {"disconnect_every": 60}, {"reorder": True}],
    ids=["throttles", "disconnects", "reorders"],
)
def test_a_difficult_carrier_gets_every_message(told: dict[str, object], tmp_path: Path) -> None:
    numbers = people(COUNT)
    with RunningCarrier(reports=True, **told) as carrier:
        house = House(tmp_path / "house", config=carrier.trunk(window=50))
        with house:
            send_to(house, tmp_path, numbers)
            wanted = {n.removeprefix("+") for n in numbers}
            eventually(lambda: {to for to, _ in carrier.texts()} >= wanted, within=90)
            if "disconnect_every" not in told:  # who lost the line before the answer may get one again
                assert len(carrier.texts()) == COUNT


@pytest.mark.timeout(120)
def test_a_stop_of_the_house_lets_carriers_answer_so_that_nothing_is_sent_twice(tmp_path: Path) -> None:
    numbers = people(150)
    with RunningCarrier() as carrier:
        house = House(tmp_path / "house", config=carrier.trunk(window=10, rate=100.0))
        with house:
            send_to(house, tmp_path, numbers)
            house.stop()  # in the midst of it
            before = len(carrier.texts())
            house.start()
            eventually(lambda: {to for to, _ in carrier.texts()} >= {n[1:] for n in numbers}, within=30)
        assert 0 < before < len(numbers)
        assert len(carrier.texts()) == len(numbers)
