"""The trunk: `POST .../Accounts/{sid}/Messages.json`, and what its answer means."""

from __future__ import annotations

import asyncio
import base64
import logging
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import msgspec

from masstransit.carriage.channel import Arrivals, Carried, File, NotSent, Sent
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.webcalls import Heard, Unreachable, WebCalls
from masstransit.clock import Clock
from masstransit.errors import TrunkDown
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared

log = logging.getLogger("masstransit.rest")

STATUS, MESSAGES = "status", "messages"  # of what a callback tells
_NO_BINARY = "binary messages have no place in this platform's API"
_FIRST_REST, _LONGEST_REST = 0.5, 60.0  # seconds that an upstream is left alone which is too busy or can't be reached
_REDIRECTS = 4
_REDIRECTED = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT,
               HTTPStatus.PERMANENT_REDIRECT)  # fmt: skip
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class TrunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream."""

    name: str
    url: str  #: of its API, without a path: https://api.provider.example
    account_sid: str
    auth_token: str
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    price: Decimal | None = None  #: what it takes for a segment, in USD; None: not known
    window: int = 50  #: requests at once
    answers: bool = True  #: it answers STOP and HELP itself, so that we don't
    mms: bool = False  #: it carries MMS: it fetches the files from us, by signed links


LARGEST_FILE = 5 * 1024 * 1024  #: bytes of a file that the upstream brings, as the SDKs document it


class _Made(msgspec.Struct, frozen=True):
    """What is read of its answer to a message that it took."""

    sid: str


class _Refused(msgspec.Struct, frozen=True):
    """And of its answer to one that it did not take."""

    code: int = 30008
    message: str = ""


_MADE, _REFUSED = msgspec.json.Decoder(_Made), msgspec.json.Decoder(_Refused)


class RestTrunk:
    """Implements `carriage.channel.Trunk`. `base_url` says where callbacks reach us; "": there are no reports."""

    up = True  # there is no link to lose: an upstream that can't be reached is left alone for a while

    def __init__(self, settings: TrunkSettings, clock: Clock, calls: WebCalls, outside: WebCalls | None = None) -> None:
        self.settings = settings
        self.name = settings.name
        self.kinds = Kind.TEXT if settings.mms else Kind.SMS
        self.shared: Shared | None = None  #: by what links it fetches files
        self.prefixes = settings.prefixes
        self.price = settings.price
        self.clock = clock
        self.base_url = ""
        self.arrivals: Arrivals | None = None
        self._calls = calls
        self._outside = outside or calls  # by which files are fetched that lie elsewhere than with its API
        self._url = f"{settings.url.rstrip('/')}/2010-04-01/Accounts/{quote(settings.account_sid)}/Messages.json"
        pair = base64.b64encode(f"{settings.account_sid}:{settings.auth_token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}
        self._taken: set[str] = set()
        self._rests_until = 0.0
        self._pause = 0.0

    def connect(self, arrivals: Arrivals) -> None:
        """Where reports and people's messages go."""
        self.arrivals = arrivals

    def callback(self, what: str) -> str:
        """The URL at which the upstream tells of a message's status, or brings messages; "" without a base URL."""
        return f"{self.base_url}/trunks/{quote(self.name, safe='')}/{what}" if self.base_url else ""

    async def file(self, url: str) -> File:
        """A file of a person's message, from the upstream or from where it says. Raises `Unreachable`."""
        calls, headers = self._outside, {}
        if urlsplit(url)[:2] == urlsplit(self._url)[:2]:  # credentials go nowhere else
            calls, headers = self._calls, {"Authorization": self._headers["Authorization"]}
        for _ in range(_REDIRECTS):
            heard = await calls.call("GET", url, headers)
            if heard.status not in _REDIRECTED or not heard.location:
                break
            url, calls, headers = urljoin(url, heard.location), self._outside, {}
        if heard.status != HTTPStatus.OK or len(heard.body) > LARGEST_FILE:
            raise Unreachable(f"HTTP {heard.status}, {len(heard.body)} bytes")
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        return File(data=heard.body, name=name, content_type=heard.content_type)

    async def run(self) -> None:
        """Hold its connections until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._calls.close()
            if self._outside is not self._calls:
                await self._outside.close()

    # --- carriage.channel.Trunk -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Requests that it could take at once; none while it is left alone."""
        if asyncio.get_running_loop().time() < self._rests_until:
            return 0
        return max(0, self.settings.window - len(self._taken))

    async def deliver(self, cleared: Cleared) -> Carried:
        """Hand it over. Raises `TrunkDown` where no answer came: it is sent again, under the same idempotency key."""
        communication = cleared.communication
        if communication.binary is not None:
            return NotSent(reason=_NO_BINARY, permanent=True, code=21611)
        self._taken.add(communication.id)
        form: dict[str, str | list[str]] = {
            "From": communication.sender.text,
            "To": communication.recipient.text,
            "Body": communication.on_air,
        }
        if communication.kind is Kind.MMS:
            form |= {"MediaUrl": self._links(communication), "SendAsMms": "true"}
        if told := self.callback(STATUS):
            form["StatusCallback"] = told
        headers = self._headers | {"I-Twilio-Idempotency-Token": communication.id}
        try:
            heard = await self._calls.call("POST", self._url, headers, urlencode(form, doseq=True).encode())
        except Unreachable as lost:
            self._rest()
            raise TrunkDown(f"trunk {self.name}: {lost}") from lost
        return self._answered(heard)

    def _links(self, communication: Communication) -> list[str]:
        if self.shared is None:
            return []
        return [self.shared.url(communication.account, file.sid) for file in communication.attachments]

    def settled(self, cleared: Cleared) -> None:
        """What it answered is on record: its place is free."""
        self._taken.discard(cleared.communication.id)

    def _answered(self, heard: Heard) -> Carried:
        if heard.status in (HTTPStatus.OK, HTTPStatus.CREATED):
            try:
                made = _MADE.decode(heard.body)
            except msgspec.MsgspecError as wrong:
                raise TrunkDown(f"trunk {self.name}: its answer can't be read: {wrong}") from wrong
            self._pause = 0.0
            return Sent((made.sid,))
        if heard.status in _DENIED:
            log.error("trunk %s: it does not take our credentials (HTTP %d)", self.name, heard.status)
            return self._later("the upstream does not take our credentials")
        if heard.status in _LATER or heard.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._later(f"the upstream is busy (HTTP {heard.status})")
        try:
            refused = _REFUSED.decode(heard.body)
        except msgspec.MsgspecError:
            refused = _Refused()
        return NotSent(reason=refused.message or f"HTTP {heard.status}", permanent=True, code=refused.code)

    def _later(self, reason: str) -> NotSent:
        self._rest()
        return NotSent(reason=reason, permanent=False, retry_after=self._pause)

    def _rest(self) -> None:
        """Leave it alone, longer each time."""
        self._pause = min(max(_FIRST_REST, self._pause * 2), _LONGEST_REST)
        self._rests_until = asyncio.get_running_loop().time() + self._pause
