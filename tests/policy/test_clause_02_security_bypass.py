"""Clause 2: guessing, stuffing, walking along ids; and who must not be locked out by it."""

from __future__ import annotations

from typing import Any

from masstransit.facts.calls.calling import Dear
from masstransit.facts.probing import Failures, Walk
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_02_security_bypass import SecurityBypass
from tests.makers import a_call, a_knock, an_sms, rulings

CLAUSE = SecurityBypass()


def failures(**more: Any) -> Failures:
    none: dict[str, Any] = {
        "principal_10m": 0,
        "known_source_10m": 0,
        "source_principals_10m": 0,
        "source_known": False,
    }
    return Failures(**{**none, **more})


def refused(rule: str, fact: Any, **knock: Any) -> bool:
    return [r.verdict for r in rulings(CLAUSE, rule, a_knock(**knock), fact)] == [Verdict.REFUSE]


def test_a_first_login_is_let_in() -> None:
    assert not refused("2.2", failures())
    assert not refused("2.1", failures())


def test_a_credential_is_locked_at_twenty_failures_and_not_at_nineteen() -> None:
    assert not refused("2.2", failures(principal_10m=19))
    assert refused("2.2", failures(principal_10m=20))


def test_the_right_secret_from_a_known_source_opens_however_hard_others_guess() -> None:
    assert not refused("2.2", failures(principal_10m=5000, source_known=True))


def test_wrong_secrets_from_a_known_source_lock_that_source_only_against_wrong_secrets() -> None:
    known = failures(known_source_10m=20, source_known=True)
    assert refused("2.2", known, proven=False)
    assert not refused("2.2", known, proven=True)


def test_a_source_is_locked_at_ten_failing_principals_and_not_at_nine() -> None:
    assert not refused("2.1", failures(source_principals_10m=9))
    assert refused("2.1", failures(source_principals_10m=10))


def test_colleagues_behind_one_address_are_not_locked_out_by_one_who_forgot_a_password() -> None:
    assert not refused("2.1", failures(source_principals_10m=1, principal_10m=0))


def test_a_customer_who_was_at_a_stuffing_address_before_is_let_in() -> None:
    assert not refused("2.1", failures(source_principals_10m=50, source_known=True))


def test_a_walk_is_stopped_at_twenty_ids_and_not_at_nineteen() -> None:
    assert not refused("2.2b", Walk(misses_10m=19, distinct_10m=19), wants="fetch-missing", proven=False)
    assert refused("2.2b", Walk(misses_10m=20, distinct_10m=20), wants="fetch-missing", proven=False)


def test_polling_one_deleted_message_all_day_is_no_walk() -> None:
    assert not refused("2.2b", Walk(misses_10m=5000, distinct_10m=1), wants="fetch-missing", proven=False)


def test_the_customers_own_work_goes_on_while_a_walk_is_stopped() -> None:
    assert not refused("2.2b", Walk(misses_10m=50, distinct_10m=50))


def test_while_the_counts_are_unknown_the_right_secret_opens() -> None:
    for rule, fact in (("2.1", Failures), ("2.2", Failures), ("2.2b", Walk)):
        assert rulings(CLAUSE, rule, a_knock(), unknown=(fact,)) == []


def test_messages_are_not_its_kind() -> None:
    assert rulings(CLAUSE, "2.2", an_sms(), failures(principal_10m=99)) == []


def test_a_refusal_says_how_to_get_in_and_not_the_threshold() -> None:
    (ruling,) = rulings(CLAUSE, "2.2", a_knock(), failures(principal_10m=33))
    assert "ten minutes" in ruling.remedy
    assert "20" not in ruling.reason
    assert ruling.evidence == {"failures": 33}


def test_the_locks_fall_at_their_figures() -> None:
    assert not refused("2.2", failures(principal_10m=CLAUSE.failed_actions - 1))
    assert refused("2.2", failures(principal_10m=CLAUSE.failed_actions))
    assert not refused("2.1", failures(source_principals_10m=CLAUSE.principals_of_a_source - 1))
    assert refused("2.1", failures(source_principals_10m=CLAUSE.principals_of_a_source))
    below, at = (Walk(misses_10m=n, distinct_10m=n) for n in (CLAUSE.walked_ids - 1, CLAUSE.walked_ids))
    assert not refused("2.2b", below, wants="fetch-missing", proven=False)
    assert refused("2.2b", at, wants="fetch-missing", proven=False)


def test_an_office_whose_keys_were_changed_gets_in_again_from_where_it_was_known() -> None:
    """Key rotation: the old secret fails for a while from a good source, the new one opens."""
    assert not refused("2.2", failures(known_source_10m=300, source_known=True), proven=True)


# --- toll fraud -----------------------------------------------------------------------------------------------------


def dials(count: int, *, new: bool = True, **more: Any) -> list[Verdict]:
    found = Dear(range="premium", source_10m=count, source_new=new)
    return [r.verdict for r in rulings(CLAUSE, "2.1.1", a_call(**more), found)]


def test_a_credential_that_dials_dear_numbers_from_a_new_address_is_stopped_there() -> None:
    assert dials(CLAUSE.dear_dialled - 1) == []
    assert dials(CLAUSE.dear_dialled) == [Verdict.REFUSE]


def test_who_calls_from_where_they_always_do_is_no_thief_and_an_emergency_goes_out() -> None:
    assert dials(50, new=False) == []
    assert dials(50, purpose=Purpose.EMERGENCY) == []


def test_while_it_is_unknown_from_where_a_credential_calls_nothing_is_stopped_and_texts_are_not_its_kind() -> None:
    assert rulings(CLAUSE, "2.1.1", a_call(), unknown=(Dear,)) == []
    assert rulings(CLAUSE, "2.1.1", an_sms(), Dear(range="premium", source_10m=50, source_new=True)) == []
