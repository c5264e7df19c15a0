"""Emails: one call, one mail to one person. What goes to many is as many calls, or a letter by SMTP.

A mail is made here of its parts, or comes whole as the body (message/rfc822), as large as SMTP takes it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from masstransit.api.dialect import MAIL, Answer, Form, Problem, Request, Route, is_sid, iso8601, page_v1, stamp, window
from masstransit.api.house import House, Post
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.api.verdict import status_of
from masstransit.carriage.mailing.composing import Draft, Enclosed, compose, read_field
from masstransit.carriage.mailing.outbox import Handed, Recipient
from masstransit.carriage.mailing.reading import author_of
from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import EmailAddress, email_address, mailbox
from masstransit.model.communication import Communication, Purpose
from masstransit.storage import mail_letters

_PURPOSES = tuple(purpose.value for purpose in Purpose)
_MOST_FILES = 10
_LONGEST_FORM = 1 << 20  # bytes: of text and HTML; files are brought before, or stand in a whole mail. A default
_MOST_FIELDS = 20
_FIELDS = frozenset(
    {
        "From", "To", "Subject", "Text", "Html", "ReplyTo", "Header", "MediaSid", "Purpose", "Campaign", "EndUser",
        "StatusCallback",
    }
)  # fmt: skip
#: What is told in the query beside a mail that is whole.
_BESIDE = frozenset({"To", "Purpose", "Campaign", "EndUser", "StatusCallback"})


def post_of(house: House) -> Post:
    """Raises `Problem` where no mail is carried."""
    if house.post is None:
        raise Problem(503, 20503, "No mail is carried here")
    return house.post


async def create(request: Request, house: House) -> Answer:
    """Send a mail: of its parts, or one that is whole (`MAIL`)."""
    post, now = post_of(house), house.clock.now()
    told = request.query if request.kind == MAIL else request.form
    if request.caller.test:
        raise BadInput("Test credentials send no mail.", code=20008)
    recipient = mailbox(told.need("To"))
    sender, source = await (_whole(request) if request.kind == MAIL else _composed(request, house, post, recipient))
    callback = told.get("StatusCallback") or None
    if callback:
        check_url(callback, field="StatusCallback", allow_private=house.settings.allow_private)
    key = request.header("idempotency-key")
    offered = await post.outbox.take(
        Handed(
            account=request.account,
            principal=request.caller.principal,
            channel="rest",
            source=source,
            return_path=sender.text,
            recipients=(Recipient(address=recipient, notify="NEVER"),),
            purpose=told.one_of("Purpose", _PURPOSES) or "",
            campaign=told.text("Campaign", 64) or "",
            end_user=told.text("EndUser", 128) or "",
            status_callback=callback,
            idempotency_key=key[:200] if key else None,
        )
    )
    (first,) = offered
    status = status_of(first.communication, first.decision, now, house.settings.base_url or request.origin)
    if first.repeated:
        row = await house.database.read(lambda c: mail_letters.mail(c, request.account, first.communication.id))
        if row is not None:
            return Answer(201, _shown(row, request))
    return Answer(201, _new(first.communication, status, request))


async def _whole(request: Request) -> tuple[EmailAddress, bytes]:
    """Author and source of a mail that came whole. Raises `BadInput`."""
    if not request.body:
        raise BadInput("The body is empty: send the mail, its header first.", field="body")
    return author_of(request.body), request.body


async def _composed(request: Request, house: House, post: Post, recipient: EmailAddress) -> tuple[EmailAddress, bytes]:
    """Author and source of a mail that is made of its parts. Raises `BadInput`, `Problem`."""
    form, largest = request.form, house.settings.largest_mail
    draft = Draft(
        sender=form.need("From"),
        recipient=recipient,
        subject=form.get("Subject") or "",
        text=form.get("Text") or "",
        html=form.get("Html") or "",
        reply_to=form.get("ReplyTo") or "",
        fields=_fields(form),
        files=await _files(request, post, largest),
        at=house.clock.now(),
    )
    source = await asyncio.to_thread(compose, draft) if draft.files else compose(draft)
    if len(source) > largest:
        raise _too_large(largest)
    return email_address(draft.sender), source


def _too_large(largest: int) -> Problem:
    return Problem(413, 20413, f"The mail is larger than {largest} bytes, its files as they go by mail included")


def _fields(form: Form) -> list[tuple[str, str]]:
    told = form.all("Header")
    if len(told) > _MOST_FIELDS:
        raise BadInput(f"'Header' is given {_MOST_FIELDS} times at most.", field="Header")
    return [read_field(each) for each in told]


async def _files(request: Request, post: Post, largest: int) -> list[Enclosed]:
    """The files of the account that go with it. Raises `BadInput`; `Problem` where they are too large together, before
    any is read."""
    sids = request.form.all("MediaSid")
    if len(sids) > _MOST_FILES:
        raise BadInput(f"'MediaSid' is given {_MOST_FILES} times at most.", field="MediaSid")
    try:
        attachments = [(await post.files.find(request.account, sid)).attachment for sid in sids]
        if sum(each.size for each in attachments) > largest * 3 // 4:  # base64 makes four bytes of three
            raise _too_large(largest)
        return [
            Enclosed(attachment=each, data=await post.files.read(request.account, each.sid)) for each in attachments
        ]
    except NotFound as gone:
        raise BadInput(f"A file is not there: {gone}", field="MediaSid") from gone


def _new(made: Communication, status: str, request: Request) -> dict[str, Any]:
    at = iso8601(made.at)
    return {
        "sid": made.id,
        "account_sid": made.account,
        "from": made.sender.text,
        "to": made.recipient.text,
        "subject": made.letter.subject if made.letter else "",
        "status": status,
        "error_code": None,
        "error_message": None,
        "purpose": made.purpose.value if made.purpose else None,
        "media": [attachment.sid for attachment in made.attachments],
        "date_created": at,
        "date_updated": at,
        "date_sent": None,
        "url": f"{request.base}/v1/Emails/{made.id}",
    }


def _shown(row: Any, request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "from": row.sender,
        "to": row.recipient,
        "subject": (row.attrs.get("letter") or {}).get("subject", "") if row.body is not None else "",
        "status": row.status,
        "error_code": None if row.error_code is None else str(row.error_code),
        "error_message": row.error_message if row.error_code is not None else None,
        "purpose": row.purpose,
        "media": [each["sid"] for each in row.attrs.get("attachments", ())],
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "date_sent": iso8601(row.sent_at),
        "url": f"{request.base}/v1/Emails/{row.sid}",
    }


async def read(request: Request, house: House) -> Answer:
    """The account's mails, the newest first, by whatever door they came in."""
    asked, to = window(request), request.query.get("To")
    part, recipient = asked.slice(), mailbox(to).text if to else None
    found = await house.database.read(lambda c: mail_letters.mails(c, request.account, part, to=recipient))
    show, key_of = lambda row: _shown(row, request), lambda row: (stamp(row.created_at), row.sid)
    return page_v1(request, asked, "emails", found, show, key_of)


async def fetch(request: Request, house: House) -> Answer:
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: mail_letters.mail(c, request.account, sid)) if is_sid(sid, "EM") else None
    if row is None:
        raise NotFound(f"The mail {sid[:34]} was not found")
    return Answer(200, _shown(row, request))


_SCHEMA = record(
    **{"from": TEXT},
    sid=TEXT,
    account_sid=TEXT,
    to=TEXT,
    subject=TEXT,
    status=TEXT,
    error_code=MAYBE,
    error_message=MAYBE,
    purpose=MAYBE,
    media=several(TEXT),
    date_created=TEXT,
    date_updated=TEXT,
    date_sent=MAYBE,
    url=TEXT,
)

ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/Emails",
        endpoint=create,
        fields=_FIELDS,
        form=_LONGEST_FORM,
        mail=_BESIDE,
        status=201,
        shows=_SCHEMA,
        summary="Send a mail to one person: of its parts (Header, MediaSid several times), or whole, as message/rfc822",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Emails",
        endpoint=read,
        fields=frozenset({"To"}),
        pages=True,
        shows=sheet("emails", _SCHEMA),
        summary="The account's mails, by whatever door they came in",
    ),
    Route(method="GET", product="policy", path="/v1/Emails/{sid}", endpoint=fetch, shows=_SCHEMA, summary="One mail"),
)
