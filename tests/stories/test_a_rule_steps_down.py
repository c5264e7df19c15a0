"""A rule that people keep overturning steps down at once, everywhere; and what it stopped can be tried otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from masstransit import cli
from tests.stories.house import House, eventually
from tests.stories.test_python_sdk import client_of

pytestmark = pytest.mark.story

#: Who was stopped for fraud is looked at more closely (10.1.1); here one rule is to be seen alone.
SETTINGS = '[policy.10]\nshadow = ["10.1.1"]\n'
DOUBTFUL = "We could not deliver your parcel {n}, please confirm your address at https://northwind-parcels.info/{n}"


class Desk:
    """The operator's commands beside a running house, in this process: there are many."""

    def __init__(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        self._house = house
        self._capsys = capsys
        self.said = ""  # on stderr, by the last command

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """What a command printed; it leaves with that status."""
        settings = str(self._house.data / "masstransit.toml")
        assert cli.run([*arguments, "--data", str(self._house.data), "--config", settings]) == status
        told = self._capsys.readouterr()
        self.said = told.err
        return told.out

    def read(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """The same, as JSON."""
        told: dict[str, Any] = json.loads(self(*arguments, "--json", status=status))
        return told


@pytest.fixture
def parcels(tmp_path: Path) -> Iterator[House]:
    """A demo under these settings."""
    with House(tmp_path / "house", config=SETTINGS) as running:
        yield running


def sent(house: House, n: int) -> str:
    """The n-th doubtful message of the demo's customer; its SID."""
    phone = house.phone(n % 4)["number"]
    made = client_of(house).messages.create(from_=house.demo["numbers"][0], to=phone, body=DOUBTFUL.format(n=n))
    return str(made.sid)


def becomes(house: House, sid: str, status: str) -> None:
    client = client_of(house)
    eventually(lambda: client.messages(sid).fetch().status == status)


def test_thirty_are_held_people_release_twenty_five_and_the_rule_is_in_shadow_at_the_next(
    parcels: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house, desk = parcels, Desk(parcels, capsys)
    held = [sent(house, n) for n in range(30)]
    (first,) = desk.read("explain", held[0])["decisions"]
    assert (first["verdict"], [f["rule"] for f in first["findings"] if f["verdict"] == 3]) == (3, ["10.1"])

    heard = []
    for sid in held[:25]:
        desk("release", sid, "--by", "dana", "--because", "their own parcels")
        heard.append(desk.said)
    (down,) = filter(None, heard)
    assert down.startswith("rule 10.1 is in shadow: 1 person overturned 20 of 30 that it stopped, of 1 account")
    becomes(house, held[0], "delivered")
    eventually(lambda: "in shadow by their budget: 10.1" in house.log())

    following = sent(house, 30)
    becomes(house, following, "delivered")
    story = desk("explain", following)
    assert "10.1      HOLD (in shadow: recorded, and binds nothing): this reads like fraud" in story
    assert "people overturned 20 of 30 that it stopped, more than 1.0%" in story
    assert "released by dana" in desk("explain", held[0])
    shown = [line for line in desk("rules", "--clause", "10").splitlines() if line.startswith("10.1 ")]
    assert shown[0].split()[1:6] == ["shadow", "30", "stopped,", "25", "overturned"]

    # it survives a restart, and binds again when it is put back
    house.stop()
    house.start()
    after = sent(house, 31)
    becomes(house, after, "delivered")
    desk("reinstate", "10.1", "--by", "noor")
    eventually(lambda: "in shadow by their budget: none" in house.log())
    becomes(house, sent(house, 32), "accepted")

    # had it bound all the time, the two that came while it was in shadow would have been held; who was let go, not
    rule = desk.read("replay", "--since", "1h", "--clause", "10", status=1)["rules"]["10.1"]
    assert (rule["newly_stopped"], rule["newly_let_go"], rule["shadow"]["now"]) == (2, 0, 0)
    # under a milder figure none would have been, and people have said of 25 that this is right
    milder = desk.read("replay", "--since", "1h", "--set", "policy.10.hold_from=0.999", status=1)["rules"]["10.1"]
    assert (milder["newly_let_go"], milder["overturned"], milder["newly_stopped"]) == (31, 25, 0)
    assert "whole" in desk("ledger", "verify")
