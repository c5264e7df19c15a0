"""A user agent played by hand, for what no program does on purpose: races, repeated and lost datagrams."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import socket
import time

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"


class Heard:
    """A message that came."""

    def __init__(self, raw: bytes, source: tuple[str, int]) -> None:
        self.raw, self.source = raw, source
        head, _, body = raw.decode().partition("\r\n\r\n")
        self.start, *self.lines = head.split("\r\n")
        self.body = body

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/") else 0

    @property
    def method(self) -> str:
        """Of a request, or of what a response answers."""
        return self.values("cseq")[0].split()[1]

    def values(self, name: str) -> list[str]:
        told = [line.partition(":") for line in self.lines]
        return [value.strip() for each, _, value in told if each.strip().lower() == name]

    def value(self, name: str) -> str:
        return next(iter(self.values(name)), "")

    def __repr__(self) -> str:
        return "\n".join((self.start, *self.lines))


class Hand:
    """A socket that says what a test tells it to."""

    def __init__(self, server: str = "", *, host: str = "127.0.0.1", is_trunk: bool = False) -> None:
        """`is_trunk`: it answers, while it listens, whoever asks whether it is there."""
        self.is_trunk = is_trunk
        there, _, port = server.rpartition(":")
        self.server = (there, int(port or 0))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.host = host
        self.port = int(self._socket.getsockname()[1])
        self.call_id = secrets.token_hex(8)
        self.tag = secrets.token_hex(4)
        self.cseq = 0
        self.branch = ""

    def close(self) -> None:
        self._socket.close()

    # --- hearing ----------------------------------------------------------------------------------------------------

    def hear(self, what: int | str = 0, *, within: float = 10.0) -> Heard:
        """The next message, or the next one of a status or a method; others are passed over."""
        until = time.monotonic() + within
        seen: list[str] = []
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                raw, source = self._socket.recvfrom(65_536)
            except TimeoutError:
                break
            heard = Heard(raw, source)
            if self.is_trunk and heard.method == "OPTIONS" and "tag=" not in heard.value("to"):
                if not heard.status:
                    self.respond(heard, 200, "OK")
                continue
            if what in {0, heard.status} or (not heard.status and what == heard.method):
                return heard
            seen.append(heard.start)
        raise AssertionError(f"{what} did not come within {within} s; what came: {seen}")

    def forget(self) -> None:
        """What came until now is for nobody."""
        with contextlib.suppress(AssertionError):
            self.hear("nothing", within=0.05)

    def silent(self, *but: int | str, within: float = 0.5) -> None:
        """Nothing comes, but for repetitions of these."""
        until = time.monotonic() + within
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                heard = Heard(*self._socket.recvfrom(65_536))
            except TimeoutError:
                return
            assert heard.status in but or (not heard.status and heard.method in but), heard

    def say(self, text: str, to: tuple[str, int] | None = None) -> bytes:
        raw = text.encode()
        self._socket.sendto(raw, to or self.server)
        return raw

    # --- calling ----------------------------------------------------------------------------------------------------

    def request(
        self, method: str, uri: str, *headers: str, sender: str, to: str = "", body: str = "", hops: int = 70,
        branch: str = "", cseq: int = 0,
    ) -> str:  # fmt: skip
        """A request; one of a CANCEL's or an ACK's kind goes with the last branch."""
        if method not in {"ACK", "CANCEL"} and not cseq:
            self.cseq += 1
        if method not in {"ACK", "CANCEL"} or branch:
            self.branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch={self.branch}",
            f"From: <sip:{sender}@127.0.0.1>;tag={self.tag}",
            f"To: {to or f'<{uri}>'}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq or self.cseq} {method}",
            f"Max-Forwards: {hops}",
            *headers,
        ]
        if method in {"INVITE", "REGISTER"}:
            lines.append(f"Contact: <sip:hand@{self.host}:{self.port};transport=UDP>")
        if body:
            lines.append("Content-Type: application/sdp")
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])

    def respond(self, asked: Heard, status: int, phrase: str, *headers: str, body: str = "") -> None:
        """Answer a request."""
        to = asked.value("to")
        lines = [f"SIP/2.0 {status} {phrase}", *(f"Via: {via}" for via in asked.values("via"))]
        lines += [
            f"From: {asked.value('from')}",
            f"To: {to if 'tag=' in to else f'{to};tag={self.tag}'}",
            f"Call-ID: {asked.value('call-id')}",
            f"CSeq: {asked.value('cseq')}",
            f"Contact: <sip:hand@{self.host}:{self.port};transport=UDP>",
            *headers,
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        self.say("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]), asked.source)

    def proof(self, challenge: Heard, login: dict[str, str], method: str, uri: str, *, way: str = "SHA-256") -> str:
        """The header that answers a challenge; by another algorithm where this one is not offered."""
        offered = challenge.values("www-authenticate") + challenge.values("proxy-authenticate")
        asked = next((each for each in offered if each.endswith(f"algorithm={way}")), offered[0])
        way = asked.rpartition("=")[2]
        nonce, realm = (re.search(f'{name}="([^"]+)"', asked)[1] for name in ("nonce", "realm"))  # type: ignore[index]

        def digest(text: str) -> str:
            return hashlib.new(way.replace("-", "").lower(), text.encode()).hexdigest()

        known = digest(f"{login['username']}:{realm}:{login['password']}")
        told = digest(f"{known}:{nonce}:00000001:abc:auth:{digest(f'{method}:{uri}')}")
        name = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        return (
            f'{name}: Digest username="{login["username"]}",realm="{realm}",nonce="{nonce}",uri="{uri}",'
            f'response="{told}",algorithm={way},cnonce="abc",nc=00000001,qop=auth'
        )

    def uri(self, user: str) -> str:
        return f"sip:{user}{'@' if user else ''}{self.server[0]}:{self.server[1]}"

    def invite(self, number: str, login: dict[str, str], sender: str, *headers: str, body: str = SDP) -> bytes:
        """Call, answer the challenge, and give the datagram that was let in."""
        uri = self.uri(number)
        self.say(self.request("INVITE", uri, sender=sender, body=body))
        challenge = self.hear(407)
        self.ack(challenge, number, sender)
        proof = self.proof(challenge, login, "INVITE", uri)
        return self.say(self.request("INVITE", uri, proof, *headers, sender=sender, body=body))

    def ack(self, response: Heard, number: str, sender: str) -> None:
        """Acknowledge a final response: of a 2xx with a branch of its own."""
        branch = f"z9hG4bK{secrets.token_hex(6)}" if response.status < 300 else ""
        cseq = int(response.value("cseq").split()[0])
        kept = self.branch
        self.say(
            self.request("ACK", self.uri(number), sender=sender, to=response.value("to"), branch=branch, cseq=cseq)
        )
        self.branch = kept

    def cancel(self, number: str, sender: str) -> None:
        """Give the call up."""
        self.say(self.request("CANCEL", self.uri(number), sender=sender))

    def bye(self, answered: Heard, number: str, sender: str) -> None:
        """Hang up."""
        self.say(self.request("BYE", self.uri(number), sender=sender, to=answered.value("to")))

    def hang_up(self, asked: Heard, ack: Heard) -> None:
        """Hang up as the called side, and hear that it was heard."""
        there = asked.value("contact").partition("<")[2].partition(">")[0]
        lines = [
            f"BYE {there} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: {ack.value('to')}",
            f"To: {ack.value('from')}",
            f"Call-ID: {ack.value('call-id')}",
            "CSeq: 7 BYE",
            "Max-Forwards: 70",
        ]
        self.say("\r\n".join([*lines, "Content-Length: 0", "", ""]), asked.source)
        self.hear(200)
