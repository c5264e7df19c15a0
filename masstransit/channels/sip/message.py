"""Datagrams, read at the edge (RFC 3261 sections 7 and 25).

What comes from anybody is read here, strictly where RFC 4475 says that an element must not guess, and written anew in
one plain form before the stack below sees it: header names whole and in lower case, lines unfolded, one value a line,
no white space where it means nothing. Bytes above 127 pass unharmed: they are carried as surrogates (PEP 383), so that
no byte of a name or a body is lost and no length changes.

What can't be read is `Unreadable`, with the status that answers it and the bytes of the answer; a response or an ACK
that can't be read has none, because nothing answers those.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence

import msgspec

VERSION = "SIP/2.0"
ALLOWED = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "REFER")
KNOWN = ("MESSAGE", "NOTIFY", "PRACK", "PUBLISH", "SUBSCRIBE", "UPDATE")  #: other RFCs' methods
ALLOW = ("allow", ", ".join(ALLOWED))
HOPS = 70  #: Max-Forwards where a request has none (section 8.1.1.6)
_COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding", "f": "from",
    "i": "call-id", "k": "supported", "l": "content-length", "m": "contact", "o": "event", "r": "refer-to",
    "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
_ONCE = ("from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "expires")
_MUST = ("via", "from", "to", "call-id", "cseq")
_ADDRESSES = ("from", "to", "contact", "route", "record-route", "p-asserted-identity", "p-preferred-identity")
_LISTS = ("via", "contact", "route", "record-route", "p-asserted-identity", "p-preferred-identity")
_SCHEMES = frozenset({"sip", "sips", "tel"})
_LONGEST_CSEQ = 1 << 31  # section 8.1.1.5
_LONGEST_SECONDS = 1 << 32  # section 20.19
_MOST_HEADERS = 200

_WORD = r"[A-Za-z0-9\-.!%*_+`'~]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PARAMETERS = rf"(?:\s*;\s*{_WORD}(?:\s*=\s*(?:{_QUOTED}|[^\s;,\"<>=]+))?)*"
_REQUEST_LINE = re.compile(r"([!-~]+) ([^\s<>\"]+) (SIP/[0-9]+\.[0-9]+)")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9]) (.*)", re.DOTALL)
_METHOD = re.compile(_WORD)
_NAME = re.compile(rf"({_WORD})[ \t]*:(.*)", re.DOTALL)
_ADDRESS = re.compile(
    rf"(?P<name>{_QUOTED}|(?:{_WORD}\s+)*(?:{_WORD})?)\s*<(?P<in>[^\s<>\"]+)>(?P<after>{_PARAMETERS})\s*"
    rf"|(?P<bare>[^\s<>\",;?]+)(?P<rest>{_PARAMETERS})\s*",
    re.DOTALL,
)
_VIA = re.compile(
    rf"SIP\s*/\s*2\.0\s*/\s*({_WORD})\s+([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?:\s*:\s*([0-9]{{1,5}}))?"
    rf"({_PARAMETERS})\s*"
)
_CSEQ = re.compile(rf"([0-9]+)\s+({_WORD})")
_CALL_ID = re.compile(r"[!-~]+")
_PIECE = re.compile(rf'{_QUOTED}|<[^<>]*>|,|[^",<]+|[",<]', re.DOTALL)
_SPLITS = re.compile("[\x0b\x0c\x1c\x1d\x1e]")  # what the stack would take for the end of a line, and no RFC does
_PLAIN = re.compile(r"[^A-Za-z0-9 .,'()&+_-]")


class Header(msgspec.Struct, frozen=True, array_like=True):
    """A header: its name in lower case and whole, and one value, unfolded."""

    name: str
    value: str


class Unreadable(Exception):
    """A message that can't be served as it is. `status` is what answers it; `answer` are the bytes, b"": none."""

    def __init__(self, status: int, phrase: str, *headers: Header) -> None:
        super().__init__(f"{status} {phrase}")
        self.status = status
        self.phrase = phrase
        self.headers = headers
        self.answer = b""


class Uri(msgspec.Struct, frozen=True):
    """Who or what a request is for (section 19.1): `sip:USER@HOST`, `tel:USER`."""

    scheme: str
    user: str  #: unescaped, without what follows ";" or ":" in it; "" where there is none
    host: str  #: with its port, where it says one

    @property
    def host_only(self) -> str:
        """The host alone."""
        return self.host.rpartition(":")[0] if re.search(r":[0-9]+$", self.host) else self.host

    @property
    def port(self) -> int:
        """The port; 5060 where it says none."""
        found = re.search(r":([0-9]{1,5})$", self.host)
        return min(int(found[1]), 65_535) if found is not None else 5060


class Dialog(msgspec.Struct, frozen=True):
    """A dialog, as Replaces names it (RFC 3891 section 6.1): the tags as whoever is told of it has them."""

    call_id: str
    to_tag: str  #: of the one who is told
    from_tag: str


class Referred(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is to be handed on to (Refer-To, RFC 3515 section 2.1)."""

    uri: str  #: without its headers
    replaces: Dialog | None = None  #: whose place the one who is handed on takes; None: it is a new call


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request or a response."""

    start: str
    method: str = ""  #: "" for a response
    uri: str = ""
    headers: tuple[Header, ...]
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [each.value for each in self.headers if each.name == name]

    def value(self, name: str) -> str:
        """The first value of a header; "" where there is none."""
        return next((each.value for each in self.headers if each.name == name), "")

    @property
    def hops(self) -> int:
        """How many more hops it may take (Max-Forwards)."""
        return int(self.value("max-forwards") or HOPS)

    @property
    def sent_by(self) -> str:
        """The host that the hop before us says it is."""
        found = _VIA.fullmatch(self.value("via"))
        return found[2] if found is not None else ""

    def text(self, *, symmetric: bool = False) -> str:
        """The message in the plain form. `symmetric`: whoever sent it is answered at the port that it came from, as if
        it had asked for it (RFC 3581)."""
        lines = [self.start]
        first = symmetric
        for each in self.headers:
            value = each.value
            if first and each.name == "via":
                first = False
                value += "" if re.search(r";rport\b", value) else ";rport"
            lines.append(f"{each.name}: {value}")
        lines += [f"content-length: {len(self.body)}", "", ""]
        return "\r\n".join(lines) + _text(self.body)


def read(datagram: bytes, allowed: Sequence[str] = ALLOWED) -> Message | None:
    """Read a datagram; None for what is none of SIP's, such as a keep-alive. Raises `Unreadable`, also for a method
    that is not `allowed`."""
    head, _, body = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not head.strip(b"\0 \t"):
        return None
    text = _text(head)
    start, *lines = text.split("\r\n")
    try:
        if start.startswith("SIP/"):
            return _response(start, lines, body)
        return _request(start, lines, body, allowed)
    except Unreadable as wrong:
        if not start.startswith(("SIP/", "ACK ")):
            wrong.answer = answer(_salvaged(lines), wrong.status, wrong.phrase, wrong.headers)
        raise


def uri(text: str) -> Uri:
    """Read a URI. One of another scheme than sip, sips and tel raises `Unreadable` (416)."""
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in _SCHEMES:
        raise Unreadable(416, "Unsupported URI Scheme")
    if scheme == "tel":
        return Uri(scheme, unescaped(rest.partition(";")[0]), "")
    user, at, place = rest.rpartition("@")
    if "?" in place:  # section 19.1.1: no headers in a Request-URI
        raise Unreadable(400, "Headers in the Request-URI")
    host = re.split(r"[;?]", place)[0]
    if not host or (at and not user):
        raise Unreadable(400, "Bad Request-URI")
    name = re.split(r"[;:]", user)[0]
    return Uri(scheme, unescaped(name), host)


def referred(values: Sequence[str]) -> Referred:
    """What Refer-To says. Raises `Unreadable` where there is none, or more than one, or it asks for no INVITE."""
    if len(values) != 1:
        raise Unreadable(400, "One Refer-To Is Needed")
    target, _, headers = address(values[0])[1].partition("?")
    uri(target)
    method = re.search(r";method=([^;]+)", target, re.IGNORECASE)
    if method is not None and method[1].upper() != "INVITE":
        raise Unreadable(403, "A Call Can Only Be Handed On")
    told = [each.partition("=") for each in headers.split("&")]
    replaces = [value for name, _, value in told if name.lower() == "replaces"]
    if len(replaces) > 1:
        raise Unreadable(400, "More Than One Replaces")
    return Referred(uri=target, replaces=_dialog(unescaped(replaces[0])) if replaces else None)


def _dialog(value: str) -> Dialog:
    call_id, *parameters = [each.strip() for each in value.split(";")]
    told = dict(each.split("=", 1) for each in parameters if "=" in each)
    if not call_id or not told.get("to-tag") or not told.get("from-tag"):
        raise Unreadable(400, "Bad Replaces")
    return Dialog(call_id, told["to-tag"], told["from-tag"])


def address(value: str) -> tuple[str, str]:
    """Display name and URI of a value of From, To, Contact and their like; ("", "") where it can't be read."""
    found = _ADDRESS.fullmatch(value.strip())
    if found is None:
        return "", ""
    return (found["name"] or "").strip().strip('"'), found["in"] or found["bare"]


def parameter(value: str, name: str) -> str:
    """A parameter behind an address or in a Via; "" where there is none."""
    found = re.search(rf';\s*{re.escape(name)}\s*=\s*("?)([^\s;,">]+)\1', value.rpartition(">")[2], re.IGNORECASE)
    return found[2] if found is not None else ""


def unescaped(text: str) -> str:
    """Undo %XX. What is no ASCII stays escaped: no address of ours has it."""
    return re.sub(r"%([2-7][0-9A-Fa-f])", lambda found: chr(int(found[1], 16)), text)


def answer(headers: Sequence[Header], status: int, phrase: str, more: Sequence[Header] = ()) -> bytes:
    """A response to a request with these headers, as bytes; b"" where nobody can be answered: there is no Via."""
    kept = [each for each in headers if each.name in _MUST]
    if not any(each.name == "via" for each in kept):
        return b""
    tag = f";tag={secrets.token_hex(8)}" if status > 100 else ""
    lines = [f"{VERSION} {status} {phrase}"]
    for each in kept:
        tagged = each.name == "to" and not parameter(each.value, "tag")
        lines.append(f"{each.name}: {each.value}{tag if tagged else ''}")
    lines += [f"{each.name}: {each.value}" for each in more]
    return ("\r\n".join([*lines, "content-length: 0", "", ""])).encode("utf-8", "surrogateescape")


# --- reading ------------------------------------------------------------------------------------------------------


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "surrogateescape")


def _request(start: str, lines: Sequence[str], body: bytes, allowed: Sequence[str]) -> Message:
    found = _REQUEST_LINE.fullmatch(start)
    if found is None or not found[1].isascii():
        raise Unreadable(400, "Bad Request-Line")
    method, target, version = found.groups()
    if version != VERSION:
        raise Unreadable(505, "Version Not Supported")
    if _METHOD.fullmatch(method) is None:
        raise Unreadable(400, "Bad Method")
    if any(ord(each) > 126 for each in target):
        raise Unreadable(400, "Bad Request-URI")
    headers = _headers(lines)
    _check(headers, method)
    if method not in allowed:
        known = method in {*KNOWN, *ALLOWED}
        allow = Header("allow", ", ".join(allowed))
        raise Unreadable(405 if known else 501, "Method Not Allowed" if known else "Not Implemented", allow)
    uri(target)
    wants = [each.value for each in headers if each.name in {"require", "proxy-require"}]
    if wants and method not in {"ACK", "CANCEL"}:
        raise Unreadable(420, "Bad Extension", Header("unsupported", ", ".join(wants)))
    if method == "INVITE" and all(each.name != "contact" for each in headers):  # RFC 2543: who calls is in From
        caller = next(each.value for each in headers if each.name == "from")
        headers.append(Header("contact", f"<{address(caller)[1]}>"))
    return Message(start=start, method=method, uri=target, headers=_dressed(headers), body=_body(headers, body))


def _response(start: str, lines: Sequence[str], body: bytes) -> Message:
    if _STATUS_LINE.fullmatch(start if start.count(" ") > 1 else f"{start} ") is None:
        raise Unreadable(400, "Bad Status-Line")
    headers = _headers(lines)
    _check(headers, "")
    return Message(start=start, headers=_dressed(headers), body=_body(headers, body))


def _headers(lines: Sequence[str]) -> list[Header]:
    """The header lines, unfolded; lists with one value each."""
    if len(lines) > _MOST_HEADERS:
        raise Unreadable(400, "Too Many Headers")
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and unfolded:
            unfolded[-1] += f" {line.strip()}"
        elif line:
            unfolded.append(line)
    return [each for line in unfolded for each in _of_line(line)]


def _of_line(line: str) -> Iterator[Header]:
    found = _NAME.fullmatch(line)
    if found is None or _SPLITS.search(line):
        raise Unreadable(400, "Bad Header")
    name = found[1].lower()
    name = _COMPACT.get(name, name)
    value = found[2].strip()
    if name in _LISTS:
        for each in _split(value):
            yield Header(name, each)
    else:
        yield Header(name, value)


def _split(value: str) -> list[str]:
    """The values of a list, at the commas that are neither quoted nor inside <>."""
    values = [""]
    for piece in _PIECE.findall(value):
        if piece == ",":
            values.append("")
        else:
            values[-1] += piece
    return [each.strip() for each in values]


def _check(headers: Sequence[Header], method: str) -> None:
    """What every message must have, once, and well-formed. `method` is "" for a response."""
    count: dict[str, int] = {}
    for each in headers:
        count[each.name] = count.get(each.name, 0) + 1
    if missing := next((name for name in _MUST if name not in count), None):
        raise Unreadable(400, f"No {missing.title()} Header")
    if twice := next((name for name in _ONCE if count.get(name, 0) > 1), None):
        raise Unreadable(400, f"More Than One {twice.title()}")
    for each in headers:
        _check_value(each)
    told = {each.name: each.value for each in headers}
    found = _CSEQ.fullmatch(told["cseq"])
    if found is None or int(found[1][:20]) >= _LONGEST_CSEQ or (method and found[2] != method):
        raise Unreadable(400, "Bad CSeq")
    if _CALL_ID.fullmatch(told["call-id"]) is None:
        raise Unreadable(400, "Bad Call-ID")


def _check_value(each: Header) -> None:
    if each.name == "via":
        well = _VIA.fullmatch(each.value) is not None
    elif each.name in _ADDRESSES:
        well = (each.name == "contact" and each.value == "*") or _well_addressed(each)
    elif each.name == "max-forwards":
        well = each.value.isdigit() and int(each.value[:20]) <= 255
    elif each.name in {"expires", "content-length"}:
        well = each.value.isdigit() and int(each.value[:20]) < _LONGEST_SECONDS
    else:
        well = True
    if each.name == "contact" and well:
        expires = parameter(each.value, "expires")
        well = not expires or (expires.isdigit() and int(expires[:20]) < _LONGEST_SECONDS)
    if not well:
        raise Unreadable(400, f"Bad {each.name.title()}")


def _well_addressed(each: Header) -> bool:
    """Whether an address can be read, and leads to something that SIP can reach."""
    found = _ADDRESS.fullmatch(each.value)
    if found is None:
        return False
    scheme = (found["in"] or found["bare"]).partition(":")[0].lower()
    return scheme in _SCHEMES or each.name.startswith("p-")


def _body(headers: Sequence[Header], body: bytes) -> bytes:
    """As many bytes as Content-Length says; what follows in the datagram is nobody's (section 18.3)."""
    told = next((each.value for each in headers if each.name == "content-length"), None)
    if told is None:
        return body
    if int(told) > len(body):
        raise Unreadable(400, "Content-Length Is More Than There Is")
    return body[: int(told)]


def _dressed(headers: Sequence[Header]) -> tuple[Header, ...]:
    """The headers as the stack is shown them."""
    return tuple(Header(each.name, _tidy(each)) for each in headers if each.name != "content-length")


def _tidy(each: Header) -> str:
    if each.name == "via":
        return _VIA.sub(_plain_via, each.value)
    if each.name in _ADDRESSES:
        return _ADDRESS.sub(_plain_address, each.value, count=1) if each.value != "*" else each.value
    if each.name == "cseq":
        number, _, method = each.value.partition(" ")
        return f"{int(number)} {method.strip()}"
    return each.value


def _plain_via(found: re.Match[str]) -> str:
    port = f":{found[3]}" if found[3] else ""
    return f"{VERSION}/{found[1]} {found[2]}{port}{_tight(found[4])}"


def _plain_address(found: re.Match[str]) -> str:
    name = _PLAIN.sub("", (found["name"] or "").strip('"')).strip()
    shown = f'"{name}" ' if name else ""
    return f"{shown}<{found['in'] or found['bare']}>{_tight(found['after'] or found['rest'] or '')}"


def _tight(parameters: str) -> str:
    if " " not in parameters and "\t" not in parameters:  # as nearly all are
        return parameters
    return re.sub(r"\s*([;=])\s*", r"\1", parameters).strip()


def _salvaged(lines: Sequence[str]) -> list[Header]:
    """Of a message that can't be read the headers that an answer needs, as they came."""
    kept: list[Header] = []
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and unfolded:
            unfolded[-1] += f" {line.strip()}"
        else:
            unfolded.append(line)
    for line in unfolded:
        found = _NAME.fullmatch(line)
        name = _COMPACT.get(found[1].lower(), found[1].lower()) if found is not None else ""
        if found is not None and name in _MUST and not _SPLITS.search(line):
            once = name == "via" or all(each.name != name for each in kept)
            if once:
                kept.append(Header(name, found[2].strip()))
    return kept
