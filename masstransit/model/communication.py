"""What passes the gate: a communication that is offered, a knock at the door, and what became of a communication; a
change in one that is under way (`change.py`) does as well.

All are *subjects*: they belong to an account, and the gate is asked about them at a moment.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

import msgspec

from masstransit.model.address import Address, callable_address, chat_handle, e164, email_address, mailbox, parse
from masstransit.model.caller import Verification
from masstransit.model.letter import Letter
from masstransit.model.mail import Authentication
from masstransit.model.media import Attachment


class Kind(enum.Flag):
    """What is carried. A knock at the door (a login, a look-up) is of the kind that it asks for, or NONE."""

    NONE = 0
    SMS = enum.auto()
    MMS = enum.auto()
    CALL = enum.auto()
    VOICEMAIL = enum.auto()
    FAX = enum.auto()
    CHAT = enum.auto()
    VIDEO = enum.auto()
    EMAIL = enum.auto()
    TEXT = SMS | MMS
    SPOKEN = CALL | VOICEMAIL
    DIALLED = CALL | FAX
    WORDS = SMS | MMS | CALL | VOICEMAIL | FAX | CHAT | EMAIL  # calls: where a transcript was made
    ANY = SMS | MMS | CALL | VOICEMAIL | FAX | CHAT | VIDEO | EMAIL

    def among(self, kinds: Kind) -> bool:
        """Whether it is one of these. Some forty are asked about each message, and `&` takes eight times as long."""
        return bool(self._value_ & kinds._value_)


_READERS: Mapping[Kind, Callable[[str], Address]] = {
    Kind.EMAIL: email_address,
    Kind.CHAT: chat_handle,
    Kind.VIDEO: chat_handle,
    Kind.CALL: callable_address,
    Kind.VOICEMAIL: callable_address,
    Kind.FAX: callable_address,
}


_WORDS = {
    Kind.CALL: "call",
    Kind.VOICEMAIL: "call",  # FCC 22-85: what is left in a mailbox without a ring is a call
    Kind.FAX: "fax",
    Kind.EMAIL: "email",
    Kind.CHAT: "chat message",
    Kind.VIDEO: "invitation to a video call",
}


def address_of(kind: Kind, text: str) -> Address:
    """Who can be reached by a kind, out of what was written. Raises `BadAddress`."""
    return _READERS.get(kind, parse)(text)


def reachable(text: str) -> Address:
    """Who can be reached at all: a number, a mailbox, or with "chat:" before it a name in the brand's chats and rooms.
    Raises `BadAddress`."""
    bare = text.strip()
    if bare.startswith("chat:"):
        return chat_handle(bare.removeprefix("chat:"))
    return mailbox(bare) if "@" in bare else e164(bare)


class Moment(enum.Flag):
    """When the gate is asked."""

    ADMISSION = enum.auto()  #: a login, bind, API call or look-up knocks
    OFFER = enum.auto()  #: a message or call is offered
    CHANGE = enum.auto()  #: a call starts recording, monitoring, transfer
    OUTCOME = enum.auto()  #: a delivery report, complaint, bounce, authority's request


class Direction(enum.Enum):
    """From a customer to a person (MT), or from a person to a customer's number (MO)."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Purpose(enum.Enum):
    """What a message is for, as stated by the request or else by its campaign."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"
    OTP = "otp"
    EMERGENCY = "emergency"
    CONVERSATION = "conversation"


class Voice(enum.Enum):
    """What speaks when a call is answered, as its caller says."""

    LIVE = "live"  #: a person
    PRERECORDED = "prerecorded"  #: also what is left in a mailbox without a ring (FCC 22-85)
    ARTIFICIAL = "artificial"  #: also one that a model makes as it speaks (FCC 24-17)


class Exemption(enum.Enum):
    """Why nothing may stop a communication (rulebook 0.3). Given by carriage only, never by a customer."""

    OPT_OUT_CONFIRMATION = "opt-out confirmation"
    HELP_REPLY = "help reply"
    RECIPIENT_STOP = "recipient's opt-out"
    EMERGENCY = "emergency service"
    DELIVERY_STATUS = "word of what became of a mail"


class ShortLink(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for a link of a text when it goes out."""

    domain: str  #: of the sender's own
    code: str
    target: str  #: the link as the text has it

    @property
    def url(self) -> str:
        return f"https://{self.domain}/{self.code}"


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """What of a message could not be had, so that it is not carried though nothing forbids it."""

    code: int  #: the SDKs' error code
    why: str


class Communication(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One message as every channel hands it in. Times are aware UTC."""

    moment: ClassVar[Moment] = Moment.OFFER

    id: str  #: the SDKs' SID: SM or MM and 32 hex digits
    account: str  #: AC...: the account it is sent by, or whose number received it
    kind: Kind
    direction: Direction = Direction.OUTBOUND
    channel: str  #: the door it came in by: "rest", "smpp", "loopback"
    sender: Address
    recipient: Address
    text: str = ""
    at: datetime  #: when it was offered
    purpose: Purpose | None = None  #: as stated by the request; None: the campaign's declared use counts
    campaign: str | None = None  #: the campaign's SID, where the sender is registered for one
    service: str | None = None  #: the messaging service it was sent through
    end_user: str | None = None  #: the customer's end user; None: the customer answers for it
    idempotency_key: str | None = None  #: the client's own; None: each offer is its own
    attempt: int = 0  #: how often the gate has been asked about it before
    send_at: datetime | None = None  #: not before
    expires_at: datetime | None = None  #: not after: the validity period
    exemption: Exemption | None = None
    media: tuple[str, ...] = ()  #: URLs of what is attached as links, which the text has too
    pages: int = 0  #: of a fax
    pictures: int = 0  #: pages of a fax whose words nobody but a person can read
    attachments: tuple[Attachment, ...] = ()  #: files that go with it, taken in and kept by the house
    lacking: Lacking | None = None  #: a file of it that could not be had
    shortened: str | None = None  #: the text as it goes out, where its links are shortened or links of ours stand for
    #: its files; `text` is what is judged
    short_links: tuple[ShortLink, ...] = ()  #: those in `shortened`, until they are on record
    status_callback: str | None = None
    binary: bytes | None = None  #: an 8-bit payload that is no text (SMPP data_coding 4), sent on as it is
    max_price: str | None = None  #: the most the client will pay for it, all segments, in USD: a decimal
    receipt: bool = False  #: the ESME asked for a delivery report (SMPP registered_delivery)
    obfuscate: bool = False  #: the REST shows the recipient masked once the message has ended (AddressRetention)
    discard: bool = False  #: its content is dropped once it has ended (ContentRetention)
    attempts_told: int = 1  #: which attempt at this message it is, by the client's own count (Attempt): 1 is the first
    risk_check: bool = True  #: False: the client waives the check for pumped traffic (RiskCheck=disable)
    principal: str = ""  #: the credential it came by: SID of a key, a bind's system_id
    source: str = ""  #: of a call: the internet address that it came from; "" where it came over no credential
    anonymous: bool = False  #: of a call: the called person is not shown its number (Privacy: id); `sender` is asserted
    caller_name: str = ""  #: of a call: the name that is to be shown with its number (CNAM)
    diverted_by: Address | None = None  #: of a call that we saw come in for this number, and that is sent on from it
    voice: Voice | None = None  #: of a call: what speaks; None: nobody said
    words: str = ""  #: of a call: what a machine is to say in it, where that came with the request
    verification: Verification | None = None  #: what came of a call's Identity headers; None: it came over no carrier
    parent: str | None = None  #: of a call: the SID of the one of which it is a leg
    conversation: str | None = None  #: of chat: where it is said; of an invitation: to which the recipient is asked
    edits: str | None = None  #: of chat: the message in whose place these words are to stand; None: it is one itself
    attributes: str = ""  #: of chat: what its sender's program keeps with it, a JSON document, passed on as it is
    letter: Letter | None = None  #: of mail that a customer sends: what its head says; None: it is not there yet
    authentication: Authentication | None = None  #: of mail that arrives: whether it is from whom it says

    @property
    def wordless(self) -> bool:
        """Whether there is nothing in it to read or to hear, as in most calls when they are offered."""
        return not (self.text or self.words or self.attachments or self.letter)

    @property
    def invites(self) -> bool:
        """Whether it asks a person to join a conversation; else chat is said to all who take part."""
        return self.conversation is not None and self.recipient.text != self.conversation

    @property
    def automated(self) -> bool:
        """Whether no person speaks in it (47 USC 227(b)(1)(A): an artificial or prerecorded voice): a call of which
        that was said, or what a customer leaves in a mailbox without a ring, which is a call too (FCC 22-85)."""
        if self.kind is Kind.VOICEMAIL and self.direction is Direction.OUTBOUND:
            return self.voice is not Voice.LIVE
        return self.voice is not None and self.voice is not Voice.LIVE

    @property
    def in_person(self) -> bool:
        """Whether it is a call in which a person speaks, as was said or as people do, and that does not advertise."""
        if not self.kind.among(Kind.SPOKEN) or self.purpose is Purpose.MARKETING or self.automated:
            return False
        return self.voice is Voice.LIVE or self.purpose in (None, Purpose.CONVERSATION)

    @cached_property
    def notes(self) -> dict[Any, Any]:
        """What readers made of the text, so that it is read once however many look at it. Notes are no part of the
        message: they are gone with this object, and a changed copy has none."""
        return {}

    @property
    def word(self) -> str:
        """What it is called in a sentence."""
        return _WORDS.get(self.kind, "message")

    @property
    def on_air(self) -> str:
        """The text as it goes out, and as the person reads it."""
        return self.text if self.shortened is None else self.shortened


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the door: a login, a bind, an API call, a look-up. Asked at ADMISSION."""

    moment: ClassVar[Moment] = Moment.ADMISSION
    kind: ClassVar[Kind] = Kind.NONE
    direction: ClassVar[Direction] = Direction.OUTBOUND

    id: str
    account: str  #: the account named, "" where none could be
    at: datetime
    door: str  #: "rest", "smpp", "console"
    principal: str  #: who they say they are: account SID, key SID, system_id
    source: str  #: the peer's IP address
    wants: str = "login"  #: "login", "lookup", "create", ...
    proven: bool = True  #: whether the secret was right
    about: str = ""  #: what was asked for, such as an id, where there was something
    attempt: int = 0
    idempotency_key: str | None = None
    exemption: None = None
