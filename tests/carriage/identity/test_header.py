"""The Identity header: as RFC 8224 writes it, and as others do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.carriage.identity import header
from masstransit.carriage.identity.header import IdentityHeader
from masstransit.errors import BadInput

OURS = IdentityHeader(token="a.b.c", info="https://cert.example/a.pem", ppt="shaken")


def test_what_is_written_is_read() -> None:
    assert header.written(OURS) == "a.b.c;info=<https://cert.example/a.pem>;alg=ES256;ppt=shaken"
    assert header.read(header.written(OURS)) == OURS
    plain = IdentityHeader(token="..c", info="https://cert.example/a.pem")
    assert header.read(header.written(plain)) == plain


@pytest.mark.parametrize(
    "value",
    [
        'a.b.c;info=<https://cert.example/a.pem>;alg=ES256;ppt="shaken"',
        "a.b.c; info=<https://cert.example/a.pem> ; ppt=shaken",
        "a.b.c ;PPT=shaken;Info=<https://cert.example/a.pem>;canon=xyz",
        "  a.b.c;info=<https://cert.example/a.pem>;alg=ES256;ppt=shaken \t",
    ],
)
def test_other_spellings_of_the_same_are_read(value: str) -> None:
    assert header.read(value) == OURS


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a.b.c",
        ";info=<https://cert.example/a.pem>",
        "a.b.c;info=https://cert.example/a.pem",
        "a.b.c;info=<>",
        "a.b.c;info=<https://cert.example/a.pem>;alg",
        "a.b.c;info=<https://a.example/>;info=<https://b.example/>",
        "a.b.c;info=<https://cert.example/a.pem>;x=" + "y" * 20_000,
    ],
)
def test_what_is_no_header_is_a_fault_of_the_input(value: str) -> None:
    with pytest.raises(BadInput):
        header.read(value)


@given(st.text(alphabet=st.sampled_from('ab.;=<>" \\\t\r\ninfoppt'), max_size=120))
def test_no_text_breaks_the_reader(value: str) -> None:
    try:
        read = header.read(value)
    except BadInput:
        return
    assert header.read(header.written(read)).info == read.info
