"""Two processes on PostgreSQL and a Redis cluster: they share opt-outs, limits and the queue, and outlive losses."""

from __future__ import annotations

import collections
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.counters import servers
from tests.postgres import Server
from tests.stories.carrier import RunningCarrier
from tests.stories.house import House, eventually
from tests.stories.test_carriers import consent, people

pytestmark = pytest.mark.story


@pytest.fixture
def database(postgres_server: Server, worker: str) -> Iterator[str]:
    """An empty database on the server of this test run."""
    yield postgres_server.create(f"story_{worker}")
    postgres_server.drop(f"story_{worker}")


class Customer:
    """The demo's customer, seeded into the database, with people who consented."""

    def __init__(self, folder: Path, database: str, count: int) -> None:
        seed = House(folder / "seed", MASSTRANSIT_DATABASE=database)
        with seed:
            self.demo = seed.demo
        self.people = people(count)
        consent(seed, folder, self.people)

    def send(self, house: House, to: str, text: str) -> httpx.Response:
        """Offer a message over REST."""
        account = self.demo["account_sid"]
        return httpx.post(
            f"{house.http}/2010-04-01/Accounts/{account}/Messages.json",
            auth=(account, self.demo["auth_token"]),
            data={"From": self.demo["numbers"][0], "To": to, "Body": text},
            timeout=20,
        )


def serving(folder: Path, database: str, config: str, **environment: str) -> House:
    return House(folder, command="serve", config=config, MASSTRANSIT_DATABASE=database, **environment)


def answered(responses: list[httpx.Response]) -> dict[int, int]:
    return dict(collections.Counter(response.status_code for response in responses))


def texts(carrier: RunningCarrier) -> dict[bytes, int]:
    return collections.Counter(octets for _, octets in carrier.texts())


@pytest.mark.timeout(240)
def test_two_processes_share_the_queue_a_stop_and_a_rate_and_flow_without_redis(tmp_path: Path, database: str) -> None:
    customer = Customer(tmp_path, database, 300)
    with servers.three(tmp_path / "redis") as redis, RunningCarrier() as carrier:
        counters = "redis+cluster://" + ",".join(server.place for server in redis)
        config = carrier.trunk(window=20)
        with (
            serving(tmp_path / "one", database, config, MASSTRANSIT_COUNTERS=counters) as one,
            serving(tmp_path / "two", database, config, MASSTRANSIT_COUNTERS=counters) as two,
        ):
            _each_is_sent_once(customer, carrier, one, two)
            _a_stop_is_obeyed_by_the_other(customer, carrier, one, two)
            _a_rate_holds_across_both(customer, database, one, two)
            for server in redis:
                server.stop()
            before = len(carrier.texts())
            sent = [
                customer.send(house, customer.people[5], f"Desk {n} is open.") for n, house in enumerate((one, two))
            ]
            assert answered(sent) == {201: 2}, [response.text for response in sent]
            eventually(lambda: len(carrier.texts()) == before + 2)


def _each_is_sent_once(customer: Customer, carrier: RunningCarrier, *houses: House) -> None:
    sent = [
        customer.send(houses[n % 2], to, f"Ticket {n} is called at the desk.") for n, to in enumerate(customer.people)
    ]
    assert answered(sent) == {201: 300}, sent[-1].text
    eventually(lambda: len(texts(carrier)) == 300, within=30)
    time.sleep(1.0)
    assert set(texts(carrier).values()) == {1}


def _a_stop_is_obeyed_by_the_other(customer: Customer, carrier: RunningCarrier, *houses: House) -> None:
    person = customer.people[0]
    assert carrier.bring(person, customer.demo["numbers"][0], "STOP") == 0
    for house in reversed(houses):  # whichever of the two heard it
        refused = customer.send(house, person, "Your parcel is here.")
        assert (refused.status_code, refused.json()["code"]) == (400, 21610)


def _a_rate_holds_across_both(customer: Customer, database: str, *houses: House) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE accounts SET rate = 1")
    time.sleep(6)  # a process may know an account's terms for five seconds
    began = time.monotonic()
    sent = [customer.send(houses[n % 2], customer.people[1 + n], f"Gate {n} is open now.") for n in range(40)]
    lasted = time.monotonic() - began
    counts = answered(sent)
    assert set(counts) == {201, 429}
    assert counts[201] <= 10 + lasted + 2  # ten seconds' worth at once, then one a second, of both together
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE accounts SET rate = 5000")
    time.sleep(6)


@pytest.mark.timeout(120)
def test_the_queue_of_a_killed_process_is_taken_over_within_its_silence(tmp_path: Path, database: str) -> None:
    window, count = 10, 50
    customer = Customer(tmp_path, database, count)
    with RunningCarrier(silent=True) as deaf, RunningCarrier() as carrier:
        killed = serving(tmp_path / "one", database, deaf.trunk(window=window))
        with serving(tmp_path / "two", database, carrier.trunk()):
            with killed:
                sent = [customer.send(killed, to, f"Ticket {n} is called.") for n, to in enumerate(customer.people)]
                assert answered(sent) == {201: count}
                eventually(lambda: deaf.carrier.counts["submits"] == window)
                killed.kill()
            eventually(lambda: len(texts(carrier)) == count, within=25)
            assert set(texts(carrier).values()) == {1}
