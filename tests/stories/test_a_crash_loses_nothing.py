"""Three `kill -9` under load: what was answered OK reaches the carrier, and at most the open window twice a kill."""

from __future__ import annotations

import collections
import random
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions

from tests.stories.carrier import RunningCarrier
from tests.stories.house import House, eventually
from tests.stories.test_carriers import consent, people

pytestmark = pytest.mark.story
COUNT, WINDOW, KILLS = 5000, 50, 3


class Sender:
    """An ESME that sends each message once, over as many binds as it takes, and notes which were answered OK."""

    def __init__(self, numbers: list[str], sender: str) -> None:
        self._left = collections.deque(enumerate(numbers))
        self._sender = sender
        self.answered: set[int] = set()

    def run(self, house: House, stop: threading.Event) -> None:
        """Send until everything was sent, coming back after every loss."""
        while self._left and not stop.is_set():
            try:
                self._session(house)
            except (OSError, smpplib.exceptions.ConnectionError, smpplib.exceptions.PDUError):
                time.sleep(0.2)

    def _session(self, house: House) -> None:
        bind = house.demo["smpp"]
        client = smpplib.client.Client(*house.smpp, timeout=20, allow_unknown_opt_params=True)
        open_now: dict[int, tuple[int, str]] = {}

        def heard(pdu: object) -> None:
            item = open_now.pop(pdu.sequence)  # type: ignore[attr-defined]
            if pdu.status == 0:  # type: ignore[attr-defined]
                self.answered.add(item[0])
            else:
                self._left.append(item)  # refused for now: nothing was accepted

        client.set_message_sent_handler(heard)
        try:
            client.connect()
            client.bind_transmitter(system_id=bind["system_id"], password=bind["password"])
            while self._left or open_now:
                while self._left and len(open_now) < WINDOW:
                    item = self._left.popleft()
                    pdu = client.send_message(
                        source_addr_ton=1,
                        source_addr_npi=1,
                        source_addr=self._sender.removeprefix("+"),
                        dest_addr_ton=1,
                        dest_addr_npi=1,
                        destination_addr=item[1].removeprefix("+"),
                        short_message=f"Ticket {item[0]} is called.".encode(),
                    )
                    open_now[pdu.sequence] = item
                client.read_once()
        finally:
            client._socket.close()
            client.state = smpplib.consts.SMPP_CLIENT_STATE_CLOSED


@pytest.mark.timeout(400)
def test_what_was_answered_ok_arrives_though_the_house_is_killed_three_times(tmp_path: Path) -> None:
    numbers = people(COUNT)
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with RunningCarrier() as carrier:
        house = House(tmp_path / "house", config=carrier.trunk(window=WINDOW))
        house.start()
        house.stop()
        consent(house, tmp_path, numbers)
        house.start()
        http, smpp = house.http.removeprefix("http://"), f"{house.smpp[0]}:{house.smpp[1]}"
        sender, stop = Sender(numbers, house.demo["numbers"][0]), threading.Event()
        thread = threading.Thread(target=sender.run, args=(house, stop), daemon=True)
        thread.start()
        try:
            for kill in range(1, KILLS + 1):
                due = COUNT * kill // (KILLS + 1)
                eventually(lambda due=due: len(sender.answered) >= due, within=120, pause=0.01)
                time.sleep(chance.uniform(0, 0.3))
                house.kill()
                house.start(http=http, smpp=smpp)
            thread.join(120)
            assert len(sender.answered) >= COUNT - WINDOW * KILLS  # what was open when a kill came has no answer
            texts = [f"Ticket {n} is called.".encode() for n in sender.answered]
            eventually(lambda: {octets for _, octets in carrier.texts()} >= set(texts), within=60)
        finally:
            stop.set()
            house.stop()
        arrived = collections.Counter(octets for _, octets in carrier.texts())
        assert sum(arrived.values()) - len(arrived) <= WINDOW * KILLS
    assert house.run("ledger", "verify").returncode == 0
    _flip_a_byte(house.data / "masstransit.db")
    broken = house.run("ledger", "verify")
    assert broken.returncode == 1
    assert "seq" in broken.stdout + broken.stderr or "chain" in broken.stdout + broken.stderr


def _flip_a_byte(file: Path) -> None:
    """Change one byte of one ledger row."""
    with sqlite3.connect(file) as connection:
        chain, seq, digest = connection.execute(
            "SELECT chain, seq, digest FROM ledger ORDER BY seq LIMIT 1 OFFSET 40"
        ).fetchone()
        flipped = bytes([digest[0] ^ 1]) + digest[1:]
        connection.execute("UPDATE ledger SET digest = ? WHERE chain = ? AND seq = ?", (flipped, chain, seq))
    connection.close()
