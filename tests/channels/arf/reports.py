"""Reports as a carrier's feedback loop writes them."""

from __future__ import annotations

SF, PERSON = "+14155550111", "+12125550123"
SID = "SM" + "0" * 31 + "1"


def a_report(
    *,
    kind: str = "abuse",
    name: str = "<r1@loop.example>",
    fields: str = "Original-Mail-From: <14155550111@sms.example>\nOriginal-Rcpt-To: 2125550123@gateway.example\n",
    original: str = "From: 14155550111@sms.example\nTo: 2125550123@gateway.example\n\nAn offer for you.\n",
    as_headers: bool = False,
) -> bytes:
    """A mail with its three parts; `fields` beside the type, `original` the message as it came."""
    what = "text/rfc822-headers" if as_headers else "message/rfc822"
    text = (
        f"From: loop@carrier.example\nTo: abuse@house.example\nMessage-ID: {name}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSomebody pressed the button.\n\n"
        "--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: Loop/1\nVersion: 1\n{fields}\n"
        f"--b\nContent-Type: {what}\n\n{original}\n--b--\n"
    )
    return text.encode()
