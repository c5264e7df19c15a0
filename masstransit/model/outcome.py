"""What became of a communication, or is said of an account: it can't be refused any more, and is learned from."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import ClassVar

import msgspec

from masstransit.model.address import Address
from masstransit.model.call import ENDED, CallRecord
from masstransit.model.communication import Communication, Direction, Kind, Moment


class OutcomeKind(enum.Enum):
    """What can become of a communication, or be said of an account."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    OPT_OUT = "opt-out"
    WRONG_NUMBER = "wrong-number"  #: a person said that somebody else is meant, whether or not they opted out as well
    SPAM_REPORT = "spam-report"  #: a recipient's own, or forwarded to 7726
    CARRIER_COMPLAINT = "carrier-complaint"
    AUTHORITY_REQUEST = "authority-request"
    CALL_ENDED = "call-ended"  #: a call is over, and its record is here
    HARM_SENT = "harm-sent"  #: a file that was sent, or was to be sent, is found to harm who opens it
    CODE_USED = "code-used"  #: the customer saw a one-time code come back: it reached a person who asked for it


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a communication. It can't be refused; its findings change standing."""

    moment: ClassVar[Moment] = Moment.OUTCOME
    exemption: ClassVar[None] = None

    id: str
    account: str
    kind: Kind
    what: OutcomeKind
    at: datetime
    sender: Address | None = None
    recipient: Address | None = None
    direction: Direction = Direction.OUTBOUND
    communication: str | None = None  #: the SID it is about
    campaign: str | None = None
    end_user: str | None = None
    error: int | None = None  #: the SDKs' error code of a failed delivery
    record: CallRecord | None = None  #: of a call that is over
    attempt: int = 0
    idempotency_key: str | None = None


def outcome_of(record: CallRecord) -> Outcome:
    """What the end of a call is to the gate."""
    return Outcome(
        id=record.id + ENDED,
        account=record.account,
        kind=Kind.CALL,
        what=OutcomeKind.CALL_ENDED,
        at=record.ended_at,
        sender=record.sender,
        recipient=record.recipient,
        direction=record.direction,
        communication=record.id,
        campaign=record.campaign,
        end_user=record.end_user,
        record=record,
    )


def became(sent: Communication, what: OutcomeKind, at: datetime, *, named: str, error: int | None = None) -> Outcome:
    """What became of a communication that went out, `named` as an outcome."""
    return Outcome(
        id=named,
        account=sent.account,
        kind=sent.kind,
        what=what,
        at=at,
        sender=sent.sender,
        recipient=sent.recipient,
        communication=sent.id,
        campaign=sent.campaign,
        end_user=sent.end_user,
        error=error,
    )
