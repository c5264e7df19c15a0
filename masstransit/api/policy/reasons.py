"""A statement of reasons for what a notice tells, with the fields of Regulation (EU) 2022/2065 Art. 17(3)."""

from __future__ import annotations

from masstransit.api.dialect import Answer, Request, Route, iso8601
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, record, several
from masstransit.carriage import reasons


async def fetch(request: Request, house: House) -> Answer:
    told = await house.database.read(
        lambda c: reasons.of_notice(c, request.account, request.parts["sid"], house.in_force)
    )
    begins = told["restriction"] | {"date_begins": iso8601(told["restriction"]["date_begins"])}
    return Answer(200, told | {"date_created": iso8601(told["date_created"]), "restriction": begins})


_SCHEMA = record(
    notice_sid=TEXT,
    account_sid=TEXT,
    date_created=MAYBE,
    restriction=record(
        kind=TEXT, means=TEXT, limits=TEXT, scope=TEXT, target=TEXT, territory=TEXT, date_begins=MAYBE, date_ends=MAYBE
    ),
    facts_and_circumstances=record(
        reason=TEXT, findings=several(record(rule=TEXT, reason=TEXT)), decision_sids=several(TEXT), source=TEXT
    ),
    automated_means=record(found_by_a_machine=FLAG, decided_by_a_machine=FLAG, explanation=TEXT),
    ground=record(
        kind=TEXT, law=MAYBE, clause=TEXT, title=TEXT, says=TEXT, rule=TEXT, rule_says=TEXT, policy_revision=TEXT
    ),
    redress=record(internal=TEXT, step_sid=TEXT, until=MAYBE, remedy=TEXT, out_of_court=TEXT, judicial=TEXT),
)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Notices/{sid}/StatementOfReasons",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="What a notice tells as a statement of reasons (Regulation (EU) 2022/2065 Art. 17)",
    ),
)
