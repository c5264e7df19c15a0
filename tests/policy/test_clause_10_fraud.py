"""Clause 10: countries that are off until the account says that it sends there, codes that nobody
uses, and texts that deceive; genuine alerts and fraud education are let through.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.arriving_mail import Guise
from masstransit.facts.asking import Asked
from masstransit.facts.brands import Brands
from masstransit.facts.calls.calling import Dear, RangAndDropped
from masstransit.facts.content import Content
from masstransit.facts.identity import GeoPermission, Numbering
from masstransit.facts.links import Links, links_in
from masstransit.facts.pumping import Prefix, Prefixes
from masstransit.facts.stopped import StoppedForFraud
from masstransit.facts.traffic import Allowances, FanOut, Rates, Tally
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Ruling, Verdict
from masstransit.model.outcome import OutcomeKind
from masstransit.policy.clause_10_fraud import Fraud
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import (
    NOON,
    a_call,
    a_call_ended,
    an_answer,
    an_arriving_mail,
    an_outcome,
    an_sms,
    changed,
    rulings,
    says,
)

CLAUSE = Fraud()
FRANCE = GeoPermission(region="FR")
MOBILE, PREMIUM = Numbering(), Numbering(recipient_premium=True)
#: A brand whose other codes are used, and of which twenty codes to a new range are not.
PUMPED = Prefix(
    begins="+336123", codes_1h=20, codes_2m=0, used_1h=0, all_codes_1h=20, all_codes_7d=1020, all_used_7d=800
)


def codes(found: list[Ruling]) -> list[int | None]:
    return [ruling.code for ruling in found]


def test_a_country_is_off_when_it_was_switched_off_or_is_risky_and_was_not_enabled() -> None:
    for region, enabled, expected in (
        ("US", None, []),
        ("US", False, [21408]),
        ("CU", None, [21408]),
        ("CU", True, []),
    ):
        assert codes(rulings(CLAUSE, "10.2", an_sms(), GeoPermission(region=region, enabled=enabled))) == expected


def test_a_country_of_the_list_is_off_by_default_and_the_list_can_be_set() -> None:
    assert "CU" in CLAUSE.off_by_default
    clause = Fraud(off_by_default=("FR",))
    assert codes(rulings(clause, "10.2", an_sms(), GeoPermission(region="FR"))) == [21408]
    assert rulings(clause, "10.2", an_sms(), GeoPermission(region="CU")) == []


def test_while_it_is_unknown_where_an_account_sends_a_message_waits() -> None:
    found: list[Ruling] = rulings(CLAUSE, "10.2", an_sms(), unknown=(GeoPermission,))
    assert [r.verdict for r in found] == [Verdict.HOLD]


@pytest.mark.parametrize(("region", "enabled", "code"), [("US", False, 21215), ("CU", None, 21215), ("GB", None, 0)])
def test_calls_go_where_they_were_enabled_too(region: str, enabled: bool | None, code: int) -> None:
    found = rulings(CLAUSE, "10.2", a_call(), GeoPermission(region=region, enabled=enabled))
    assert [r.code for r in found] == ([code] if code else [])
    assert rulings(CLAUSE, "10.2", a_call(), unknown=(GeoPermission,))[0].verdict is Verdict.HOLD


def test_what_people_send_is_not_its_business_and_mail_goes_to_no_country() -> None:
    off = GeoPermission(region="US", enabled=False)
    assert rulings(CLAUSE, "10.2", an_answer(text="hi"), off) == []
    assert rulings(CLAUSE, "10.2", an_sms(kind=Kind.EMAIL), off) == []
    assert len(rulings(CLAUSE, "10.2", an_sms(kind=Kind.FAX), off)) == 1


# --- 10.2.1 pumping ---------------------------------------------------------------------------------------------------


def judged(sent: Prefix, *, country: GeoPermission = FRANCE, line: Numbering = MOBILE, **more: Any) -> list[Verdict]:
    code = an_sms(**{"purpose": Purpose.OTP, **more})
    return [r.verdict for r in rulings(CLAUSE, "10.2.1", code, sent, country, line)]


def test_codes_to_a_new_range_that_hardly_anybody_uses_are_refused_afterwards() -> None:
    (found,) = rulings(CLAUSE, "10.2.1", an_sms(purpose=Purpose.OTP), PUMPED, FRANCE, MOBILE)
    assert (found.verdict, found.code, found.by_content) == (Verdict.REFUSE, 30450, True)
    assert "Feedback" in found.remedy


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"codes_1h": CLAUSE.pumped_codes - 1}, []),
        ({"codes_2m": 1}, []),  # nineteen that had time to be used
        ({"codes_1h": 30, "codes_2m": 10}, [Verdict.REFUSE]),
        ({"codes_1h": CLAUSE.unproven_codes, "codes_2m": 100}, [Verdict.REFUSE]),  # all young, and none ever used
        ({"codes_1h": CLAUSE.unproven_codes - 1, "codes_2m": 99}, []),
        ({"codes_1h": 500, "codes_2m": 500, "used_days_14d": 1, "used_1h": 1}, []),  # one was, and the rest may be
        ({"used_1h": 3}, [Verdict.REFUSE]),
        ({"used_1h": 4}, []),  # a fifth
        ({"all_codes_1h": 200}, [Verdict.REFUSE]),  # a tenth
        ({"all_codes_1h": 201}, []),
        ({"used_days_14d": CLAUSE.usual_days - 1}, [Verdict.REFUSE]),
        ({"used_days_14d": CLAUSE.usual_days}, []),
        ({"days_14d": 14}, [Verdict.REFUSE]),  # codes went there for long, and none was ever used
        ({"safe": True}, []),
        ({"all_used_7d": 200}, [Verdict.REFUSE]),  # a fifth of the brand's other codes is used
        ({"all_used_7d": 199}, [Verdict.FLAG]),
        ({"all_used_7d": 0}, [Verdict.FLAG]),
        ({"all_codes_7d": 20, "all_used_7d": 0}, [Verdict.FLAG]),  # the brand's first hour
    ],
)
def test_the_figures_of_pumping(more: dict[str, Any], expected: list[Verdict]) -> None:
    assert judged(changed(PUMPED, **more)) == expected


ABROAD = Numbering(sender_region="US", recipient_region="FR", recipient_type="mobile")
SUDDEN = changed(PUMPED, codes_1h=20, codes_2m=20, used_1h=0, used_days_14d=0, days_14d=1, all_codes_1h=200)


def test_many_codes_at_once_to_a_range_abroad_where_none_was_used_wait_until_they_could_be() -> None:
    (found,) = rulings(CLAUSE, "10.2.1", an_sms(purpose=Purpose.OTP), SUDDEN, FRANCE, ABROAD)
    assert (found.verdict, found.until) == (Verdict.DELAY, NOON + timedelta(seconds=CLAUSE.ripe_seconds))
    assert CLAUSE.ripe_seconds == 120


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"codes_1h": 19, "codes_2m": 19}, ABROAD),
        ({"all_codes_1h": 201}, ABROAD),  # a tenth of the brand's codes
        ({"used_1h": 1}, ABROAD),  # somebody there types them in
        ({"used_days_14d": 1}, ABROAD),
        ({"all_used_7d": 0}, ABROAD),  # nothing tells of use at all
        ({"safe": True}, ABROAD),
        ({}, changed(ABROAD, sender_region="FR")),  # a surge of log-ins at home
    ],
)
def test_a_surge_of_log_ins_waits_for_nothing(more: dict[str, Any], line: Numbering) -> None:
    assert judged(changed(SUDDEN, **more), line=line) == []


def test_the_shares_are_those_that_were_set() -> None:
    assert (CLAUSE.pumped_share, CLAUSE.used_share) == (0.1, 0.2)
    lenient = Fraud(pumped_share=0.5, used_share=0.1)
    code = an_sms(purpose=Purpose.OTP)
    assert rulings(lenient, "10.2.1", code, changed(PUMPED, all_codes_1h=41), FRANCE, MOBILE) == []
    assert rulings(lenient, "10.2.1", code, changed(PUMPED, used_1h=2), FRANCE, MOBILE) == []
    assert rulings(lenient, "10.2.1", code, PUMPED, FRANCE, MOBILE) != []


def test_where_nothing_tells_whether_codes_are_used_risky_ranges_are_refused_all_the_same() -> None:
    silent = changed(PUMPED, all_used_7d=0)
    assert judged(silent, country=GeoPermission(region="CU", enabled=True)) == [Verdict.REFUSE]
    assert judged(silent, line=PREMIUM) == [Verdict.REFUSE]
    settled = changed(silent, days_14d=CLAUSE.usual_days)
    assert judged(settled) == []
    assert judged(settled, country=GeoPermission(region="CU", enabled=True)) == []
    assert judged(settled, line=PREMIUM) == [Verdict.REFUSE]  # nobody has codes sent to a premium number for long


def test_the_check_is_waived_for_the_message_that_says_so_and_for_no_other() -> None:
    assert judged(PUMPED, risk_check=False) == []
    assert judged(PUMPED) == [Verdict.REFUSE]


@pytest.mark.parametrize("purpose", [p for p in (*Purpose, None) if p is not Purpose.OTP])
def test_other_messages_are_never_taken_for_pumped(purpose: Purpose | None) -> None:
    assert judged(PUMPED, purpose=purpose) == []


def test_what_comes_back_is_counted_and_not_judged() -> None:
    assert rulings(CLAUSE, "10.2.1", an_outcome(OutcomeKind.CODE_USED), PUMPED, FRANCE, MOBILE) == []
    assert rulings(CLAUSE, "10.2.1", an_answer(text="1234"), PUMPED, FRANCE, MOBILE) == []


@pytest.mark.parametrize("fact", [Prefix, GeoPermission, Numbering])
def test_while_the_counts_are_unknown_codes_go_out(fact: type) -> None:
    known = [f for f in (changed(PUMPED, all_used_7d=0), FRANCE, MOBILE) if not isinstance(f, fact)]
    assert rulings(CLAUSE, "10.2.1", an_sms(purpose=Purpose.OTP), *known, unknown=(fact,)) == []


class Brand:
    """A brand that has one-time codes sent, and says of those that were used that they were."""

    def __init__(self, prefixes: Prefixes, clock: HandClock) -> None:
        self._prefixes = prefixes
        self._clock = clock
        self._sent = 0

    async def send(self, count: int, begin: str, *, used: float, every: float = 1.0) -> list[Verdict]:
        """Codes one by one, `every` so many seconds; a share of them is used half a minute later."""
        found: list[Verdict] = []
        waiting: list[tuple[Any, Communication]] = []
        for n in range(count):
            self._sent += 1
            number = f"{begin}{self._sent:07}"[:12]
            code = an_sms(id=f"SM{self._sent}", recipient=number, purpose=Purpose.OTP, at=self._clock.now())
            (fact,) = await self._prefixes.learn([code])
            said = judged(fact, purpose=Purpose.OTP)
            found += said
            if Verdict.REFUSE in said:
                await self._prefixes.release([code])
            elif n % 100 < used * 100:
                waiting.append((self._clock.now() + timedelta(seconds=30), code))
            await self._clock.move(timedelta(seconds=every))
            waiting = [w for w in waiting if not await self._use(*w)]
        return found

    async def _use(self, due: Any, code: Communication) -> bool:
        if due > self._clock.now():
            return False
        outcome = an_outcome(OutcomeKind.CODE_USED, id=f"OU{code.id}", recipient=code.recipient, at=self._clock.now())
        await self._prefixes.learn([outcome])
        return True


@pytest.fixture
def brand(sqlite_database: Database, keys: Keys) -> Brand:
    clock = HandClock(NOON)
    allowed = Allowances(sqlite_database, clock)
    return Brand(Prefixes(MemoryCounters(), clock, keys.person, allowed, sqlite_database), clock)


async def test_a_pumped_range_is_stopped_within_minutes(brand: Brand) -> None:
    assert await brand.send(200, "+12125", used=0.8) == []
    found = await brand.send(300, "+33612", used=0.0, every=5.0)
    assert 25 <= 300 - found.count(Verdict.REFUSE) <= 60  # five minutes, and a few an hour after that
    assert await brand.send(50, "+12125", used=0.8) == []


async def test_a_range_that_is_pumped_at_full_speed_gets_no_two_minutes(brand: Brand) -> None:
    assert await brand.send(200, "+12125", used=0.8) == []
    assert (await brand.send(1000, "+33612", used=0.0, every=0.02)).count(Verdict.REFUSE) == 1000 - 100


async def test_a_login_peak_of_one_metro_area_passes(brand: Brand) -> None:
    for _ in range(4):
        assert await brand.send(40, "+12125", used=0.8, every=2160.0) == []
    assert await brand.send(800, "+12125", used=0.6, every=0.2) == []


async def test_a_launch_in_a_new_country_that_people_use_passes(brand: Brand) -> None:
    assert await brand.send(200, "+12125", used=0.8) == []
    assert await brand.send(600, "+33612", used=0.5, every=0.5) == []


# --- what a text says ----------------------------------------------------------------------------------------

NOBODY = Brands()
CHASE = Brands(names=("Chase",), domains=("chase.com",))
SHOP = Brands(names=("Northwind",))


def deceives(
    text: str, brands: Brands = NOBODY, *, kind: Kind = Kind.SMS, said: Content | None = None, **labels: Any
) -> list[Ruling]:
    sms = an_sms(text=text, kind=kind)
    return rulings(CLAUSE, "10.1", sms, said or says(**labels), Links(found=links_in(text)), brands)


# --- 10.1 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["phishing", "scam"])
def test_what_reads_like_fraud_is_flagged_from_one_threshold_on_and_waits_from_another(label: str) -> None:
    def found(score: float) -> list[Verdict]:
        return [ruling.verdict for ruling in deceives("Call now", said=says(**{label: score}))]

    assert found(CLAUSE.suspect - 0.01) == []
    assert found(CLAUSE.suspect) == [Verdict.FLAG]
    assert found(CLAUSE.hold_from - 0.01) == [Verdict.FLAG]
    assert found(CLAUSE.hold_from) == [Verdict.HOLD]
    (shown,) = deceives("Call now", said=says(**{label: CLAUSE.suspect}))
    assert shown.evidence["labels"][label] == 0.5


def test_what_leads_to_the_senders_own_domain_waits_from_a_higher_threshold() -> None:
    def found(score: float, text: str) -> list[Verdict]:
        return [ruling.verdict for ruling in deceives(text, SHOP, said=says(scam=score))]

    home, strange = "Your voucher: https://northwind.com/v", "Your voucher: https://vouchers-now.net/v"
    assert found(CLAUSE.hold_at_home_from - 0.01, home) == [Verdict.FLAG]
    assert found(CLAUSE.hold_at_home_from, home) == [Verdict.HOLD]
    assert found(CLAUSE.hold_from, strange) == [Verdict.HOLD]


def test_fraud_with_a_link_that_imitates_a_brand_is_refused() -> None:
    (found,) = deceives("Pay at https://usps-redelivery.info/x", phishing=0.9)
    assert (found.verdict, found.by_content, found.evidence["imitates"]) == (
        Verdict.REFUSE,
        True,
        ("usps-redelivery.info",),
    )


def test_fraud_that_speaks_for_a_brand_that_is_not_the_senders_is_refused() -> None:
    text = "Chase: your account is locked, call us"
    (found,) = deceives(text, SHOP, phishing=0.9, impersonation=0.8, impersonates="bank", brand_claimed="chase")
    assert (found.verdict, found.evidence["claims"]) == (Verdict.REFUSE, "chase")
    (named,) = deceives(text, SHOP, phishing=0.9, brand_claimed="chase")  # named, but not spoken for
    assert named.verdict is Verdict.HOLD


def test_a_bank_that_writes_about_its_own_customers_money_is_let_through() -> None:
    said = says(phishing=0.9, impersonation=0.9, brand_claimed="chase", impersonates="bank")
    assert deceives("Chase: did you spend $90? Reply YES or NO", CHASE, said=said) == []
    assert deceives("Chase: look at https://secure.chase.com/x", CHASE, said=said) == []
    assert [r.verdict for r in deceives("Chase: look at https://chase-verify.top/x", CHASE, said=said)] == [
        Verdict.HOLD
    ]


def test_who_warns_of_fraud_commits_none() -> None:
    assert deceives("We will never ask for your PIN. Never click such links.", phishing=0.9, educates=True) == []


def test_a_fundraiser_after_a_flood_is_let_through() -> None:
    assert deceives("Red Cross: text GIVE to help families after the flood", scam=0.2, spam=0.8) == []


def test_recorded_fraud_is_heard_in_calls_only() -> None:
    assert [r.verdict for r in deceives("Your warranty expires", kind=Kind.CALL, robocall=0.9)] == [Verdict.HOLD]
    assert deceives("Your warranty expires", kind=Kind.SMS, robocall=0.9) == []


def test_while_a_text_could_not_be_read_a_person_looks_afterwards() -> None:
    for rule in ("10.1",):
        found = rulings(CLAUSE, rule, an_sms(), Links(), NOBODY, unknown=(Content,))
        assert [r.verdict for r in found] == [Verdict.FLAG]


# --- 10.1.1 -------------------------------------------------------------------------------------------------------

MANY = StoppedForFraud(messages_24h=CLAUSE.stopped)


def doubted(
    said: Content,
    stopped: StoppedForFraud = MANY,
    rates: Rates | None = None,
    brands: Brands = NOBODY,
    end_user: str | None = None,
) -> list[Verdict]:
    sms = an_sms(text="It's me, this is my new number", end_user=end_user)
    day = rates or Rates(recipients_24h=CLAUSE.stopped)
    return [r.verdict for r in rulings(CLAUSE, "10.1.1", sms, said, stopped, day, Links(), brands)]


@pytest.mark.parametrize("label", ["phishing", "scam", "impersonation"])
def test_a_faint_sign_of_fraud_waits_where_much_of_the_senders_was_stopped(label: str) -> None:
    assert doubted(says(**{label: CLAUSE.doubtful})) == [Verdict.HOLD]
    assert doubted(says(**{label: CLAUSE.doubtful - 0.01})) == []
    assert doubted(says(**{label: 0.79}), StoppedForFraud(messages_24h=CLAUSE.stopped - 1)) == []
    assert doubted(says(**{label: 0.79}), StoppedForFraud()) == []


def test_a_few_wrong_stops_among_very_many_messages_doubt_nobody() -> None:
    few = Rates(recipients_24h=round(CLAUSE.stopped / CLAUSE.stopped_share))
    assert doubted(says(scam=0.6), rates=few) == [Verdict.HOLD]
    assert doubted(says(scam=0.6), rates=changed(few, recipients_24h=few.recipients_24h + 1)) == []


def test_one_end_users_day_is_its_own() -> None:
    large = Rates(recipients_24h=10_000, end_user=Tally(recipients_24h=10))
    assert doubted(says(scam=0.6), rates=large, end_user="Bad") == [Verdict.HOLD]
    assert doubted(says(scam=0.6), rates=large) == []


def test_codes_warnings_and_a_bank_in_its_own_name_go_on_beside_what_was_stopped() -> None:
    assert doubted(says(scam=0.6, otp=0.9, looks_like="otp")) == []
    assert doubted(says(scam=0.6, educates=True)) == []
    assert doubted(says(phishing=0.7, brand_claimed="chase"), brands=CHASE) == []


def test_while_the_record_is_silent_each_text_is_judged_by_itself() -> None:
    found = rulings(CLAUSE, "10.1.1", an_sms(), says(scam=0.6), Rates(), Links(), NOBODY, unknown=(StoppedForFraud,))
    assert found == []


# --- 10.3, 10.4 ---------------------------------------------------------------------------------------------------


def test_who_speaks_for_another_brand_waits_and_who_has_none_on_record_is_looked_at() -> None:
    said = says(impersonation=0.9, brand_claimed="chase", impersonates="bank")
    assert [r.verdict for r in rulings(CLAUSE, "10.3", an_sms(), said, SHOP)] == [Verdict.HOLD]
    assert [r.verdict for r in rulings(CLAUSE, "10.3", an_sms(), said, NOBODY)] == [Verdict.FLAG]
    assert rulings(CLAUSE, "10.3", an_sms(), said, CHASE) == []


def test_a_child_who_writes_to_many_parents_waits() -> None:
    child = says(impersonation=CLAUSE.suspect, impersonates="family")
    for copies, expected in (
        (1, Verdict.FLAG),
        (CLAUSE.family_copies - 1, Verdict.FLAG),
        (CLAUSE.family_copies, Verdict.HOLD),
    ):
        fan = FanOut(senders_1h=1, messages_1h=copies)
        assert [r.verdict for r in rulings(CLAUSE, "10.3", an_sms(), child, NOBODY, fan)] == [expected]
    courier, many = says(impersonation=0.9, impersonates="delivery"), FanOut(senders_1h=1, messages_1h=99)
    assert [r.verdict for r in rulings(CLAUSE, "10.3", an_sms(), courier, NOBODY, many)] == [Verdict.FLAG]
    assert rulings(CLAUSE, "10.3", an_sms(), child, NOBODY, unknown=(FanOut,)) == []


def test_a_shop_that_takes_paypal_speaks_for_nobody() -> None:
    named = says(impersonation=CLAUSE.suspect - 0.01, brand_claimed="paypal", spam=0.9)
    assert rulings(CLAUSE, "10.3", an_sms(), named, SHOP) == []
    taught = says(impersonation=0.9, brand_claimed="chase", educates=True)
    assert rulings(CLAUSE, "10.3", an_sms(), taught, SHOP) == []
    assert rulings(CLAUSE, "10.3", an_sms(), SHOP, unknown=(Content,)) == []


def test_a_link_that_looks_like_anothers_is_looked_at_afterwards() -> None:
    for text, brands, expected in (
        ("see https://paypa1.com", NOBODY, [Verdict.FLAG]),
        ("see https://paypal.com", NOBODY, []),
        ("see https://chase-verify.top", CHASE, []),
        ("see https://apple-orchard.com", NOBODY, []),
    ):
        found = rulings(CLAUSE, "10.3.1", an_sms(text=text), Links(found=links_in(text)), brands)
        assert [r.verdict for r in found] == expected
    assert rulings(CLAUSE, "10.3.1", an_sms(), NOBODY, unknown=(Links,)) == []


def test_who_names_a_brand_and_links_to_its_imitation_waits_whatever_the_words() -> None:
    for text, brands, expected in (
        ("USPS: your parcel is held, see https://usps-redelivery.info/x", NOBODY, [Verdict.HOLD]),
        ("US Postal Service: see https://usps-redelivery.info/x", NOBODY, [Verdict.HOLD]),
        ("USPS: see https://usps-redelivery.info/x", Brands(names=("USPS",)), []),
        ("USPS: see https://tools.usps.com/x", NOBODY, []),
        ("Upset about your parcel? see https://usps-redelivery.info/x", NOBODY, [Verdict.FLAG]),
    ):
        found = rulings(CLAUSE, "10.3.1", an_sms(text=text), Links(found=links_in(text)), brands)
        assert [r.verdict for r in found] == expected


def test_nobody_is_asked_for_a_code() -> None:
    asks, fraud, warns = says(asks_code=True), says(asks_code=True, phishing=0.8), says(asks_code=True, educates=True)
    assert [r.verdict for r in rulings(CLAUSE, "10.4", an_sms(), asks)] == [Verdict.HOLD]
    assert [r.verdict for r in rulings(CLAUSE, "10.4", an_sms(), fraud)] == [Verdict.REFUSE]
    assert rulings(CLAUSE, "10.4", an_sms(), warns) == []
    assert rulings(CLAUSE, "10.4", an_sms(), says(otp=0.9)) == []
    assert rulings(CLAUSE, "10.4", an_sms(), unknown=(Content,)) == []


def test_what_a_person_writes_is_not_judged() -> None:
    assert rulings(CLAUSE, "10.4", an_answer(text="what is the code?"), says(asks_code=True)) == []


# --- calls that are paid for ----------------------------------------------------------------------------------------


def dialled(found: Dear, enabled: bool | None = None, **more: Any) -> list[Verdict]:
    facts = (found, GeoPermission(region="JM", enabled=enabled))
    return [r.verdict for r in rulings(CLAUSE, "10.2.2", a_call(**more), *facts)]


def test_calls_to_premium_numbers_are_capped_in_a_day() -> None:
    assert dialled(Dear(range="premium", range_24h=CLAUSE.premium_calls - 1)) == []
    assert dialled(Dear(range="premium", range_24h=CLAUSE.premium_calls)) == [Verdict.DELAY]
    assert dialled(Dear(range="premium", range_24h=50), purpose=Purpose.EMERGENCY) == []


def test_calls_to_dear_destinations_are_capped_in_an_hour_and_more_widely_where_they_were_enabled() -> None:
    assert "+979" in CLAUSE.dear
    assert dialled(Dear(range="+1876", range_1h=CLAUSE.dear_calls - 1)) == []
    assert dialled(Dear(range="+1876", range_1h=CLAUSE.dear_calls)) == [Verdict.DELAY]
    assert dialled(Dear(range="+1876", range_1h=CLAUSE.dear_calls_enabled - 1), enabled=True) == []
    assert dialled(Dear(range="+1876", range_1h=CLAUSE.dear_calls_enabled), enabled=True) == [Verdict.DELAY]


def test_unknown_counts_of_dear_calls_are_looked_at_and_texts_are_not_its_kind() -> None:
    found = rulings(CLAUSE, "10.2.2", a_call(), GeoPermission(), unknown=(Dear,))
    assert [r.verdict for r in found] == [Verdict.FLAG]
    assert rulings(CLAUSE, "10.2.2", an_sms(), Dear(range="premium", range_24h=99), GeoPermission()) == []
    assert rulings(CLAUSE, "10.2.2", a_call_ended(), Dear(range="premium", range_24h=99), GeoPermission()) == []


def test_few_calls_that_last_for_hours_are_capped_by_their_minutes() -> None:
    assert dialled(Dear(range="premium", minutes_24h=CLAUSE.premium_minutes - 1)) == []
    assert dialled(Dear(range="premium", minutes_24h=CLAUSE.premium_minutes)) == [Verdict.DELAY]
    assert dialled(Dear(range="+1876", minutes_24h=CLAUSE.dear_minutes - 1)) == []
    assert dialled(Dear(range="+1876", minutes_24h=CLAUSE.dear_minutes)) == [Verdict.DELAY]
    assert dialled(Dear(range="+1876", minutes_24h=CLAUSE.dear_minutes_enabled - 1), enabled=True) == []
    assert dialled(Dear(range="+1876", minutes_24h=CLAUSE.dear_minutes_enabled), enabled=True) == [Verdict.DELAY]


def test_a_dear_number_that_rings_and_hangs_up_is_stopped_until_a_person_has_looked() -> None:
    assert CLAUSE.dropped_seconds == 2
    assert rulings(CLAUSE, "10.6", a_call_ended(), RangAndDropped(people_1h=CLAUSE.dropped_people - 1)) == []
    (found,) = rulings(CLAUSE, "10.6", a_call_ended(), RangAndDropped(people_1h=CLAUSE.dropped_people))
    assert found.verdict is Verdict.HOLD
    assert (found.evidence["scope"], found.evidence["target"]) == ("number", "+14155550100")
    assert rulings(CLAUSE, "10.6", a_call_ended(), unknown=(RangAndDropped,)) == []
    assert rulings(CLAUSE, "10.6", an_outcome(), RangAndDropped(people_1h=99)) == []


# --- 10.3.2: in a brand's name ----------------------------------------------------------------------------------------


def verdicts(found: list[Ruling]) -> list[Verdict]:
    return [ruling.verdict for ruling in found]


def bearing(guise: Guise, asked: Asked | None = None, said: Content | None = None) -> list[Ruling]:
    return rulings(CLAUSE, "10.3.2", an_arriving_mail(), guise, asked or Asked(), said or says())


def test_a_brands_name_and_a_question_for_a_secret_are_refused() -> None:
    assert verdicts(bearing(Guise(named_brand="paypal"), Asked(secrets=("password",)))) == [Verdict.REFUSE]
    assert verdicts(bearing(Guise(imitates="paypal"), said=says(phishing=CLAUSE.suspect))) == [Verdict.REFUSE]


def test_a_brands_name_alone_is_marked() -> None:
    assert verdicts(bearing(Guise(named_brand="paypal"))) == [Verdict.FLAG]
    assert verdicts(bearing(Guise(imitates="paypal"), said=says(scam=CLAUSE.suspect - 0.01))) == [Verdict.FLAG]


def test_who_bears_no_brands_name_is_not_meant() -> None:
    assert bearing(Guise(named_mailbox="elsewhere.test"), Asked(secrets=("password",))) == []


def test_what_warns_of_fraud_is_marked_alone() -> None:
    teaches = changed(says(phishing=0.99), educates=True)
    assert verdicts(bearing(Guise(named_brand="paypal"), said=teaches)) == [Verdict.FLAG]


def test_of_mail_whose_head_could_not_be_read_a_person_looks_afterwards() -> None:
    assert verdicts(rulings(CLAUSE, "10.3.2", an_arriving_mail(), unknown=(Guise,))) == [Verdict.FLAG]
