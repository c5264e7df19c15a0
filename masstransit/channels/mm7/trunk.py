"""The trunk: MMS submitted to a carrier's MMS centre, and what its answers mean."""

from __future__ import annotations

import asyncio
import base64
import logging
from decimal import Decimal
from http import HTTPStatus

import msgspec

from masstransit.carriage.channel import Arrivals, Carried, NotSent, Sent
from masstransit.carriage.media.mms import Packer, TooLarge, too_large
from masstransit.carriage.webcalls import Heard, Unreachable, WebCalls
from masstransit.channels.mm7 import soap
from masstransit.channels.mm7.soap import Part, element
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound, TrunkDown
from masstransit.model.address import Address, ShortCode
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared

log = logging.getLogger("masstransit.mm7")

_FIRST_REST, _LONGEST_REST = 0.5, 60.0  # seconds that a centre is left alone which is too busy or can't be reached
#: Statuses (TS 23.140, 8.7.8.1.3.1) that say "later", and the SDKs' codes of those that say "never".
_LATER = frozenset({3000, 3001, 4000, 4005, 4006})
_OURS = frozenset({4001, 4007})  # it does not know us
_CODES = {2002: 30005, 2003: 30005, 2004: 30007, 3002: 30007}
_UNKNOWN = 30008
_GONE = 11200


class TrunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One MMS centre."""

    name: str
    url: str  #: where it takes messages
    vasp: str  #: by which it knows us (VASPID)
    vas: str = ""  #: and our service (VASID)
    service_code: str = ""
    username: str = ""  #: with which we log in there (HTTP basic authentication)
    password: str = ""
    delivers_as: str = ""  #: with which it logs in here, when it brings messages and reports
    delivers_with: str = ""
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    price: Decimal | None = None  #: what it takes for a message, in USD; None: not known
    window: int = 10  #: requests at once
    largest: int = 600_000  #: bytes of a message's media
    answers: bool = False  #: it answers STOP and HELP itself, so that we don't


class Mm7Trunk:
    """Implements `carriage.channel.Trunk`."""

    up = True  # there is no link to lose: a centre that can't be reached is left alone for a while
    kinds = Kind.MMS

    def __init__(self, settings: TrunkSettings, clock: Clock, calls: WebCalls, packer: Packer) -> None:
        self.settings = settings
        self.name = settings.name
        self.prefixes = settings.prefixes
        self.price = settings.price
        self.clock = clock
        self.arrivals: Arrivals | None = None
        self._calls = calls
        self._packer = packer
        self._taken: set[str] = set()
        self._rests_until = 0.0
        self._pause = 0.0

    def connect(self, arrivals: Arrivals) -> None:
        """Where reports and people's messages go."""
        self.arrivals = arrivals

    async def run(self) -> None:
        """Hold its connections until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._calls.close()

    # --- carriage.channel.Trunk -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Requests that it could take at once; none while it is left alone."""
        if asyncio.get_running_loop().time() < self._rests_until:
            return 0
        return max(0, self.settings.window - len(self._taken))

    async def deliver(self, cleared: Cleared) -> Carried:
        """Hand it over. Raises `TrunkDown` where no answer came: it is sent again, as the same transaction."""
        communication = cleared.communication
        self._taken.add(communication.id)
        try:
            content_type, body = await self._request(communication)
        except TooLarge as large:
            code, why = too_large(large)
            return NotSent(reason=why, permanent=True, code=code)
        except NotFound:
            return NotSent(reason="a file of this message is gone", permanent=True, code=_GONE)
        headers = {"Content-Type": content_type, "SOAPAction": '""'} | self._login()
        try:
            return self._answered(await self._calls.call("POST", self.settings.url, headers, body))
        except Unreachable as lost:
            self._rest()
            raise TrunkDown(f"trunk {self.name}: {lost}") from lost

    def settled(self, cleared: Cleared) -> None:
        """What it answered is on record: its place is free."""
        self._taken.discard(cleared.communication.id)

    # --- asking and hearing ---------------------------------------------------------------------------------------

    async def _request(self, communication: Communication) -> tuple[str, bytes]:
        """(Content-Type, body) of a SubmitReq. Raises `TooLarge` and `NotFound`."""
        told, text = self.settings, communication.on_air.encode()
        most = told.largest - len(text)
        packed = await self._packer.packed(communication.account, communication.attachments, most)
        files = [Part(content_type=kind, data=data, name=file.name) for file, data, kind in packed]
        texts = [Part(content_type='text/plain; charset="utf-8"', data=text, name="text.txt")] if text else []
        sender = (
            f"<SenderIdentification>{element('VASPID', told.vasp)}{element('VASID', told.vas)}"
            f"<SenderAddress>{_address(communication.sender)}</SenderAddress></SenderIdentification>"
        )
        expires = communication.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if communication.expires_at else ""
        body = (
            f"{sender}<Recipients><To>{_address(communication.recipient)}</To></Recipients>"
            f"{element('ServiceCode', told.service_code)}{element('ExpiryDate', expires)}"
            '<DeliveryReport>true</DeliveryReport><Content href="cid:mms" allowAdaptations="true"/>'
        )
        return soap.with_content(soap.envelope("SubmitReq", communication.id, body), (*texts, *files))

    def _login(self) -> dict[str, str]:
        if not self.settings.username:
            return {}
        pair = base64.b64encode(f"{self.settings.username}:{self.settings.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def _answered(self, heard: Heard) -> Carried:
        if heard.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            log.error("trunk %s: it does not take our credentials (HTTP %d)", self.name, heard.status)
        try:
            said = soap.read(heard.content_type or "text/xml", heard.body)
        except BadInput as odd:
            return self._later(f"the centre answers nothing that is MM7 (HTTP {heard.status}): {odd}")
        name = said.fields.get("MessageID", "")
        if soap.SUCCESS <= said.status < soap.CLIENT_ERROR and name:
            self._pause = 0.0
            return Sent((name,))
        reason = f"{said.fields.get('StatusText') or said.fields.get('faultstring', said.kind)} ({said.status})"
        if said.status in _OURS:
            log.error("trunk %s: it does not know us: %s", self.name, reason)
        if said.status in _LATER or said.status in _OURS or not said.status:
            return self._later(reason)
        return NotSent(reason=reason, permanent=True, code=_CODES.get(said.status, _UNKNOWN))

    def _later(self, reason: str) -> NotSent:
        self._rest()
        return NotSent(reason=reason, permanent=False, retry_after=self._pause)

    def _rest(self) -> None:
        """Leave it alone, longer each time."""
        self._pause = min(max(_FIRST_REST, self._pause * 2), _LONGEST_REST)
        self._rests_until = asyncio.get_running_loop().time() + self._pause


def _address(address: Address) -> str:
    return element("ShortCode" if isinstance(address, ShortCode) else "Number", address.text)
