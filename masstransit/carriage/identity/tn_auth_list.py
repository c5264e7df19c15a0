"""The numbers that a certificate speaks for: its TNAuthList (RFC 8226 section 9), in DER.

    TNAuthorizationList ::= SEQUENCE SIZE (1..MAX) OF TNEntry
    TNEntry ::= CHOICE { spc   [0] IA5String,
                         range [1] SEQUENCE { start TelephoneNumber, count INTEGER },
                         one   [2] TelephoneNumber }

A provider's own certificate has a service provider code and speaks for whatever numbers that provider has; a delegate
certificate (RFC 9060) names ranges or single numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from cryptography import x509

from masstransit.errors import BadInput

OID = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")  #: id-pe-TNAuthList
_SEQUENCE, _INTEGER, _IA5STRING = 0x30, 0x02, 0x16
_SPC, _RANGE, _ONE = 0xA0, 0xA1, 0xA2
_NUMBER = re.compile(r"[0-9*#]{1,15}")
_LONGEST = 1 << 16


class NumberRange(msgspec.Struct, frozen=True):
    """Numbers one after the other, all with as many digits as the first."""

    start: str
    count: int

    def __contains__(self, digits: str) -> bool:
        if len(digits) != len(self.start) or not (digits.isdigit() and self.start.isdigit()):
            return digits == self.start
        return 0 <= int(digits) - int(self.start) < self.count


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate speaks for."""

    codes: tuple[str, ...] = ()  #: service provider codes (in North America: OCN)
    ranges: tuple[NumberRange, ...] = ()
    ones: frozenset[str] = frozenset()

    def covers(self, digits: str) -> bool:
        """Whether it speaks for a number in canonical form. Which numbers a provider has is not in its certificate, so
        that a code covers them all."""
        told = bool(self.codes) or digits in self.ones or any(digits in each for each in self.ranges)
        return bool(digits) and told


def written(authority: Authority) -> bytes:
    """In DER."""
    entries = [_tlv(_SPC, _text(code)) for code in authority.codes]
    for each in authority.ranges:
        count = each.count.to_bytes(each.count.bit_length() // 8 + 1, "big")
        entries.append(_tlv(_RANGE, _tlv(_SEQUENCE, _text(each.start) + _tlv(_INTEGER, count))))
    entries += [_tlv(_ONE, _text(one)) for one in sorted(authority.ones)]
    return _tlv(_SEQUENCE, b"".join(entries))


def read(der: bytes) -> Authority:
    """Raises `BadInput` for what is not a TNAuthList."""
    if len(der) > _LONGEST:
        raise BadInput("the TNAuthList is longer than 64 KiB")
    codes: list[str] = []
    ranges: list[NumberRange] = []
    ones: set[str] = set()
    for tag, value in _inside(_only(der, _SEQUENCE)):
        if tag == _SPC:
            codes.append(_string(value))
        elif tag == _ONE:
            ones.add(_number(value))
        elif tag == _RANGE:
            ranges.append(_range(value))
        else:
            raise BadInput(f"the TNAuthList has an entry of kind {tag:#x}")
    if not (codes or ranges or ones):
        raise BadInput("the TNAuthList names nothing")
    return Authority(codes=tuple(codes), ranges=tuple(ranges), ones=frozenset(ones))


def _range(value: bytes) -> NumberRange:
    parts = list(_inside(_only(value, _SEQUENCE)))
    if [tag for tag, _ in parts] != [_IA5STRING, _INTEGER]:
        raise BadInput("a range of the TNAuthList is not a number and a count")
    start, count = parts[0][1].decode("ascii", "replace"), int.from_bytes(parts[1][1], "big", signed=True)
    if not _NUMBER.fullmatch(start) or count < 2:  # RFC 8226: INTEGER (2..MAX)
        raise BadInput("a range of the TNAuthList is not a number and a count above one")
    return NumberRange(start, count)


def _number(value: bytes) -> str:
    digits = _string(value)
    if not _NUMBER.fullmatch(digits):
        raise BadInput("the TNAuthList names something that is not a number")
    return digits


def _string(value: bytes) -> str:
    return _only(value, _IA5STRING).decode("ascii", "replace")


def _text(told: str) -> bytes:
    return _tlv(_IA5STRING, told.encode("ascii"))


def _tlv(tag: int, value: bytes) -> bytes:
    if len(value) < 0x80:
        return bytes((tag, len(value))) + value
    length = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


def _only(der: bytes, tag: int) -> bytes:
    """The value of DER that is one element of this kind, and nothing after it."""
    parts = list(_inside(der))
    if len(parts) != 1 or parts[0][0] != tag:
        raise BadInput("the TNAuthList is not DER as RFC 8226 has it")
    return parts[0][1]


def _inside(der: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, value) of the elements that stand one after the other."""
    place = 0
    while place < len(der):
        head = der[place : place + 2]
        if len(head) < 2 or head[1] == 0x80 or head[1] > 0x84:
            raise BadInput("the TNAuthList breaks off, or has a length that DER has not")
        more = head[1] & 0x7F if head[1] & 0x80 else 0
        length = int.from_bytes(der[place + 2 : place + 2 + more], "big") if more else head[1]
        begin = place + 2 + more
        if begin + length > len(der):
            raise BadInput("the TNAuthList breaks off")
        yield head[0], der[begin : begin + length]
        place = begin + length
