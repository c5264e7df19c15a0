"""A carrier's MMS centre, written for tests: it reads with the standard library alone, and answers as it is told.

No MM7 peer is packaged in Debian (Kannel's Mbuni is not), so this one reads what TS 23.140 says by itself and shares
nothing with the house.
"""

from __future__ import annotations

import email
import email.policy
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_NS = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-5-MM7-1-2"  # an older release than ours


class Submitted:
    """One SubmitReq as the centre understood it."""

    def __init__(self, soap: str, parts: list[tuple[str, bytes]], headers: dict[str, str]) -> None:
        self.soap = soap
        self.parts = parts
        self.headers = headers

    def said(self, element: str) -> str:
        found = re.search(rf"<(?:\w+:)?{element}[^>]*>([^<]*)</", self.soap)
        return found[1] if found else ""


class Centre:
    """Takes messages on a port of its own."""

    def __init__(self) -> None:
        self.took: list[Submitted] = []
        self.answers: list[tuple[int, str]] = []  # statuses of the next answers; none: Success
        self.raw: list[tuple[int, str]] = []  # HTTP statuses and bodies of the next answers, before those
        centre = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                centre.took.append(_read(dict(self.headers), body))
                status, text = centre._answer(centre.took[-1])
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/mm7"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, submitted: Submitted) -> tuple[int, str]:
        if self.raw:
            return self.raw.pop(0)
        status, why = self.answers.pop(0) if self.answers else (1000, "Success")
        name = f"<MessageID>mms-{len(self.took)}</MessageID>" if status < 2000 else ""
        told = f"<Status><StatusCode>{status}</StatusCode><StatusText>{why}</StatusText></Status>{name}"
        return 200, request("SubmitRsp", submitted.said("TransactionID"), told)


def _read(headers: dict[str, str], body: bytes) -> Submitted:
    kind = next(value for name, value in headers.items() if name.lower() == "content-type")
    whole = email.message_from_bytes(f"Content-Type: {kind}\n\n".encode() + body, policy=email.policy.HTTP)
    root, content = whole.iter_parts()
    assert f"cid:{content['Content-ID'].strip('<>')}" in root.get_content()
    parts = [(part.get_content_type(), bytes(part.get_payload(decode=True) or b"")) for part in content.iter_parts()]
    return Submitted(root.get_content(), parts, {name.lower(): value for name, value in headers.items()})


def request(kind: str, transaction: str, body: str) -> str:
    """An envelope of the centre's own."""
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
        f'<m:TransactionID xmlns:m="{_NS}" s:mustUnderstand="1">{transaction}</m:TransactionID></s:Header><s:Body>'
        f'<m:{kind} xmlns:m="{_NS}" xmlns="{_NS}"><MM7Version>5.6.0</MM7Version>{body}</m:{kind}></s:Body></s:Envelope>'
    )


def delivered(sender: str, recipient: str, transaction: str, *parts: tuple[str, bytes]) -> tuple[str, bytes]:
    """(Content-Type, body) of a DeliverReq with some parts."""
    soap = request(
        "DeliverReq",
        transaction,
        f"<Sender><Number>{sender}</Number></Sender><Recipients><To><Number>{recipient}</Number></To></Recipients>"
        '<Subject>For you</Subject><Content href="cid:c1"/>',
    )
    inner = b"".join(
        b"--in\r\nContent-Type: " + kind.encode() + b"\r\nContent-ID: <p>\r\n\r\n" + data + b"\r\n"
        for kind, data in parts
    )
    body = (
        b"--out\r\nContent-Type: text/xml\r\n\r\n" + soap.encode()
        + b"\r\n--out\r\nContent-Type: multipart/related; boundary=in\r\nContent-ID: <c1>\r\n\r\n" + inner
        + b"--in--\r\n--out--\r\n"
    )  # fmt: skip
    return 'multipart/related; boundary=out; type="text/xml"', body


def report(message: str, recipient: str, status: str) -> bytes:
    """A DeliveryReportReq."""
    told = (
        f"<MessageID>{message}</MessageID><Recipient><Number>{recipient}</Number></Recipient><Sender><Number>1</Number>"
        f"</Sender><Date>2026-06-03T17:00:00Z</Date><MMStatus>{status}</MMStatus>"
    )
    return request("DeliveryReportReq", "t9", told).encode()
