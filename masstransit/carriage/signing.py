"""How a webhook is signed, so that the SDKs' validators accept it.

The signature is the base64 of an HMAC, under the account's token, of the URL exactly as the customer configured it,
followed by each parameter's name and value in the order of the names (SHA-1; SHA-256 where the account asked for it). A
JSON body is not in it: its SHA-256 is put into the URL as `bodySHA256`, and the URL alone is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

SHA1, SHA256 = "HMAC_SHA1", "HMAC_SHA256"
_DIGESTS = {SHA1: "sha1", SHA256: "sha256"}


def signed(url: str, params: Mapping[str, str]) -> str:
    """The text of which the signature is the HMAC."""
    return url + "".join(f"{name}{params[name]}" for name in sorted(params))


def signature(token: str, url: str, params: Mapping[str, str], algorithm: str = SHA1) -> str:
    """What stands in `X-Twilio-Signature`."""
    text = signed(url, params)
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), _DIGESTS[algorithm])).decode()


def headers(token: str, key: str, url: str, params: Mapping[str, str], algorithm: str = SHA1) -> dict[str, str]:
    """The headers of a signed webhook; `key` names what it was signed with, where the algorithm is not the usual."""
    made = {"X-Twilio-Signature": signature(token, url, params, algorithm)}
    if algorithm != SHA1:
        made["X-Twilio-Webhooks-Signature-Settings"] = f"key={key},algorithm={algorithm}"
    return made


def with_query(url: str, params: Mapping[str, str]) -> str:
    """The URL with more in its query; what it had stays first, a fragment is dropped."""
    read = urlsplit(url)
    more = urlencode(params)
    query = f"{read.query}&{more}" if read.query and more else read.query or more
    return urlunsplit((read.scheme, read.netloc, read.path, query, ""))


def with_body_hash(url: str, body: bytes) -> str:
    """The URL with the SHA-256 of a JSON body."""
    return with_query(url, {"bodySHA256": hashlib.sha256(body).hexdigest()})
