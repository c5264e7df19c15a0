"""What comes of Identity headers: what passes, each status of what does not, and calls that were sent on."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masstransit.carriage.identity import header, passport
from masstransit.carriage.identity.certificates import KnownCertificates
from masstransit.carriage.identity.header import IdentityHeader
from masstransit.carriage.identity.passport import Claims, End, Ends, Head
from masstransit.carriage.identity.tn_auth_list import Authority, NumberRange
from masstransit.carriage.identity.verifying import FRESH_FOR, RINGS_FOR, Verifier
from masstransit.model.address import E164, Address, SipUri, e164
from masstransit.model.caller import Attestation, Verification, Verstat
from tests.carriage.identity.authority import NOW, ORIGIN, Issuer, Provider, a_provider

CALLER, CALLED = e164("+14155550100"), e164("+12125550123")
ROOT = Issuer()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("known")


@pytest.fixture(scope="module")
def provider(known: Path) -> Provider:
    made = a_provider(ROOT)
    made.known_in(known)
    return made


@pytest.fixture
def verify(known: Path) -> Callable[..., Verification]:
    verifier = Verifier(KnownCertificates(known, [ROOT.certificate]))

    def verified(
        *values: str,
        orig: Address = CALLER,
        dest: Address = CALLED,
        now: datetime = NOW,
        date: datetime | None = None,
    ) -> Verification:
        return verifier.verify(values, orig, dest, now, date)

    return verified


Verify = Callable[..., Verification]


def test_a_call_that_was_signed_right_passes(provider: Provider, verify: Verify) -> None:
    told = verify(provider.signs())
    assert (told.verstat, told.status, told.attestation) == (Verstat.PASSED, None, Attestation.FULL)
    assert (told.signer, told.certificate, told.origin) == ("709J", provider.x5u, ORIGIN)
    assert (told.passed, told.signed, told.phrase, told.reason_header) == (True, True, "", "")


@pytest.mark.parametrize(("letter", "attestation"), [("A", "FULL"), ("B", "PARTIAL"), ("C", "GATEWAY")])
def test_how_far_its_signer_vouches_is_told(provider: Provider, verify: Verify, letter: str, attestation: str) -> None:
    told = verify(provider.signs(provider.claims(attest=letter)))
    assert told.attestation is Attestation[attestation]


@pytest.mark.parametrize("orig", ["+1 (415) 555-0100", "+14155550100", "1.415.555.0100"])
def test_numbers_are_compared_in_canonical_form(provider: Provider, verify: Verify, orig: str) -> None:
    assert verify(provider.signs(provider.claims(orig, "+1-212-555-0123"))).passed


def test_a_call_that_is_not_signed_or_only_says_other_things_has_no_identity(
    provider: Provider, verify: Verify
) -> None:
    for values in ((), (provider.signs(ppt="rph"),), (provider.signs(ppt="rcd"),)):
        told = verify(*values)
        assert (told.status, told.phrase, told.verstat) == (428, "Use Identity Header", Verstat.NONE)
        assert not told.signed


def tampered(value: str) -> str:
    """The same header, claiming another caller under the old signature."""
    read = header.read(value)
    head, claims, signature = read.token.split(".")
    raw = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b'"attest":"C"', b'"attest":"A"')
    token = f"{head}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}.{signature}"
    return header.written(msgspec.structs.replace(read, token=token))


def test_a_token_that_was_tampered_with_is_invalid(provider: Provider, verify: Verify) -> None:
    value = provider.signs(provider.claims(attest="C"))
    assert verify(value).passed
    told = verify(tampered(value))
    assert (told.status, told.phrase, told.verstat) == (438, "Invalid Identity Header", Verstat.FAILED)
    assert told.reason_header == 'STIR;cause=438;text="Invalid Identity Header"'


@pytest.mark.parametrize(("orig", "dest"), [("14155550199", "12125550123"), ("14155550100", "12125550199")])
def test_a_token_about_other_numbers_is_invalid(provider: Provider, verify: Verify, orig: str, dest: str) -> None:
    told = verify(provider.signs(provider.claims(orig, dest)))
    assert (told.status, told.verstat, told.signer) == (438, Verstat.FAILED, "709J")


@pytest.mark.parametrize(
    ("late", "passed"), [(-FRESH_FOR - 1, False), (-FRESH_FOR, True), (FRESH_FOR, True), (FRESH_FOR + 1, False)]
)
def test_a_token_is_fresh_for_a_minute_and_by_clocks_that_are_a_minute_apart(
    provider: Provider, verify: Verify, late: int, passed: bool
) -> None:
    told = verify(provider.signs(), now=NOW + timedelta(seconds=late))
    assert told.passed is passed
    assert (told.status, told.phrase) == ((None, "") if passed else (403, "Stale Date"))


def test_a_certificate_that_we_do_not_have_is_bad_info_and_nothing_is_fetched(verify: Verify) -> None:
    told = verify(a_provider(ROOT, x5u="https://127.0.0.1:9/unknown.pem").signs())
    assert (told.status, told.phrase, told.verstat) == (436, "Bad Identity Info", Verstat.NONE)
    assert verify(a_provider(ROOT, x5u="file:///etc/passwd").signs()).status == 436


def test_a_certificate_of_somebody_whom_nobody_trusts_is_unsupported(known: Path, verify: Verify) -> None:
    stranger = a_provider(Issuer("Somebody"), x5u="https://somebody.example/a.pem")
    stranger.known_in(known)
    told = verify(stranger.signs())
    assert (told.status, told.phrase) == (437, "Unsupported Credential")


@pytest.mark.parametrize(("days", "status"), [(-2, 437), (0, None), (90, 437)])
def test_a_certificate_counts_from_its_first_to_its_last_day(
    provider: Provider, verify: Verify, days: int, status: int | None
) -> None:
    at = NOW + timedelta(days=days)
    assert verify(provider.signs(provider.claims(at=at)), now=at).status == status


@pytest.mark.parametrize(
    ("authority", "status"),
    [
        (Authority(ones=frozenset(("14155550100",))), None),
        (Authority(ranges=(NumberRange("14155550000", 101),)), None),
        (Authority(ranges=(NumberRange("14155550000", 100),)), 437),
        (Authority(ones=frozenset(("14155550199",))), 437),
    ],
)
def test_a_certificate_speaks_for_its_numbers_only(
    known: Path, verify: Verify, authority: Authority, status: int | None
) -> None:
    delegate = a_provider(ROOT, authority=authority, x5u=f"https://delegate.example/{hash(authority)}.pem")
    delegate.known_in(known)
    assert verify(delegate.signs()).status == status


def test_another_keys_signature_under_a_good_certificate_is_invalid(provider: Provider, verify: Verify) -> None:
    thief = Provider(provider.certificates, ec.generate_private_key(ec.SECP256R1()), provider.x5u)
    assert verify(thief.signs()).status == 438


def test_parameters_that_say_something_else_than_the_token_make_it_invalid(provider: Provider, verify: Verify) -> None:
    value = provider.signs()
    assert verify(value.replace("info=<https://cert", "info=<https://other")).status == 438
    assert verify(value.replace(";ppt=shaken", "")).status == 438
    assert verify(value.replace("alg=ES256", "alg=RS256")).status == 437


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"attest": "D"}, 438),
        ({"attest": ""}, 438),
        ({"origid": ""}, 438),
        ({"dest": Ends()}, 438),
        ({"orig": End()}, 438),
        ({"orig": End(tn="14155550100", uri="sip:a@example.org")}, 438),
        ({"div": End(tn="12125550123")}, 438),
    ],
)
def test_a_token_that_lacks_what_shaken_asks_for_is_invalid(
    provider: Provider, verify: Verify, changes: dict[str, object], status: int
) -> None:
    assert verify(provider.signs(msgspec.structs.replace(provider.claims(), **changes))).status == status


# --- several headers ----------------------------------------------------------------------------------------------


def test_one_good_header_among_bad_ones_is_enough_and_the_same_one_twice_is_one(
    provider: Provider, verify: Verify
) -> None:
    good = provider.signs()
    assert verify("rubbish", good).passed
    assert verify(good, good).passed
    assert verify(good, provider.signs(provider.claims("14155550199"))).passed


def test_more_headers_than_any_call_has_are_not_gone_through(provider: Provider, verify: Verify) -> None:
    assert verify(*[provider.signs() for _ in range(11)]).status == 438


def test_of_bad_headers_the_first_is_told(provider: Provider, verify: Verify) -> None:
    assert verify(a_provider(ROOT, x5u="https://a.example/").signs(), "rubbish").status == 436


# --- the forms and the ends ---------------------------------------------------------------------------------------


def compact(provider: Provider, ppt: str = "") -> str:
    claims = Claims(iat=int(NOW.timestamp()), orig=End(tn=CALLER.digits), dest=Ends(tn=(CALLED.digits,)))
    head = Head(alg="ES256", typ="passport", x5u=provider.x5u, ppt=ppt)
    token = passport.compact(passport.sign(provider.key, head, claims))
    return header.written(IdentityHeader(token=token, info=provider.x5u, ppt=ppt))


def test_the_compact_form_is_rebuilt_from_the_call_and_its_date(provider: Provider, verify: Verify) -> None:
    assert verify(compact(provider), date=NOW).passed
    assert verify(compact(provider), date=NOW).attestation is None
    assert verify(compact(provider), date=NOW, orig=e164("+14155550199")).status == 438
    assert verify(compact(provider), date=NOW + timedelta(seconds=1)).status == 438
    assert verify(compact(provider)).status == 438
    assert verify(compact(provider, "shaken"), date=NOW).status == 438  # RFC 8588: A, B or C travels in the full form


def test_a_certificate_for_numbers_speaks_for_no_sip_address(provider: Provider, verify: Verify) -> None:
    anna = SipUri("sip:anna@example.org")
    claims = msgspec.structs.replace(provider.claims(), orig=End(uri=anna.text))
    assert verify(provider.signs(claims), orig=anna).status == 437


def test_a_call_may_be_to_a_sip_address(provider: Provider, verify: Verify) -> None:
    anna = SipUri("sip:anna@example.org")
    claims = msgspec.structs.replace(provider.claims(), dest=Ends(uri=("sip:Anna@example.org",)))
    assert verify(provider.signs(claims), dest=anna).passed
    assert verify(provider.signs(claims), dest=SipUri("sip:bob@example.org")).status == 438


# --- calls that were sent on --------------------------------------------------------------------------------------

OFFICE, MOBILE = "12125550199", CALLED.digits


def test_a_call_that_was_sent_on_passes_by_the_word_of_who_sent_it(provider: Provider, verify: Verify) -> None:
    first = provider.signs(provider.claims(CALLER.digits, OFFICE))
    sent_on = provider.sends_on(CALLER.digits, OFFICE, MOBILE)
    told = verify(first, sent_on)
    assert told.passed
    assert (told.attestation, told.diverted_by) == (Attestation.FULL, (f"+{OFFICE}",))
    assert verify(sent_on, first).passed
    assert verify(first).status == 438


def test_a_call_may_be_sent_on_twice(provider: Provider, verify: Verify) -> None:
    first = provider.signs(provider.claims(CALLER.digits, OFFICE))
    once = provider.sends_on(CALLER.digits, OFFICE, "13125550150")
    twice = provider.sends_on(CALLER.digits, "13125550150", MOBILE)
    assert verify(twice, first, once).diverted_by == (f"+{OFFICE}", "+13125550150")
    assert verify(twice, first).status == 438


def test_who_sends_on_without_having_been_called_proves_nothing(provider: Provider, verify: Verify) -> None:
    first = provider.signs(provider.claims(CALLER.digits, "13125550150"))
    assert verify(first, provider.sends_on(CALLER.digits, OFFICE, MOBILE)).status == 438
    assert verify(provider.sends_on(CALLER.digits, OFFICE, MOBILE)).status == 438
    others = provider.signs(provider.claims(CALLER.digits, OFFICE))
    assert verify(others, provider.sends_on("14155550199", OFFICE, MOBILE)).status == 438


def test_a_call_that_is_sent_on_in_a_circle_ends(provider: Provider, verify: Verify) -> None:
    first = provider.signs(provider.claims(CALLER.digits, OFFICE))
    there = provider.sends_on(CALLER.digits, OFFICE, "13125550150")
    back = provider.sends_on(CALLER.digits, "13125550150", OFFICE)
    assert verify(first, there, back).status == 438


def test_who_sends_on_speaks_for_the_number_that_was_called(known: Path, provider: Provider, verify: Verify) -> None:
    office = a_provider(ROOT, authority=Authority(ones=frozenset((OFFICE,))), x5u="https://office.example/a.pem")
    office.known_in(known)
    first = provider.signs(provider.claims(CALLER.digits, OFFICE))
    assert verify(first, office.sends_on(CALLER.digits, OFFICE, MOBILE)).passed
    other = a_provider(ROOT, authority=Authority(ones=frozenset(("13125550150",))), x5u="https://other.example/a.pem")
    other.known_in(known)
    assert not verify(first, other.sends_on(CALLER.digits, OFFICE, MOBILE)).passed


@pytest.mark.parametrize(
    ("rang", "status"), [(0, None), (25, None), (RINGS_FOR, None), (RINGS_FOR + 1, 403), (-FRESH_FOR - 1, 403)]
)
def test_the_first_token_may_be_as_old_as_a_phone_rings(
    provider: Provider, verify: Verify, rang: int, status: int | None
) -> None:
    first = provider.signs(provider.claims(CALLER.digits, OFFICE, at=NOW - timedelta(seconds=rang)))
    assert verify(first, provider.sends_on(CALLER.digits, OFFICE, MOBILE)).status == status


def test_the_last_token_is_fresh(provider: Provider, verify: Verify) -> None:
    old = NOW - timedelta(seconds=FRESH_FOR + 1)
    first = provider.signs(provider.claims(CALLER.digits, OFFICE, at=old))
    assert verify(first, provider.sends_on(CALLER.digits, OFFICE, MOBILE, at=old)).status == 403


# --- whatever comes -----------------------------------------------------------------------------------------------


def test_where_nobody_is_trusted_nothing_is_verified_and_nothing_is_wrong(provider: Provider, known: Path) -> None:
    told = Verifier(KnownCertificates(known, ())).verify([provider.signs()], CALLER, CALLED, NOW)
    assert (told.verstat, told.status) == (Verstat.NONE, None)


_SHUFFLED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_SHUFFLED
@given(values=st.lists(st.text(max_size=200), max_size=4))
def test_nothing_that_a_header_says_raises(verify: Verify, values: list[str]) -> None:
    told = verify(*values)
    assert not told.passed
    assert told.status in {428, 438}


@_SHUFFLED
@given(place=st.integers(0, 700), octet=st.integers(32, 255))
def test_no_letter_of_a_header_can_be_changed_so_that_it_says_something_else(
    provider: Provider, verify: Verify, place: int, octet: int
) -> None:
    value = provider.signs()
    place %= len(value)
    changed = value[:place] + chr(octet) + value[place + 1 :]
    told = verify(changed)
    assert told.status in {None, 403, 428, 436, 437, 438}
    if told.passed:  # white space, the case of a parameter's name ... : never what was signed
        assert header.read(changed).token.rpartition(".")[0] == header.read(value).token.rpartition(".")[0]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@_SHUFFLED
@given(
    claims=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("iat", "orig", "dest", "attest", "origid", "div", "extra"), _JSON)
        | {"iat": st.integers(-(2**70), 2**70), "orig": st.just({"tn": "14155550100"})},
    )
)
def test_no_claims_that_somebody_signs_raise(provider: Provider, verify: Verify, claims: dict[str, object]) -> None:
    head = Head(alg="ES256", typ="passport", x5u=provider.x5u, ppt="shaken")
    parts = (msgspec.json.encode(head, order="sorted"), msgspec.json.encode(claims))
    signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    whole = provider.signs(provider.claims())
    signature = header.read(whole).token.rpartition(".")[2]
    told = verify(f"{signed}.{signature};info=<{provider.x5u}>;alg=ES256;ppt=shaken")
    assert told.status == 438


def test_times_beyond_all_calendars_are_stale(provider: Provider, verify: Verify) -> None:
    for iat in (0, -1, 2**62):
        told = verify(provider.signs(msgspec.structs.replace(provider.claims(), iat=iat)))
        assert told.status == 403


def test_the_times_of_the_house_are_utc(provider: Provider, verify: Verify) -> None:
    assert verify(provider.signs(), now=NOW.astimezone(UTC)).passed
    assert isinstance(CALLER, E164)
