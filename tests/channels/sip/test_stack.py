"""What is done otherwise than sippy does it. The stack takes the thread that imports it: each test has a process."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

_OPENED = """
import socket, sys
from masstransit.channels.sip import stack
from sippy.SipConf import MyAddress, MyPort
from sippy.SipURL import SipURL
from sippy.Time.MonoTime import MonoTime

HERE = (("192.0.2.1", 5070), "udp")
opened = stack._Socket({}, stack._Options((sys.argv[1], 0), print))
"""


def told(code: str, host: str = "127.0.0.1") -> str:
    """What such a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", _OPENED + code, host], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_our_own_address_is_written_where_a_field_is_marked_as_ours_and_nowhere_else() -> None:
    written = told("""
print(SipURL(host=MyAddress(), port=MyPort(5060)).localStr(HERE))
print(SipURL(host="198.51.100.7", port=5080).localStr(HERE))
""").splitlines()
    assert written == ["sip:192.0.2.1:5070", "sip:198.51.100.7:5080"]


def test_the_clock_goes_as_before() -> None:
    assert float(
        told("""
import time
before = MonoTime(); time.sleep(0.05); after = MonoTime()
print(after.monot - before.monot if abs(after.realt - time.time()) < 1 else "not now")
""")
    ) == pytest.approx(0.05, abs=0.5)


@pytest.mark.parametrize(
    ("host", "there"), [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"), ("[::1]", "[::1]")]
)
def test_a_datagram_goes_out_to_an_address_at_once_and_to_a_name_when_it_is_found(host: str, there: str) -> None:
    family = socket.AF_INET6 if "[" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as hears:
        hears.bind((host.strip("[]"), 0))
        hears.settimeout(5)
        port = hears.getsockname()[1]
        at_once = told(
            f"""
opened.send_to("one \\udcff", ("{there}", {port}))
print(opened.sendqueue.empty(), end=" ")
opened.send_to(b"two", ("{there}", {port}))
import time
time.sleep(0.3)
print(opened._sent(b"three", "{there}".strip("[]"), {port}))
""",
            host,
        ).split()[-1]
        assert [hears.recv(100), hears.recv(100)] == [b"one \xff", b"two"]
        if there == "localhost":
            assert at_once == "False"
        else:
            assert (at_once, hears.recv(100)) == ("True", b"three")


def test_what_waits_for_a_name_is_not_overtaken() -> None:
    assert told("""
opened.sendqueue.get = lambda: __import__("time").sleep(60)
opened.sendqueue.put((b"first", ("localhost", 9)))
opened.sendqueue.put((b"second", ("localhost", 9)))
print(opened._sent(b"third", "127.0.0.1", 9))
import os; sys.stdout.flush(); os._exit(0)
""") in {"False\n"}
