"""Who can be reached and who can be shown as a sender: parsed once, at the edge.

`parse` reads what a client wrote and gives an `E164`, a `ShortCode` or an `AlphaSender`; whatever it can't read is a
`BadAddress` with the code an SDK user knows. Nothing further in reads a number from a string.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberType

from masstransit.errors import BadAddress

_LONGEST_NUMBER = 15  # digits, ITU-T E.164 section 6.1
_ALPHA_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+\-_.!'?]{1,11}")  # 3GPP TS 23.040 9.1.2.5: 11 septets
_LOCAL = re.compile(r'[^\s@<>\x00-\x1f\x7f]{1,64}|"[^"\x00-\x1f\x7f]{1,62}"')  # RFC 5321 section 4.5.3.1.1
_DOMAIN = re.compile(r"[A-Za-z0-9._\-]{1,255}|\[[0-9A-Fa-f.:IPv]{2,60}\]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_WRITABLE = re.compile(rf"(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")  # RFC 5321 section 4.1.2: a Dot-string
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")  # RFC 1035 section 2.3.1; the last is no part of an IP
_LONGEST_MAILBOX = 254  # octets: RFC 5321 section 4.5.3.1.3, without the path's brackets
_SIP = re.compile(r"sips?:[^\s@]{1,128}@[^\s@]{1,255}", re.IGNORECASE)
_LONGEST_HANDLE = 128
_LINES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "premium",
    PhoneNumberType.VOIP: "voip",
}
_PUNCTUATION = str.maketrans("", "", " ()-./\u00a0\u2010\u2011\u2013")


class E164(msgspec.Struct, frozen=True, gc=False):
    """A number in international form, `+15550100`.

    `region` is the ISO 3166 country of the numbering plan it belongs to ("US", "CA", "001" for non-geographic, "" when
    none fits); `valid` tells whether the plan allocates such a number (clause 18.4), `line` what it is by the plan:
    mobile, landline, either, toll-free, premium, voip, or "" for others.
    """

    text: str
    region: str
    valid: bool
    line: str = ""

    @property
    def premium(self) -> bool:
        """Whether it costs extra."""
        return self.line == "premium"

    @property
    def digits(self) -> str:
        """The MSISDN: the same without the plus."""
        return self.text[1:]

    @property
    def masked(self) -> str:
        """Enough to recognise, too little to call: `+1555***00`."""
        return f"{self.text[:5]}***{self.text[-2:]}"


class ShortCode(msgspec.Struct, frozen=True, gc=False):
    """Three to eight digits that a carrier has leased to one sender in one country."""

    text: str

    @property
    def digits(self) -> str:
        return self.text

    @property
    def masked(self) -> str:
        return f"{self.text[:2]}***"


class AlphaSender(msgspec.Struct, frozen=True, gc=False):
    """A name shown instead of a number, eleven characters at most; nobody can answer it."""

    text: str

    @property
    def masked(self) -> str:
        return self.text


class EmailAddress(msgspec.Struct, frozen=True, gc=False):
    """A mailbox, `local@domain` (RFC 5321 section 4.1.2), its domain in lower case."""

    text: str

    @property
    def masked(self) -> str:
        local, _, domain = self.text.rpartition("@")
        return f"{local[:1]}***@{domain}"


class SipUri(msgspec.Struct, frozen=True, gc=False):
    """Who is called by SIP instead of a number (RFC 3261 section 19.1)."""

    text: str

    @property
    def masked(self) -> str:
        scheme, _, rest = self.text.partition(":")
        return f"{scheme}:***@{rest.rpartition('@')[2]}"


class ChatHandle(msgspec.Struct, frozen=True, gc=False):
    """A participant of a chat or a room, by the identity that the customer gave."""

    text: str

    @property
    def masked(self) -> str:
        return f"{self.text[:1]}***"


TextAddress: TypeAlias = E164 | ShortCode | AlphaSender  #: what a text message's From or To can be
Address: TypeAlias = TextAddress | EmailAddress | SipUri | ChatHandle


def digits_of(text: str, *, code: int = 21211) -> str:
    """The digits of a number in international form, with or without its plus; no numbering plan is asked, which suits
    lists of millions. Raises `BadAddress` with `code`."""
    digits = text.translate(_PUNCTUATION).removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 7 <= len(digits) <= _LONGEST_NUMBER or digits[0] == "0":
        raise BadAddress(f"'{_shown(text)}' is not a phone number in E.164 form, such as +14155550100", code=code)
    return digits


def calling_code(region: str) -> str:
    """How the numbers of a country begin: "1" for "US" (ITU-T E.164). "" for what is no country."""
    code = phonenumbers.country_code_for_region(region)
    return str(code) if code else ""


def international(text: str, region: str) -> str:
    """A number as it is written in a country, with its plus; what is no possible number there is left as it is."""
    if text.startswith("+"):
        return text
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    whole = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if number.extension or not whole:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=262_144)
def e164(text: str, *, code: int = 21211) -> E164:
    """Read a number in international form, with or without its plus. Raises `BadAddress` with `code`."""
    digits = digits_of(text, code=code)
    try:
        number = _north_american(digits) or phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return E164(f"+{digits}", "", valid=False)
    kind = phonenumbers.number_type(number)  # UNKNOWN is what the library calls invalid
    return E164(
        f"+{digits}",
        phonenumbers.region_code_for_number(number) or "",
        valid=kind != PhoneNumberType.UNKNOWN,
        line=_LINES.get(kind, ""),
    )


def _north_american(digits: str) -> phonenumbers.PhoneNumber | None:
    """What the library reads out of most numbers that begin with 1; it takes as long as all the rest for it."""
    if len(digits) == 11 and digits[0] == "1" and digits[1] not in "01":
        return phonenumbers.PhoneNumber(country_code=1, national_number=int(digits[1:]))
    return None


@lru_cache(maxsize=65_536)
def parse(text: str, *, code: int = 21211) -> TextAddress:
    """Read any address that can stand in a text message's From or To. Raises `BadAddress` with `code`."""
    bare = text.strip()
    digits = bare.translate(_PUNCTUATION)
    if digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 8:
        return ShortCode(digits)
    if digits.removeprefix("+").isdigit():
        return e164(bare, code=code)
    if _ALPHA_SENDER.fullmatch(bare):
        return AlphaSender(bare)
    raise BadAddress(f"'{_shown(text)}' is not a number, a short code or a sender ID of 1-11 characters", code=code)


def email_address(text: str) -> EmailAddress:
    """Read a mailbox, with or without a display name before it. Raises `BadAddress`."""
    bare = text.strip()
    if bare.endswith(">"):
        bare = bare[bare.rfind("<") + 1 : -1]
    local, _, domain = bare.rpartition("@")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise BadAddress(f"'{_shown(text)}' is not an email address")
    return EmailAddress(f"{local}@{domain.lower()}")


def mailbox(text: str) -> EmailAddress:
    """Read a mailbox that mail is to be sent to, bare. It can go into a header and an SMTP command as it is, and every
    relay takes it: no quoted local part, nothing outside of ASCII (RFC 6531 is not everywhere). Raises `BadAddress`."""
    bare = text.strip()
    local, _, domain = bare.rpartition("@")
    domain = domain.lower()
    if not bare.isascii():
        remedy = "write it in ASCII; a domain in other letters has a form that begins with xn--"
        raise BadAddress(f"'{_shown(text)}' can't be written to: {remedy}")
    if len(bare) > _LONGEST_MAILBOX:
        raise BadAddress(
            f"'{_shown(text)}' is longer than {_LONGEST_MAILBOX} characters, which no mailbox is (RFC 5321)"
        )
    if not _WRITABLE.fullmatch(local) or not _HOST.fullmatch(domain):
        raise BadAddress(f"'{_shown(text)}' is not an email address such as ada@example.com")
    return EmailAddress(f"{local}@{domain}")


def callable_address(text: str) -> Address:
    """Read whom one can call: a number, a short code, or a SIP URI. Raises `BadAddress`."""
    if _SIP.fullmatch(text.strip()):
        return SipUri(text.strip())
    return parse(text)


def dialled(text: str) -> E164 | ShortCode | SipUri:
    """Read whom one can call, and nobody else: `callable_address` without names. Raises `BadAddress`."""
    address = callable_address(text)
    if isinstance(address, E164 | ShortCode | SipUri):
        return address
    raise BadAddress(f"'{_shown(text)}' is neither a number nor a SIP URI")


def chat_handle(text: str) -> Address:
    """Read a participant: a number where it is one, else a name of 128 characters at most. Raises `BadAddress`."""
    bare = text.strip()
    if not bare or len(bare) > _LONGEST_HANDLE or not bare.isprintable():
        raise BadAddress(f"'{_shown(text)}' is not a participant's name of 1-{_LONGEST_HANDLE} characters")
    return e164(bare) if bare.startswith("+") else ChatHandle(bare)


def masked(text: str) -> str:
    """A sender or recipient out of the record as it may be shown, of whatever kind it is."""
    for reader in (parse, email_address):
        try:
            return reader(text).masked
        except BadAddress:
            continue
    return f"{text[:1]}***"


def _shown(text: str) -> str:
    """What may be repeated to the client: bounded, so that a megabyte is not echoed."""
    return text if len(text) <= 32 else f"{text[:32]}..."
