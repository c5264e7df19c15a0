"""A lost database and a full disk: nothing is answered OK that could not be kept, and it recovers by itself."""

from __future__ import annotations

import contextlib
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import smpplib.client

from tests import postgres
from tests.stories.carrier import RunningCarrier
from tests.stories.house import House, eventually
from tests.stories.test_two_serve import Customer, serving, texts

pytestmark = pytest.mark.story
SYSTEM_ERROR = 0x08


@pytest.fixture
def server(postgres_server: postgres.Server) -> Iterator[postgres.Server]:
    """A PostgreSQL server that only this story uses; `postgres_server` says whether one can be had here."""
    assert postgres_server
    folder = postgres.a_folder()
    made = postgres.Server.made(folder)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Esme:
    """A bound ESME that sends one message at a time."""

    def __init__(self, house: House, demo: dict[str, dict[str, str]]) -> None:
        self._client = smpplib.client.Client(*house.smpp, timeout=30, allow_unknown_opt_params=True)
        self._statuses: list[int] = []
        self._client.set_message_sent_handler(lambda pdu: self._statuses.append(pdu.status))
        self._client.set_error_pdu_handler(lambda pdu: self._statuses.append(pdu.status))
        self._client.connect()
        self._client.bind_transmitter(system_id=demo["smpp"]["system_id"], password=demo["smpp"]["password"])

    def send(self, sender: str, to: str, text: str) -> int:
        """The status that a submit_sm is answered with."""
        self._client.send_message(
            source_addr_ton=1,
            source_addr=sender.removeprefix("+"),
            dest_addr_ton=1,
            destination_addr=to.removeprefix("+"),
            short_message=text.encode(),
        )
        while not self._statuses:
            self._client.read_once()
        status = self._statuses[0]
        self._statuses.clear()  # smpplib tells an error twice
        return status

    def close(self) -> None:
        self._client._socket.close()


@pytest.mark.timeout(120)
def test_while_postgresql_is_gone_nothing_is_accepted_and_afterwards_everything_goes_on(
    tmp_path: Path, server: postgres.Server
) -> None:
    database = server.create("story")
    customer = Customer(tmp_path, database, 40)
    number, person = customer.demo["numbers"][0], customer.people[39]
    with RunningCarrier() as carrier, serving(tmp_path / "one", database, carrier.trunk()) as house:
        esme = Esme(house, customer.demo)
        accepted = {f"Ticket {n} is called.".encode() for n in range(10)}
        for n in range(10):
            assert customer.send(house, customer.people[n], f"Ticket {n} is called.").status_code == 201
        server.stop()
        assert customer.send(house, customer.people[10], "Ticket 10 is called.").status_code == 503
        assert esme.send(number, customer.people[11], "Ticket 11 is called.") == SYSTEM_ERROR
        assert carrier.bring(person, number, "STOP") != 0
        assert httpx.get(f"{house.http}/healthz").status_code == 503
        server.start()
        eventually(lambda: customer.send(house, customer.people[12], "Ticket 12 is called.").status_code == 201)
        assert esme.send(number, customer.people[13], "Ticket 13 is called.") == 0
        assert carrier.bring(person, number, "STOP") == 0
        assert customer.send(house, person, "Ticket 14 is called.").json()["code"] == 21610
        esme.close()
        accepted |= {b"Ticket 12 is called.", b"Ticket 13 is called."}
        eventually(lambda: set(texts(carrier)) >= accepted, within=20)
        time.sleep(0.5)
        sent = texts(carrier)
        assert set(sent) - accepted <= {octets for octets in sent if b"unsubscribed" in octets}
        assert set(sent.values()) == {1}
    assert house.run("ledger", "verify").returncode == 0


class SmallDisk:
    """A disk that can be filled: a small one of its own where this user may mount, else a limit on what is written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        self.mounted = shutil.which("mount") is not None and subprocess.run(command, check=False).returncode == 0

    def fill(self, pid: int) -> None:
        if not self.mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def empty(self, pid: int) -> None:
        if not self.mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            return
        (self.folder / "ballast").unlink()

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.close()


def until_refused(send: Callable[[int], httpx.Response]) -> list[str]:
    """Send until one is not accepted, which must be with 503; the SIDs of those that were."""
    sids: list[str] = []
    for n in range(2000):
        answer = send(n)
        if answer.status_code != 201:
            assert answer.status_code == 503, answer.text
            return sids
        sids.append(answer.json()["sid"])
    raise AssertionError("the disk never was full")


@pytest.mark.timeout(120)
def test_on_a_full_disk_acceptance_stops_and_begins_again_when_there_is_space(disk: SmallDisk, tmp_path: Path) -> None:
    file = tmp_path / "disk" / "masstransit.db"
    with House(tmp_path / "house", MASSTRANSIT_DATABASE=f"sqlite:///{file}") as house:
        demo, account = house.demo, house.demo["account_sid"]

        def send(n: int) -> httpx.Response:
            return httpx.post(
                f"{house.http}/2010-04-01/Accounts/{account}/Messages.json",
                auth=(account, demo["auth_token"]),
                data={"From": demo["numbers"][0], "To": house.phone(n % 3)["number"], "Body": f"Ticket {n} is called."},
                timeout=30,
            )

        assert send(0).status_code == 201
        assert house.process is not None
        disk.fill(house.process.pid)
        accepted = until_refused(lambda n: send(n + 1))
        disk.empty(house.process.pid)
        eventually(lambda: send(5000).status_code == 201, within=15)

        def delivered(sid: str) -> bool:
            url = f"{house.http}/2010-04-01/Accounts/{account}/Messages/{sid}.json"
            return bool(httpx.get(url, auth=(account, demo["auth_token"])).json()["status"] == "delivered")

        eventually(lambda: all(map(delivered, accepted)), within=20, pause=0.5)
        shown = [message["text"] for phone in range(3) for message in house.received(house.phone(phone))]
        assert len(shown) == len(set(shown))
    assert house.run("ledger", "verify").returncode == 0
