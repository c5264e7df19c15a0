"""Notices by mail over a kill: what was stated while the relay was away is brought by the house that comes after."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.carriage.relay import ADA, BOB, SENDER, Mailbox
from tests.stories.house import House, eventually
from tests.stories.sink import sink
from tests.stories.test_notices import asks, desk

pytestmark = pytest.mark.story


def test_mail_survives_a_kill_while_it_is_handed_over_and_tells_of_appeals_too(tmp_path: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # a relay that says nothing
    silent.settimeout(20)
    port = silent.getsockname()[1]
    told = f"[mail]\nrelay = '127.0.0.1:{port}'\nsender = '{SENDER}'\nstarttls = false\n"
    with House(tmp_path / "house", config=told) as house:
        account = house.demo["account_sid"]
        asks(house, "POST", "Contacts", Address=ADA, Name="Ada")
        assert BOB in desk(house, "contact", account, "--add", BOB)
        unit = ("--account", account, "--what", "suspend", "--unit", f"number:{house.demo['numbers'][2]}")
        why = ("--clause", "6", "--by", "Ada", "--because", "people never asked for it")
        step = desk(house, "standing", "put", *unit, *why).split()[3].rstrip(";")
        under_way, _ = silent.accept()
        asks(house, "POST", "Appeals", StepSid=step, Text="They did: here is the form.")
        house.kill()
        under_way.close()
        silent.close()
        with sink(port) as box:
            house.start()
            texts = eventually(lambda: of_both(box), within=60)
            assert all("is suspended until" in text and "is on record: somebody else" in text for text in texts)
            house.stop()
        assert "whole" in desk(house, "ledger", "verify")


def of_both(box: Mailbox) -> list[str]:
    """All that each of the two was told, once it is both notices."""
    told = [" ".join(box.text(n) for n, (to, _) in enumerate(box.took) if to == who) for who in (ADA, BOB)]
    return told if all(text.count("/account/notices/NT") == 2 for text in told) else []
