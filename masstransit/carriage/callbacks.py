"""A notice as the request that a customer's server is asked by: its parameters in the words of the SDKs, and what of it
is signed. The sender (`webhooks`) and the pages that show it to developers read it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from sqlalchemy import Row

from masstransit.carriage import signing
from masstransit.model.alphabet import segment

API_VERSION = "2010-04-01"
FAX_VERSION = "v1"  #: of the API for faxes
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_JSON = "application/json"
FAX = "fax"  #: the kind of one that tells what becomes of a fax
CALL = "call"  #: the kind of a notice that tells of a call: its parameters stand in it
ONCE = "I-Twilio-Idempotency-Token"  #: the header that names the notice, whichever attempt it is


def stamp(at: datetime) -> str:
    """A time as the SDKs' callbacks have it (RFC 2822), in UTC."""
    return at.strftime("%a, %d %b %Y %H:%M:%S +0000")


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """A request, but for its signature: that of `signed_url` and `params`."""

    method: str
    url: str  #: as it is called
    signed_url: str  #: as the server sees it, and so as it is signed
    params: Mapping[str, str]  #: of the form; of a GET they stand in the URL
    headers: Mapping[str, str]
    body: bytes = b""

    def signature(self, token: str, key: str, algorithm: str = signing.SHA1) -> dict[str, str]:
        """The headers of its signature."""
        return signing.headers(token, key, self.signed_url, self.params, algorithm)


def made(row: Row[Any], url: str, method: str, params: Mapping[str, str]) -> Callback:
    """The request by which a notice (a row of `notices`) is brought to `url`."""
    bare, once = as_seen(url), {ONCE: row.id}
    if "event" in row.body:
        body = msgspec.json.encode(row.body["event"])
        url, bare = signing.with_body_hash(url, body), signing.with_body_hash(bare, body)
        headers = once | {"Content-Type": _JSON}
        return Callback(method="POST", url=url, signed_url=bare, params={}, headers=headers, body=body)
    return request(url, method, params, once)


def request(url: str, method: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Callback:
    """A request with a form's parameters; in a GET they stand in the URL."""
    bare = as_seen(url)
    if method.upper() == "GET":
        url, bare = signing.with_query(url, params), signing.with_query(bare, params)
        return Callback(method="GET", url=url, signed_url=bare, params={}, headers=headers)
    headers = {**headers, "Content-Type": _FORM}
    return Callback(
        method="POST", url=url, signed_url=bare, params=params, headers=headers, body=urlencode(params).encode()
    )


def params(row: Row[Any]) -> dict[str, str]:
    """A notice in the words that the SDKs' users know."""
    body: dict[str, Any] = row.body
    if body.get("kind") == "caller-id":
        told = {"VerificationStatus": body["status"], "OutgoingCallerIdSid": body["sid"], "To": body["to"]}
        told |= {"CallSid": body.get("call")}
        told |= {"AccountSid": row.account, "ApiVersion": API_VERSION}
        return {name: str(value) for name, value in told.items() if value is not None}
    if body.get("kind") == CALL:
        return dict(body["params"])
    if body.get("kind") == "mail":
        return _of_mail(row, body)
    sid = str(body.get("sid") or row.about or "")
    if body.get("kind") == FAX:
        return _of_fax(row, sid)
    told = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": row.account,
        "From": body.get("from"),
        "To": body.get("to"),
        "ApiVersion": API_VERSION,
        "MessagingServiceSid": body.get("service"),
    }
    if body.get("kind") == "message":
        text = body.get("body") or ""
        told |= {
            "SmsMessageSid": sid,
            "Body": text,
            "NumMedia": str(len(body.get("media", ()))),
            "NumSegments": str(len(segment(text).parts)),
            "SmsStatus": "received",
            "OptOutType": body.get("opt_out_type"),
        }
        for place, (url, content_type) in enumerate(body.get("media", ())):
            told |= {f"MediaUrl{place}": url, f"MediaContentType{place}": content_type}
    else:
        error = body.get("error_code")
        told |= {
            "MessageStatus": body.get("status"),
            "SmsStatus": body.get("status"),
            "ErrorCode": None if error is None else str(error),
        }
    return {name: str(value) for name, value in told.items() if value is not None}


def _of_mail(row: Row[Any], body: Mapping[str, Any]) -> dict[str, str]:
    """A person's mail: who wrote it, what it says as text and as a page, its header and source, its files, and what was
    found of it."""
    letter, proof, files = body["letter"], body.get("authentication") or {}, body["files"]
    told = {
        "MessageSid": body["sid"],
        "AccountSid": row.account,
        "ApiVersion": API_VERSION,
        "From": body["from"],
        "FromName": letter.get("name"),
        "To": body["to"],
        "ReplyTo": letter.get("reply_to"),
        "ReturnPath": letter.get("return_path"),
        "Subject": letter.get("subject", ""),
        "MessageId": letter.get("message_id"),
        "Text": body["body"],
        "Html": body["html"] or None,
        "Headers": body["headers"],
        "SourceUrl": body.get("source") or None,
        "NumMedia": str(len(files)),
        "Spf": proof.get("spf", "none"),
        "Dkim": proof.get("dkim", "none"),
        "Dmarc": proof.get("dmarc", "none"),
        "DmarcPolicy": proof.get("policy") or None,
        "Arc": proof.get("arc") or None,
        "Flags": ",".join(body["flags"]) or None,
        "OptOutType": body.get("opt_out_type"),
    }
    for at, file in enumerate(files):
        told |= {
            f"MediaUrl{at}": file["url"],
            f"MediaName{at}": file["name"] or None,
            f"MediaContentType{at}": file["content_type"],
            f"MediaSize{at}": str(file["size"]),
        }
    return {name: str(value) for name, value in told.items() if value is not None}


def _of_fax(row: Row[Any], sid: str) -> dict[str, str]:
    body: dict[str, Any] = row.body
    told = {
        "FaxSid": sid,
        "AccountSid": row.account,
        "From": body["from"],
        "To": body["to"],
        "FaxStatus": body["status"],
        "NumPages": body["pages"],
        "ErrorCode": body.get("error_code"),
        "ApiVersion": FAX_VERSION,
        "Direction": "outbound",
    }
    return {name: str(value) for name, value in told.items() if value is not None}


def as_seen(url: str) -> str:
    """The URL as the server sees it, and so as it is signed: without what it authenticates us with, and with a path."""
    read = urlsplit(url)
    return urlunsplit(read._replace(netloc=read.netloc.rpartition("@")[2], path=read.path or "/", fragment=""))
