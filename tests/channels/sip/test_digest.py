"""Challenges and their answers (RFC 8760): the known answers of RFC 7616, and what opens nothing."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from masstransit.channels.sip import digest
from masstransit.channels.sip.digest import Challenges, Given
from masstransit.errors import BadInput
from masstransit.storage import sip_logins
from masstransit.storage.keys import Keys
from tests.makers import NOON

#: RFC 7616 section 3.9.1: Mufasa asks for /dir/index.html.
MUFASA = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={way}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{response}", opaque="x"'
)
SECRET = sip_logins.secret("Mufasa", "http-auth@example.org", "Circle of Life")


@pytest.mark.parametrize(
    ("way", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_known_answers_of_the_rfc_hold(way: str, response: str) -> None:
    given = digest.read(MUFASA.format(way=way, response=response))
    assert given is not None
    assert digest.holds(given, SECRET, "GET")
    assert not digest.holds(given, SECRET, "PUT")
    assert not digest.holds(msgspec.structs.replace(given, nc="00000002"), SECRET, "GET")
    assert not digest.holds(msgspec.structs.replace(given, algorithm="SHA-512"), SECRET, "GET")
    assert not digest.holds(msgspec.structs.replace(given, qop="auth-int"), SECRET, "GET")


def test_another_scheme_is_no_answer_and_half_an_answer_is_none_that_can_be_read() -> None:
    assert digest.read("Basic abc") is None
    for broken in ('Digest username="a"', "Digest username", 'Digest username="a'):
        with pytest.raises(BadInput):
            digest.read(broken)


def answering(challenges: Challenges, **other: str) -> Given:
    header = challenges.headers("www-authenticate", NOON)[0].value
    nonce = header.partition('nonce="')[2].partition('"')[0]
    told = {
        "username": "ana", "realm": challenges.realm, "nonce": nonce, "uri": "sip:h", "response": "x",
        "algorithm": "MD5", "cnonce": "c", "nc": "00000001", "qop": "auth",
    } | other  # fmt: skip
    return Given(**told)


def test_a_challenge_opens_for_a_minute_and_each_count_once() -> None:
    challenges = Challenges(Keys.for_tests(), "house", ("MD5", "SHA-256"))
    given = answering(challenges)
    assert challenges.opens(given, NOON + timedelta(seconds=59))
    assert not challenges.opens(given, NOON + timedelta(seconds=61))
    challenges.use(given)
    assert not challenges.opens(given, NOON)
    assert challenges.opens(msgspec.structs.replace(given, nc="00000002"), NOON)


@pytest.mark.parametrize("other", [{"nonce": "1.2.3"}, {"realm": "elsewhere"}, {"nc": "x"}, {"algorithm": "SHA-256"}])
def test_what_is_not_of_our_challenge_opens_nothing(other: dict[str, str]) -> None:
    challenges = Challenges(Keys.for_tests(), "house", ("MD5",))
    assert not challenges.opens(answering(challenges, **other), NOON)


def test_an_answer_is_about_the_number_that_it_names() -> None:
    given = answering(Challenges(Keys.for_tests(), "house", ("MD5",)), uri="sip:+1415@House:5060;user=phone")
    assert digest.about(given, "sip:+1415@house:5060")
    assert not digest.about(given, "sip:+1900@house:5060")
    assert digest.about(msgspec.structs.replace(given, uri="sip:house:5060"), "sip:+1415@house:5060")
