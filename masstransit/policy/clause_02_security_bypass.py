"""Clause 2: no way round the locks."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.calls.calling import Dear
from masstransit.facts.probing import Failures, Walk
from masstransit.model.communication import Kind, Moment, Purpose
from masstransit.model.decision import Verdict, refuse

_BLOCKED = 30004  # the SDKs': blocked


@dataclass(frozen=True, kw_only=True)
class SecurityBypass(Clause):
    """Nobody tries to get round what protects the service and its customers: guessing secrets, walking along other
    people's ids, doing what a credential was not given for. Trying is enough.

    A lock falls on the credential, and lifts by itself ten minutes after the last attempt too many. It does not fall on
    the owner: from a source where they logged in before, the right secret opens at any time, however hard others guess
    from elsewhere. It does not fall on a source because many people share it (an office, a VPN): a source is locked
    only when it fails for many different principals, and then only for those who were not seen there before.
    """

    number = "2"
    title = "Security bypass"
    rests_on = (
        "Leaked keys, stolen phones, what a packet capture shows, and callers who talk support staff into a change are "
        "told by reports; that many small accounts are one customer's (2.1), by a person who compares them."
    )
    not_yet = "Call detail that is asked for and numbers that are ported away (2.3) wait for the pages that show them."

    failed_actions: int = figure(20, "rulebook 2.2, default", "failures in 10 minutes by one principal")
    principals_of_a_source: int = figure(
        10, "rulebook 2.1, default", "principals failing from one source in 10 minutes"
    )
    dear_dialled: int = figure(
        5, "rulebook 2, toll fraud within two minutes, default", "calls in 10 minutes to where calls are dear"
    )
    walked_ids: int = figure(20, "rulebook 2.2, default", "ids of others asked for in 10 minutes")

    # Counters that are gone must not lock every customer out: who has the right secret comes in, who has not does not
    # come in anyway.
    @rule(
        "2.2",
        "a credential that is being guessed is locked for a while",
        needs=(Failures,),
        when_unknown=Verdict.ALLOW,
        moments=Moment.ADMISSION,
        kinds=Kind.ANY,
        direction=None,
    )
    def guessing(self, case: Case) -> Rulings:
        failures = case[Failures]
        if failures.source_known and case.knock.proven:
            return
        tried = failures.known_source_10m if failures.source_known else failures.principal_10m
        if tried >= self.failed_actions:
            yield refuse(
                "too many failed attempts with this credential",
                remedy="wait ten minutes, or log in from where you did before; change the secret if that was not you",
                code=20003,
                failures=tried,
            )

    @rule(
        "2.1",
        "a source that tries many credentials is locked for those who were not seen there before",
        needs=(Failures,),
        when_unknown=Verdict.ALLOW,
        moments=Moment.ADMISSION,
        kinds=Kind.ANY,
        direction=None,
    )
    def stuffing(self, case: Case) -> Rulings:
        failures = case[Failures]
        if failures.source_principals_10m >= self.principals_of_a_source and not failures.source_known:
            yield refuse(
                "too many different credentials failed from this address",
                remedy="wait ten minutes; accounts that logged in from here before are not affected",
                code=20003,
                principals=failures.source_principals_10m,
            )

    # Clause 10's caps hold whatever is known of addresses.
    @rule("2.1.1", "a credential does not dial dear numbers from an address where it never was", needs=(Dear,),
          about=Dear, when_unknown=Verdict.ALLOW, kinds=Kind.CALL)  # fmt: skip
    def toll_fraud(self, case: Case) -> Rulings:
        found, call = case[Dear], case.communication
        if not found.source_new or found.source_10m < self.dear_dialled or call.purpose is Purpose.EMERGENCY:
            return
        yield refuse(
            "this credential dials numbers that cost extra, at speed, from an address where it never was",
            remedy="change its secret if these calls are not yours; if they are, wait ten minutes, or call from an "
            "address where it was before; whatever else it calls is not affected",
            code=_BLOCKED,
            range=found.range,
            calls_10m=found.source_10m,
        )

    # Ids that do not exist for the asker give nothing away, so while this is unknown nothing is lost by answering.
    @rule(
        "2.2b",
        "nobody walks along other people's ids",
        needs=(Walk,),
        when_unknown=Verdict.ALLOW,
        moments=Moment.ADMISSION,
        kinds=Kind.ANY,
        direction=None,
    )
    def walking(self, case: Case) -> Rulings:
        walk = case[Walk]
        # Different ids: a program that polls one deleted message all day is a bug, not a burglar.
        if case.knock.wants == "fetch-missing" and walk.distinct_10m >= self.walked_ids:
            yield refuse(
                "too many ids were asked for that are not yours",
                remedy="list your own resources instead of guessing their ids; wait ten minutes",
                code=20003,
                ids=walk.distinct_10m,
                misses=walk.misses_10m,
            )
