"""Certificates: which lead to whom we trust, which numbers they speak for, and where those that we know lie."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from masstransit.carriage.identity import certificates, tn_auth_list
from masstransit.carriage.identity.certificates import KnownCertificates
from masstransit.carriage.identity.tn_auth_list import Authority, NumberRange
from masstransit.errors import BadInput, ConfigError
from tests.carriage.identity.authority import NOW, Issuer, Provider, a_provider, pem

ROOT = Issuer()
CODE = Authority(codes=("709J",))


@pytest.mark.parametrize(
    "authority",
    [
        CODE,
        Authority(ranges=(NumberRange("12025550100", 100),)),
        Authority(ones=frozenset(("12025550199", "12025550198"))),
        Authority(codes=("709J", "1234"), ranges=(NumberRange("1202555", 70_000),), ones=frozenset(("911",))),
        Authority(ones=frozenset(str(12025550000 + n) for n in range(100))),
    ],
)
def test_what_a_certificate_speaks_for_is_read_as_it_was_written(authority: Authority) -> None:
    assert tn_auth_list.read(tn_auth_list.written(authority)) == authority


def test_a_range_has_its_first_number_and_as_many_as_it_counts() -> None:
    hundred = Authority(ranges=(NumberRange("12025550100", 100),))
    assert [hundred.covers(n) for n in ("12025550099", "12025550100", "12025550199", "12025550200", "2025550100")] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert CODE.covers("12025550100")
    assert not Authority(ones=frozenset(("12025550199",))).covers("12025550198")


@given(st.binary(max_size=64))
def test_no_bytes_break_the_reader_of_number_lists(der: bytes) -> None:
    try:
        tn_auth_list.read(der)
    except BadInput:
        return


@pytest.mark.parametrize("der", [b"", b"0\x00", b"0\x80", b"0\x85\x01\x01\x01\x01\x01", b"0\x03\xa0\x02\x16"])
def test_a_number_list_that_is_empty_or_broken_is_none(der: bytes) -> None:
    with pytest.raises(BadInput):
        tn_auth_list.read(der)


def test_a_certificate_leads_to_its_anchor_and_through_authorities_between() -> None:
    between = Issuer("Between", under=ROOT)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = between.issue(key, CODE)
    chain = certificates.chain_of([leaf, between.certificate], [ROOT.certificate])
    assert (chain.signer, chain.authority) == ("709J", CODE)
    assert (chain.valid_from, chain.valid_until) == (NOW - timedelta(days=1), NOW + timedelta(days=89))
    with pytest.raises(BadInput, match="leads to nobody"):
        certificates.chain_of([leaf], [ROOT.certificate])


def test_a_provider_that_makes_certificates_itself_is_not_believed() -> None:
    """A signer's certificate is no authority's, and an authority may forbid others below it."""
    mine = ec.generate_private_key(ec.SECP256R1())
    provider = ROOT.issue(mine, CODE)
    forger = Issuer("SHAKEN 709J")
    forger.key = mine
    forged = forger.issue(ec.generate_private_key(ec.SECP256R1()), CODE)
    with pytest.raises(BadInput, match="leads to nobody"):
        certificates.chain_of([forged, provider], [ROOT.certificate])
    narrow = Issuer("Narrow", path_length=0)
    below = Issuer("Below", under=narrow)
    leaf = below.issue(mine, CODE)
    with pytest.raises(BadInput, match="leads to nobody"):
        certificates.chain_of([leaf, below.certificate], [narrow.certificate])


def test_an_authority_of_the_same_name_is_another_one() -> None:
    leaf = Issuer().issue(ec.generate_private_key(ec.SECP256R1()), CODE)
    with pytest.raises(BadInput, match="leads to nobody"):
        certificates.chain_of([leaf], [ROOT.certificate])


def test_a_certificate_without_numbers_or_with_demands_that_nobody_knows_is_no_credential() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(BadInput, match="names no numbers"):
        certificates.chain_of([ROOT.issue(key, None)], [ROOT.certificate])
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    with pytest.raises(BadInput, match="we don't know"):
        certificates.chain_of([ROOT.issue(key, CODE, extra=strange)], [ROOT.certificate])


def test_a_key_of_another_curve_is_none_for_es256() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        leaf = ROOT.issue(key, CODE)  # type: ignore[arg-type]
        with pytest.raises(BadInput, match="P-256"):
            certificates.chain_of([leaf], [ROOT.certificate])


def test_certificates_are_known_by_their_addresses_and_a_new_file_is_read_anew(tmp_path: Path) -> None:
    known = KnownCertificates(tmp_path, [ROOT.certificate])
    provider = a_provider(ROOT)
    assert known.of(provider.x5u) is None
    provider.known_in(tmp_path)
    chain = known.of(provider.x5u)
    assert chain is not None
    assert known.of(provider.x5u) is chain
    (tmp_path / certificates.file_name(provider.x5u)).write_text("nothing")
    with pytest.raises(BadInput, match="no certificates"):
        known.of(provider.x5u)


def test_no_address_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "known"
    folder.mkdir()
    outside = a_provider(ROOT, x5u="../outside.pem")
    (tmp_path / "outside.pem").write_bytes(pem(*outside.certificates))
    known = KnownCertificates(folder, [ROOT.certificate])
    for address in ("../outside.pem", str(tmp_path / "outside.pem"), "", "..", ".", "a\0b", "https://" + "x" * 3000):
        try:
            assert known.of(address) is None
        except BadInput:
            assert address in {"", ".", ".."}  # the folder itself, which is no file


def test_an_anchor_has_to_be_an_authority(tmp_path: Path) -> None:
    file = tmp_path / "anchors.pem"
    file.write_bytes(pem(ROOT.certificate))
    assert certificates.anchors_in(file) == (ROOT.certificate,)
    file.write_bytes(pem(*a_provider(ROOT).certificates))
    with pytest.raises(ConfigError, match="trust_anchors"):
        certificates.anchors_in(file)
    with pytest.raises(ConfigError, match="can't be read"):
        certificates.anchors_in(tmp_path / "none.pem")


def test_a_provider_without_a_code_goes_by_its_name(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    ones = Authority(ones=frozenset(("14155550100",)))
    provider = Provider((ROOT.issue(key, ones),), key, "https://cert.example/delegate.pem")
    provider.known_in(tmp_path)
    chain = KnownCertificates(tmp_path, [ROOT.certificate]).of(provider.x5u)
    assert chain is not None
    assert chain.signer == "SHAKEN 709J"
