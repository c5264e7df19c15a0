"""SIPp (Debian's sip-tester) as the ends of calls that we did not write: scenarios out of their steps."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SDP = """
v=0
o=user1 53655765 2353687637 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 6000 RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
_LOCAL = "[local_ip]:[local_port]"


def free_port() -> int:
    """A UDP port that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# --- steps ----------------------------------------------------------------------------------------------------------


def send(text: str, *, retrans: bool = False) -> str:
    """A message goes out; with `retrans` again and again, until it is answered."""
    lines = "\n".join(line.strip() for line in text.strip("\n").split("\n"))
    again = ' retrans="500"' if retrans else ""
    return f"<send{again}><![CDATA[\n{lines}\n\n]]></send>"


def recv(
    what: int | str, *, optional: bool = False, auth: bool = False, rrs: bool = False, keep: Mapping[str, str] = {}
) -> str:
    """A response (a number) or a request (its method) comes in. `keep` keeps headers by variable: [$name]."""
    kind = "response" if isinstance(what, int) else "request"
    flags = (' optional="true"' if optional else "") + (' auth="true"' if auth else "") + (' rrs="true"' if rrs else "")
    kept = "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{header}" assign_to="{name}"/>' for name, header in keep.items()
    )
    return f'<recv {kind}="{what}"{flags}>{f"<action>{kept}</action>" if kept else ""}</recv>'


def pause(milliseconds: int) -> str:
    """Wait."""
    return f'<pause milliseconds="{milliseconds}"/>'


def request(
    method: str, *, headers: str = "", cseq: int = 1, body: str = "", to_tag: bool = False, auth: str = ""
) -> str:
    """A request of the calling side. A CANCEL or an ACK to a refusal is of its INVITE's branch."""
    content = "Content-Type: application/sdp\n" if body else ""
    return (
        f"{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n"
        f"Via: SIP/2.0/[transport] {_LOCAL};branch=[branch]\n"
        f"From: <sip:[field0]@{_LOCAL}>;tag=[pid]a[call_number]\n"
        f"To: <sip:[service]@[remote_ip]:[remote_port]>{'[peer_tag_param]' if to_tag else ''}\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n"
        f"{headers}{auth}{content}Content-Length: [len]\n\n{body}"
    )


CONTACT = f"Contact: <sip:caller@{_LOCAL};transport=[transport]>\n"  # [transport] is UDP, in upper case


def invite(*, headers: str = "", cseq: int = 1, auth: str = "") -> str:
    """An INVITE with an offer."""
    return send(request("INVITE", headers=f"{CONTACT}{headers}", cseq=cseq, body=SDP.lstrip(), auth=auth), retrans=True)


def ack(*, cseq: int = 1) -> str:
    return send(request("ACK", cseq=cseq, to_tag=True))


def response(status: int, phrase: str, *, body: str = "", headers: str = "", tag: bool = True) -> str:
    """A response of the called side."""
    content = "Content-Type: application/sdp\n" if body else ""
    to = "[last_To:];tag=[pid]b[call_number]" if tag else "[last_To:]"
    return send(
        f"SIP/2.0 {status} {phrase}\n[last_Via:]\n[last_From:]\n{to}\n[last_Call-ID:]\n[last_CSeq:]\n"
        f"Contact: <sip:callee@{_LOCAL};transport=[transport]>\n{headers}{content}Content-Length: [len]\n\n{body}",
        retrans=status >= 200 and bool(body or status >= 300),
    )


# --- programs -------------------------------------------------------------------------------------------------------


class Sipp:
    """A running SIPp."""

    def __init__(
        self, program: str, folder: Path, name: str, steps: Sequence[str], *options: str, port: int = 0
    ) -> None:
        self.port = port or free_port()
        self.name = name
        scenario = folder / f"{name}.xml"
        text = "\n".join(steps)
        scenario.write_text(
            f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n{text}\n</scenario>\n'
        )
        self._trace = folder / f"{name}.messages"
        self._errors = folder / f"{name}.errors"
        arguments = [program, "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(self.port), "-nostdin", "-m", "1"]
        arguments += ["-trace_err", "-error_file", str(self._errors), "-trace_msg", "-message_file", str(self._trace)]
        self._out = (folder / f"{name}.out").open("w")
        self.process = subprocess.Popen(
            [*arguments, *options], cwd=folder, stdout=self._out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )

    def finished(self, within: float = 8.0) -> None:
        """Every step came, in order."""
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} still waits:\n{self.seen()}") from None
        finally:
            self._out.close()
        assert status == 0, f"{self.name} ended with {status}:\n{self.seen()}"

    def stop(self) -> None:
        """End it, whatever it waits for."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not self._out.closed:
            self._out.close()

    def seen(self) -> str:
        """The messages, and what went wrong."""
        told = [file.read_text(errors="replace") for file in (self._errors, self._trace) if file.exists()]
        return "\n".join(told)[-9000:]

    def ready(self) -> None:
        """It listens."""
        until = time.monotonic() + 5
        listens = f":{self.port:04X} "
        while time.monotonic() < until:
            if listens in Path("/proc/net/udp").read_text():
                return
            time.sleep(0.01)
        raise AssertionError(f"{self.name} does not listen:\n{self.seen()}")


#: The calls of stories are short, and it may be night in New York.
SHORT_CALLS = '[policy.8]\nshadow = ["8.3.3"]\n'
#: The same where advertising is sent as well, which waits for the day.
AT_ANY_HOUR = f'[policy.7]\nshadow = ["7.6"]\n{SHORT_CALLS}'


class Carrier:
    """The edge of a carrier: it answers OPTIONS, and hands what else comes to whoever plays the called side. With
    `lose` it loses some of that, both ways: every so manieth datagram."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.plays = 0  # the port of whoever plays
        self.lose = 0
        self.invites: list[bytes] = []
        self._switch = ("", 0)
        self._count = 0
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def trunk(self) -> str:
        """It as a house's settings have it; what comes in from it has an address of its own."""
        return (
            f'[[trunk]]\nkind = "sip"\nname = "carrier"\nhost = "127.0.0.1"\nport = {self.port}\n'
            'sources = ["127.0.0.9"]\n'
        )

    def close(self) -> None:
        self._socket.close()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, source = self._socket.recvfrom(65_536)
                self._take(data, source)

    def _take(self, data: bytes, source: tuple[str, int]) -> None:
        if data.startswith(b"OPTIONS "):
            self._socket.sendto(_ok(data), source)
            return
        self._count += 1
        if self.lose and self._count % self.lose == 0:
            return
        if source[1] == self.plays:
            self._socket.sendto(data, self._switch)
            return
        self._switch = source
        if data.startswith(b"INVITE "):
            self.invites.append(data)
        if self.plays:
            self._socket.sendto(data, ("127.0.0.1", self.plays))


def _ok(asked: bytes) -> bytes:
    kept = (b"via:", b"from:", b"to:", b"call-id:", b"cseq:")
    lines = [line for line in asked.split(b"\r\n") if line.lower().startswith(kept)]
    return b"\r\n".join([b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""])
