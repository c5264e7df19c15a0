"""The Identity header, which brings a token with a call (RFC 8224 section 4).

Identity: TOKEN;info=<https://cert.example/shaken.pem>;alg=ES256;ppt=shaken
"""

from __future__ import annotations

import re

import msgspec

from masstransit.carriage.identity import passport
from masstransit.errors import BadInput

_PARAMETER = re.compile(r'\s*;\s*([A-Za-z0-9.!%*_+`\'~-]+)\s*=\s*(<[^<>\s]*>|"(?:[^"\\]|\\.)*"|[^\s;"<>]+)')
_ALGORITHM = "ES256"  # RFC 8225 section 8: the only one that all have
_LONGEST = passport.MAXIMUM + 2048


class IdentityHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The value of one Identity header."""

    token: str
    info: str  #: where the certificate is
    alg: str = _ALGORITHM
    ppt: str = ""  #: which extension the token is of; "": none


def written(header: IdentityHeader) -> str:
    """The value as it goes out."""
    kind = f";ppt={header.ppt}" if header.ppt else ""
    return f"{header.token};info=<{header.info}>;alg={header.alg}{kind}"


def read(value: str) -> IdentityHeader:
    """Read the value of one header; parameters that nobody knows are passed over. Raises `BadInput`."""
    if len(value) > _LONGEST:
        raise BadInput("the Identity header is longer than any token")
    token, semicolon, rest = value.strip().partition(";")
    told: dict[str, str] = {}
    place, rest = 0, semicolon + rest.rstrip()
    while place < len(rest):
        found = _PARAMETER.match(rest, place)
        if found is None or found[1].lower() in told:
            raise BadInput("the Identity header has parameters that can't be read, or one of them twice")
        told[found[1].lower()] = found[2]
        place = found.end()
    info = told.get("info", "")
    if not token.strip() or not info.startswith("<") or len(info) < 3:
        raise BadInput("the Identity header has no token, or no info that says where the certificate is")
    return IdentityHeader(
        token=token.strip(),
        info=info[1:-1],
        alg=_bare(told.get("alg", _ALGORITHM)),
        ppt=_bare(told.get("ppt", "")),
    )


def _bare(value: str) -> str:
    """A parameter's value without quotes: the RFC has none, many implementations do."""
    return value[1:-1] if value.startswith('"') else value
