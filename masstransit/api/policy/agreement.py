"""The agreement: the edition of the policy in force, and its acceptance by somebody who may bind the customer."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Request, Route, iso8601
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, record, several
from masstransit.carriage import agreement
from masstransit.carriage.agreement import Accepted
from masstransit.errors import BadInput, Denied, NotFound
from masstransit.model.edition import Edition
from masstransit.storage import agreements


def _edition(house: House) -> Edition:
    if house.edition is None:
        raise NotFound("No edition of the policy is published here")
    return house.edition


async def fetch(request: Request, house: House) -> Answer:
    """The text that is to be accepted, and who accepted which edition."""
    edition = _edition(house)
    accepted = await house.database.read(lambda c: agreements.acceptances_of(c, [request.account]))
    return Answer(200, _shown(edition, accepted, request))


def _shown(edition: Edition, accepted: Any, request: Request) -> dict[str, Any]:
    return {
        "account_sid": request.account,
        "digest": edition.digest,
        "dated": edition.dated,
        "source": edition.source,
        "text": edition.text,
        "accepted": any(row.digest == edition.digest and row.authorised for row in accepted),
        "acceptances": [
            {
                "digest": row.digest,
                "dated": row.dated,
                "person": row.person,
                "role": row.role,
                "method": row.method,
                "date_accepted": iso8601(row.at),
            }
            for row in accepted
        ],
        "url": f"{request.base}/v1/Agreement",
    }


async def accept(request: Request, house: House) -> Answer:
    """Accept the edition in force, named by its digest so that nobody accepts what they did not see."""
    edition, form, now = _edition(house), request.form, house.clock.now()
    if not request.caller.principal.startswith("AC"):
        raise Denied("A key can't accept the agreement: use the account's own token")
    if form.need("Digest") != edition.digest:
        raise BadInput("'Digest' is not that of the edition in force: read it again, then accept it.", field="Digest")
    if form.flag("Authorised") is not True:
        raise BadInput("'Authorised' has to be true: only who may bind the customer can accept.", field="Authorised")
    by = Accepted(
        account=request.account,
        person=form.need("Person"),
        role=form.need("Role"),
        source=request.caller.source,
        at=now,
    )

    def keep(connection: Any) -> Any:
        agreement.accept(connection, house.ledger, edition, by)
        return agreements.acceptances_of(connection, [request.account])

    return Answer(201, _shown(edition, await house.database.write(keep), request))


_SCHEMA = record(
    account_sid=TEXT,
    digest=TEXT,
    dated=TEXT,
    source=TEXT,
    text=TEXT,
    accepted=FLAG,
    acceptances=several(record(digest=TEXT, dated=TEXT, person=TEXT, role=TEXT, method=TEXT, date_accepted=MAYBE)),
    url=TEXT,
)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Agreement",
        endpoint=fetch,
        wants="accept",
        shows=_SCHEMA,
        summary="The edition of the policy in force, and who accepted it",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Agreement",
        endpoint=accept,
        fields=frozenset({"Digest", "Person", "Role", "Authorised"}),
        wants="accept",
        status=201,
        shows=_SCHEMA,
        summary="Accept the edition in force",
    ),
)
