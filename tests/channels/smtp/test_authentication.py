from __future__ import annotations

import socket
from typing import Any

import dns.query
import dns.resolver
import pytest

from masstransit.channels.smtp.authentication import Authenticator, Envelope, look
from masstransit.channels.smtp.names import Names
from masstransit.model.mail import Authentication
from tests.channels.smtp.signing import a_mail, key, sealed, signed
from tests.channels.smtp.zone import LOST, Records, Zone

GOOD, BAD = "192.0.2.10", "203.0.113.9"
OWN: dict[tuple[str, str], list[str]] = {
    ("example.com", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject"],
    ("s1._domainkey.example.com", "TXT"): [key()[1]],
    ("mail.example.com", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("evil.test", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
    ("s1._domainkey.evil.test", "TXT"): [key()[1]],
    ("s1._domainkey.lists.test", "TXT"): [key()[1]],
    ("lists.test", "TXT"): ["v=spf1 ip4:198.51.100.0/24 -all"],
}


def looked(
    mail: bytes | None = None, *, ip: str = GOOD, mail_from: str = "ada@example.com", domain: str = "example.com",
    zone: Records = OWN, at_most: int = 60,
) -> Authentication:  # fmt: skip
    with Zone(zone) as served:
        envelope = Envelope(ip=ip, helo="mx.example.com", mail_from=mail_from)
        return look(Names(served.resolver, at_most=at_most), mail or a_mail(), envelope, domain)


def test_mail_from_a_server_of_its_domain_passes_by_spf() -> None:
    found = looked()
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == ("pass", "none", "pass", "example.com")


def test_an_unsigned_mail_has_no_signature_that_fails() -> None:
    assert looked(ip=BAD).dkim == "none"


def test_mail_that_is_forwarded_passes_by_its_signature() -> None:
    found = looked(signed(a_mail(), "example.com"), ip=BAD)
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == ("fail", "pass", "pass", "example.com")


def test_a_forged_from_fails_though_its_forger_proves_another_domain() -> None:
    found = looked(signed(a_mail(), "evil.test"), ip=BAD, mail_from="x@evil.test")
    assert (found.spf, found.dkim, found.dmarc, found.policy) == ("pass", "pass", "fail", "reject")
    assert found.aligned == ""
    assert found.dkim_domains == ("evil.test",)


def test_a_changed_mail_fails_its_signature() -> None:
    changed = signed(a_mail(), "example.com").replace(b"my order", b"our money")
    found = looked(changed, ip=BAD)
    assert (found.dkim, found.dmarc) == ("fail", "fail")


def test_a_signature_for_a_part_of_a_mail_proves_nothing() -> None:
    found = looked(signed(a_mail(), "example.com", length=True) + b"Pay me.\r\n", ip=BAD)
    assert (found.dkim, found.dmarc) == ("policy", "fail")


def test_a_subdomain_speaks_for_its_organisation_unless_the_owner_is_strict() -> None:
    found = looked(mail_from="bounce@mail.example.com")
    assert (found.dmarc, found.aligned) == ("pass", "mail.example.com")
    strict = OWN | {("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject; aspf=s"]}
    assert looked(mail_from="bounce@mail.example.com", zone=strict).dmarc == "fail"


def test_a_domain_below_a_public_suffix_does_not_speak_for_its_neighbour() -> None:
    zone = {
        ("_dmarc.host", "TXT"): ["v=DMARC1; p=none; psd=y"],
        ("_dmarc.shop.host", "TXT"): ["v=DMARC1; p=reject"],
        ("thief.host", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
    }
    found = looked(ip=BAD, mail_from="x@thief.host", domain="shop.host", zone=zone)
    assert (found.spf, found.dmarc, found.policy) == ("pass", "fail", "reject")
    other = looked(ip=BAD, mail_from="x@thief.host", domain="unsaid.host", zone=zone)
    assert (other.dmarc, other.policy, other.policy_domain) == ("fail", "none", "host")


@pytest.mark.parametrize(
    ("record", "domain", "policy"),
    [
        ("v=DMARC1; p=reject; sp=none", "example.com", "reject"),
        ("v=DMARC1; p=reject; sp=none", "news.example.com", "none"),
        ("v=DMARC1; p=none; np=reject", "no.such.example.com", "reject"),
        ("v=DMARC1; p=none; np=reject", "mail.example.com", "none"),
        ("v=DMARC1; p=reject; t=y", "example.com", "quarantine"),
        ("v=DMARC1; p=quarantine; pct=0", "example.com", "none"),
        ("v=DMARC1; p=quarantine; pct=50", "example.com", "quarantine"),
        ("v=DMARC1; p=oops; rua=mailto:a@example.com", "example.com", "none"),
    ],
)
def test_what_the_owner_asks_for(record: str, domain: str, policy: str) -> None:
    zone = OWN | {("_dmarc.example.com", "TXT"): [record]}
    found = looked(ip=BAD, mail_from="x@evil.test", domain=domain, zone=zone)
    assert (found.dmarc, found.policy) == ("fail", policy)


@pytest.mark.parametrize("records", [["v=DMARC1; p=reject", "v=DMARC1; p=none"], ["v=DMARC2; p=reject"], ["p=reject"]])
def test_a_record_that_is_none_asks_for_nothing(records: list[str]) -> None:
    found = looked(ip=BAD, zone=OWN | {("_dmarc.example.com", "TXT"): records})
    assert (found.dmarc, found.policy) == ("none", "")


@pytest.mark.parametrize("lost", ["_dmarc.example.com", "example.com", "s1._domainkey.example.com"])
def test_what_could_not_be_looked_up_is_no_failure(lost: str) -> None:
    zone = {key: value for key, value in OWN.items() if key[0] != lost} | {(lost, LOST): [""]}
    mail = signed(a_mail(), "example.com") if "domainkey" in lost else a_mail()
    assert looked(mail, ip=BAD, zone=zone).dmarc == "temperror"


def test_a_signature_that_can_not_be_checked_harms_nobody_whom_spf_proves() -> None:
    zone = OWN | {("s1._domainkey.other.test", LOST): [""]}
    found = looked(signed(a_mail(), "other.test"), zone=zone)
    assert (found.dkim, found.dmarc) == ("temperror", "pass")


def test_a_list_vouches_for_what_it_changed() -> None:
    first = signed(a_mail(), "example.com").replace(b"Subject: Hello", b"Subject: [list] Hello")
    found = looked(sealed(first, "lists.test", "dmarc=pass header.from=example.com"), ip="198.51.100.7",
                   mail_from="bounce@lists.test")  # fmt: skip
    assert (found.dmarc, found.arc, found.sealers, found.passed_before) == ("fail", "pass", ("lists.test",), True)


def test_a_seal_that_was_broken_vouches_for_nothing() -> None:
    whole = sealed(a_mail(), "lists.test", "dmarc=pass header.from=example.com")
    found = looked(whole.replace(b"my order", b"our money"), ip=BAD)
    assert (found.dmarc, found.arc, found.sealers) == ("fail", "fail", ())
    unsure = looked(sealed(a_mail(), "lists.test", "dmarc=fail header.from=example.com"), ip=BAD)
    assert (unsure.arc, unsure.passed_before) == ("pass", False)


def test_one_mail_has_only_so_many_names_looked_up() -> None:
    loop = OWN | {("example.com", "TXT"): ["v=spf1 " + " ".join(f"a:{n}.example.com" for n in range(10)) + " -all"]}
    loop |= {(f"{n}.example.com", "A"): ["192.0.2.99"] for n in range(10)}
    assert looked(zone=loop, at_most=5, ip=BAD).spf == "temperror"
    assert looked(zone=loop, ip=BAD).spf == "fail"


@pytest.mark.parametrize("mail", [b"", b"DKIM-Signature: v=1; a=rsa-sha256\r\n\r\nx", b"DKIM-Signature: =\r\n\r\n",
                                  b"ARC-Seal: i=1\r\n\r\nx", b"\xff\xfe\r\n\r\n"])  # fmt: skip
def test_a_mail_out_of_form_is_looked_at_all_the_same(mail: bytes) -> None:
    assert looked(mail or b"\r\n", ip=BAD).dmarc == "fail"


async def test_no_other_resolver_is_ever_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    udp = dns.query.udp

    def seen(query: Any, where: str, timeout: float | None = None, port: int = 53, *more: Any, **named: Any) -> Any:
        asked.append(port)
        return udp(query, where, timeout, port, *more, **named)

    def never(*_: object, **__: object) -> Any:
        raise AssertionError("the system's resolver was asked")

    monkeypatch.setattr(dns.query, "udp", seen)
    monkeypatch.setattr(dns.resolver, "get_default_resolver", never)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr"):
        monkeypatch.setattr(socket, name, never)
    with Zone(OWN) as served:
        authenticator = Authenticator(served.resolver)
        mail = sealed(signed(a_mail(), "evil.test"), "lists.test", "dmarc=pass")
        found = await authenticator.look(mail, Envelope(ip=BAD, helo="mx.evil.test", mail_from="a@example.com"),
                                         "example.com")  # fmt: skip
        authenticator.close()
    assert (found.dmarc, found.arc) == ("fail", "pass")
    assert asked
    assert set(asked) == {served.port}
