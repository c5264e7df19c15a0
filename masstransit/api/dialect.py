"""The dialect of the `twilio` SDKs: requests, answers, errors, dates, SIDs and pages as those clients know them.

An endpoint is `async def name(request: Request, house: House) -> Answer`. Each declares the fields that it acts on; one
that it does not know is refused by name, never ignored: a client that believes a field has an effect is told when not.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote_plus, urlencode

import msgspec

from masstransit.api.house import House
from masstransit.errors import BadInput, Conflict, Denied, Fault, NotFound, StorageUnavailable
from masstransit.storage.paging import Sheet, Slice

T = TypeVar("T")
MAIL = "message/rfc822"  #: the content type of a whole mail (RFC 2046 section 5.2.1)
V2010 = "2010-04-01"
_LONGEST_PAGE = 1000
_MOST_FIELDS = 200
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODER = msgspec.json.Encoder()


class Problem(Fault):
    """An error as the SDKs know it: HTTP status, code, sentence, and what may help (`details`)."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details
        self.retry_after = retry_after


def problem_of(fault: Exception) -> Problem | None:
    """A fault in the dialect's words. None: it is none that a client may hear of."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, BadInput):
        return Problem(400, fault.code, str(fault), details={"field": fault.field} if fault.field else None)
    if isinstance(fault, NotFound):
        return Problem(404, 20404, str(fault) or "The requested resource was not found")
    if isinstance(fault, Conflict):
        return Problem(409 if fault.code == 20409 else 400, fault.code, str(fault))
    if isinstance(fault, Denied):
        return Problem(403, 20403, str(fault))
    if isinstance(fault, StorageUnavailable):
        return Problem(503, 20503, "Nothing can be stored just now; nothing was accepted. Try again.", retry_after=5)
    return None


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is sent as it is read."""

    kind: str  #: its content type
    size: int  #: bytes
    pieces: AsyncIterator[bytes]


class Answer(msgspec.Struct, frozen=True):
    """What an endpoint answers; `body` becomes JSON unless it is a `Stream`, None no body at all."""

    status: int
    body: Any = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who was let in, and for which account the request is."""

    principal: str  #: AC... or SK...
    account: str  #: the account that the credential belongs to
    target: str  #: the account that is acted on: the same, or a subaccount of it
    test: bool = False  #: test credentials: nothing is sent
    source: str = ""  #: the peer's IP address


class Form:
    """Names and values as they came, several of one name included."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs

    def get(self, name: str) -> str | None:
        """The last value of a name; None where it is missing."""
        found = None
        for key, value in self.pairs:
            if key == name:
                found = value
        return found

    def all(self, name: str) -> list[str]:
        """Every value of a name."""
        return [value for key, value in self.pairs if key == name]

    def need(self, name: str, code: int = 20422) -> str:
        """A value that must be there and not empty. Raises `BadInput`."""
        value = self.get(name)
        if not value:
            raise BadInput(f"A '{name}' is required.", field=name, code=code)
        return value

    def text(self, name: str, longest: int) -> str | None:
        """A value of bounded length. Raises `BadInput`."""
        value = self.get(name)
        if value is not None and len(value) > longest:
            raise BadInput(f"'{name}' has {len(value)} characters; {longest} are the most.", field=name)
        return value

    def flag(self, name: str) -> bool | None:
        """`true` or `false`. Raises `BadInput`."""
        value = self.get(name)
        if value is None or value == "":
            return None
        if value.lower() not in {"true", "false"}:
            raise BadInput(f"'{name}' is true or false, not '{_short(value)}'.", field=name)
        return value.lower() == "true"

    def number(self, name: str, least: int, most: int, code: int = 20422) -> int | None:
        """A whole number within bounds. Raises `BadInput`."""
        value = self.get(name)
        if value is None or value == "":
            return None
        if not re.fullmatch(r"-?[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise BadInput(
                f"'{name}' is a whole number from {least} to {most}, not '{_short(value)}'.", field=name, code=code
            )
        return int(value)

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        """One of the listed words. Raises `BadInput`."""
        value = self.get(name)
        if value is not None and value not in allowed:
            raise BadInput(f"'{name}' is one of {', '.join(allowed)}, not '{_short(value)}'.", field=name)
        return value

    def words(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        """All of the listed words that a field has, which may come several times. Raises `BadInput`."""
        words = tuple(word for value in self.all(name) for word in value.split())
        if unknown := sorted(set(words) - set(allowed)):
            raise BadInput(f"'{name}' is of {', '.join(allowed)}, not '{unknown[0][:40]}'.", field=name)
        return words

    def instant(self, name: str) -> datetime | None:
        """A time in ISO 8601 or RFC 2822. Raises `BadInput`."""
        value = self.get(name)
        return None if not value else read_instant(name, value)

    def only(self, known: frozenset[str], why: Mapping[str, str]) -> None:
        """Refuse by name what the endpoint does not act on. Raises `BadInput`."""
        for key, _ in self.pairs:
            if key not in known:
                reason = why.get(key, "it is not supported here, and would have no effect")
                raise BadInput(f"The field '{_short(key)}' is refused: {reason}.", field=_short(key))


class Request:
    """One request, already authenticated and with its fields read."""

    __slots__ = ("base", "body", "caller", "form", "headers", "method", "parts", "path", "product", "query", "scope")

    def __init__(self, scope: Mapping[str, Any], product: str, path: str, base: str) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.product = product
        self.path = path  #: within the product
        self.base = base  #: scheme, host and prefix of the product, for absolute links
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.parts: dict[str, str] = {}  #: what the path's placeholders hold
        self.query = EMPTY
        self.form = EMPTY
        self.body = b""
        self.caller = _NOBODY

    @property
    def account(self) -> str:
        """The account that is acted on."""
        return self.caller.target

    @property
    def origin(self) -> str:
        """Scheme and host, for links to other products than this one."""
        scheme, _, rest = self.base.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    def header(self, name: str) -> str | None:
        """A header's text."""
        value = self.headers.get(name.lower().encode("latin-1"))
        return None if value is None else value.decode("latin-1")

    @property
    def kind(self) -> str:
        """The body's content type, without its parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def json(self, kind: type[T]) -> T:
        """The body, where the endpoint takes JSON. Raises `BadInput`."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            raise BadInput(f"The body is not the JSON that is expected here: {wrong}", code=20001) from wrong


EMPTY = Form(())
_NOBODY = Caller(principal="", account="", target="")

Endpoint = Callable[[Request, House], Awaitable[Answer]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A resource's method: where it is, what it takes, and who may ask.

    `path` has placeholders in braces; `{account}` is the account that is acted on. `.json` at its end is implied in the
    2010 edition. `fields` are those that act, of the form (POST) or the query (GET, DELETE); a list takes the paging
    fields too.
    """

    method: str
    path: str
    endpoint: Endpoint
    product: str = "api"
    fields: frozenset[str] = frozenset()
    refused: Mapping[str, str] = {}  #: field -> why it can't be acted on, to be told by name
    pages: bool = False  #: a list: PageSize, Page and PageToken are taken
    json: bool = False  #: the body may be JSON
    form: int = 0  #: bytes of its form at the most; 0: as of any request
    mail: frozenset[str] = frozenset()  #: the body may be a whole mail (`MAIL`), as large as SMTP takes it: then these
    #: fields stand in the query
    raw: int = 0  #: the body is a file of so many bytes at the most, of any type; fields stand in the query
    rekeys: bool = False  #: it changes who may come in: what is remembered of credentials is forgotten
    wants: str = ""  #: "lookup": each request knocks at the gate as such (`Knock.wants`), not only the login;
    #: "accept": the login itself does, since the agreement is open before it is accepted
    summary: str = ""
    status: int = 200  #: of its success, for the document
    shows: Mapping[str, Any] = {}  #: the JSON schema of what it answers, for the document


PAGING = frozenset({"PageSize", "Page", "PageToken"})


def parse_form(body: bytes, what: str) -> Form:
    """Fields from application/x-www-form-urlencoded. Raises `BadInput`."""
    if not body:
        return EMPTY
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except UnicodeDecodeError as wrong:
        raise BadInput(f"The {what} is not valid UTF-8.", code=20001) from wrong
    except ValueError as wrong:
        raise BadInput(f"The {what} has more than {_MOST_FIELDS} fields.", code=20001) from wrong
    if any("\x00" in value or "\x00" in key for key, value in pairs):
        raise BadInput(f"The {what} holds a NUL character.", code=20001)
    return Form(pairs)


# --- dates --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _rfc2822(second: int) -> str:
    return format_datetime(_EPOCH + timedelta(seconds=second))


def rfc2822(at: datetime | None) -> str | None:
    """A date of the 2010 edition: `Fri, 24 May 2019 17:44:46 +0000`."""
    return None if at is None else _rfc2822(int(at.timestamp()))


def iso8601(at: datetime | None) -> str | None:
    """A date of v1 and later: `2019-05-24T17:44:46Z`."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dollars(millionths: int) -> str:
    """A price in USD as it is told: every digit, never in powers of ten."""
    return f"{Decimal(millionths).scaleb(-6):f}"


def read_instant(name: str, value: str) -> datetime:
    """A time in ISO 8601 (UTC where no zone is given) or RFC 2822. Raises `BadInput`."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        try:
            read = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError) as wrong:
            raise BadInput(
                f"'{name}' is a time such as 2026-05-24T17:44:46Z, not '{_short(value)}'.", field=name
            ) from wrong
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as wrong:
        raise BadInput(f"'{name}' is out of range.", field=name) from wrong


def read_day(name: str, value: str) -> tuple[datetime, datetime]:
    """What a date filter means, half-open: a day (`2026-05-24`, or its midnight, which the SDKs make of a date) from
    its first instant to the next day's; any other time that second. Raises `BadInput`."""
    at = read_instant(name, value)
    midnight = at.time() == time()
    try:
        return at, at + (timedelta(days=1) if midnight else timedelta(seconds=1))
    except OverflowError as wrong:
        raise BadInput(f"'{name}' is out of range.", field=name) from wrong


def read_days(query: Form, name: str) -> tuple[datetime | None, datetime | None]:
    """The span that a list's filters of one name leave, half-open; None: no bound on that side.

    As the SDKs document them, `DateSent<` means on or before that day, `DateSent>` on or after it. Raises `BadInput`.
    """
    on, before, after = query.get(name), query.get(f"{name}<"), query.get(f"{name}>")
    begin, end = read_day(name, on) if on else (None, None)
    if before:
        until = read_day(f"{name}<", before)[1]
        end = min(end, until) if end else until
    if after:
        since = read_day(f"{name}>", after)[0]
        begin = max(begin, since) if begin else since
    return begin, end


def stamp(at: datetime) -> int:
    """A time as microseconds since 1970, for page tokens."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def unstamp(micros: Any) -> datetime:
    """The time of a page token. Raises `BadInput`."""
    if not isinstance(micros, int) or isinstance(micros, bool) or not 0 <= micros < 1 << 52:
        raise BadInput("This 'PageToken' is not one of ours.", field="PageToken", code=20001)
    return _EPOCH + timedelta(microseconds=micros)


# --- SIDs ---------------------------------------------------------------------------------------------------------


def is_sid(text: str, *prefixes: str) -> bool:
    """Whether this can be a SID of one of these kinds."""
    return _SID.fullmatch(text) is not None and text[:2] in prefixes


# --- pages --------------------------------------------------------------------------------------------------------


class Window(msgspec.Struct, frozen=True):
    """Which page a list request asks for."""

    size: int
    page: int
    key: tuple[Any, ...] | None
    backwards: bool

    def slice(self, first: Callable[[Any], Any] | None = unstamp, length: int = 2) -> Slice:
        """The part of the list; `first` reads the key's first element (a time, unless told otherwise)."""
        if self.key is None:
            return Slice(size=self.size)
        if len(self.key) != length or not all(isinstance(each, str) for each in self.key[1 if first else 0 :]):
            raise BadInput("This 'PageToken' is not one of ours.", field="PageToken", code=20001)
        key = (first(self.key[0]), *self.key[1:]) if first else self.key
        return Slice(size=self.size, after=key, backwards=self.backwards)


def window(request: Request, size: int = 50) -> Window:
    """Read PageSize (1 to 1000), Page and PageToken. Raises `BadInput`."""
    query = request.query
    size = query.number("PageSize", 1, 1_000_000) or size
    page = query.number("Page", 0, 100_000_000) or 0
    token = query.get("PageToken")
    key, backwards = (None, False) if not token else _read_token(token)
    if page > 0 and key is None:
        raise BadInput("'Page' needs the 'PageToken' that came with it.", field="Page", code=20001)
    return Window(min(size, _LONGEST_PAGE), page, key, backwards)


def _token(key: Sequence[Any], *, backwards: bool) -> str:
    packed = base64.urlsafe_b64encode(_ENCODER.encode([backwards, *key])).rstrip(b"=").decode()
    return f"PT{packed}"


def _read_token(token: str) -> tuple[tuple[Any, ...], bool]:
    try:
        packed = token[2:].encode("ascii")
        read = msgspec.json.decode(base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)), type=list[Any])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as wrong:
        raise BadInput("This 'PageToken' is not one of ours.", field="PageToken", code=20001) from wrong
    if not token.startswith("PT") or len(read) < 2 or not isinstance(read[0], bool):
        raise BadInput("This 'PageToken' is not one of ours.", field="PageToken", code=20001)
    return tuple(read[1:]), read[0]


class _Links(msgspec.Struct, frozen=True):
    here: str
    first: str
    next: str | None
    previous: str | None


def _links(
    request: Request, asked: Window, prefix: str, sheet: Sheet, key_of: Callable[[Any], Sequence[Any]]
) -> _Links:
    filters = [(name, value) for name, value in request.query.pairs if name not in PAGING]

    def link(page: int, key: Sequence[Any] | None, *, backwards: bool = False) -> str:
        fields = [*filters, ("PageSize", str(asked.size)), ("Page", str(page))]
        if key is not None:
            fields.append(("PageToken", _token(key, backwards=backwards)))
        return f"{prefix}{request.path}?{urlencode(fields, quote_via=quote_plus)}"

    rows = sheet.rows
    return _Links(
        here=link(asked.page, asked.key, backwards=asked.backwards),
        first=link(0, None),
        next=link(asked.page + 1, key_of(rows[-1])) if sheet.behind and rows else None,
        previous=link(max(asked.page - 1, 0), key_of(rows[0]), backwards=True)
        if sheet.before and rows and asked.page > 0
        else None,
    )


def by_time(row: Any) -> tuple[int, str]:
    """The page key of a list that is ordered by creation."""
    return stamp(row.created_at), row.sid


def page_2010(  # noqa: PLR0917 - request, window, name, rows, and how they are shown
    request: Request,
    asked: Window,
    name: str,
    sheet: Sheet,
    show: Callable[[Any], dict[str, Any]],
    key_of: Callable[[Any], Sequence[Any]] = by_time,
) -> Answer:
    """A page in the 2010 edition: relative URIs, beside the records' one key."""
    links = _links(request, asked, "", sheet, key_of)
    start = asked.page * asked.size
    return Answer(
        200,
        {
            name: [show(row) for row in sheet.rows],
            "page": asked.page,
            "page_size": asked.size,
            "start": start,
            "end": max(start + len(sheet.rows) - 1, 0),
            "uri": links.here,
            "first_page_uri": links.first,
            "next_page_uri": links.next,
            "previous_page_uri": links.previous,
        },
    )


def page_v1(  # noqa: PLR0917 - request, window, name, rows, and how they are shown
    request: Request,
    asked: Window,
    key: str,
    sheet: Sheet,
    show: Callable[[Any], dict[str, Any]],
    key_of: Callable[[Any], Sequence[Any]] = by_time,
) -> Answer:
    """A page in v1 and later: `meta` with absolute URLs."""
    links = _links(request, asked, request.base, sheet, key_of)
    return Answer(
        200,
        {
            key: [show(row) for row in sheet.rows],
            "meta": {
                "key": key,
                "page": asked.page,
                "page_size": asked.size,
                "url": links.here,
                "first_page_url": links.first,
                "next_page_url": links.next,
                "previous_page_url": links.previous,
            },
        },
    )


def encode(body: Any) -> bytes:
    """JSON."""
    return _ENCODER.encode(body)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
