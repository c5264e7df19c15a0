"""A customer's first page: the last 24 hours by verdict, how its senders stand, and what to do next: /account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.console import charts
from masstransit.console.asking import Answer, Asked, Page, Shown, page
from masstransit.console.house import House
from masstransit.console.traffic import by_verdict, says, spoken
from masstransit.model.communication import Moment
from masstransit.model.user import Right
from masstransit.storage import (
    accounts,
    agreements,
    appeals,
    contacts,
    media,
    reclamations,
    standing,
    statements,
    tallies,
)
from masstransit.storage import webhook_attempts as attempts
from masstransit.storage.paging import Slice

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_NOTICES, _RULES, _CALLS, _LOCKED = 5, 6, 20, 10


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do: what, where, and by when."""

    what: str
    to: str
    due: datetime | None = None


async def overview(house: House, asked: Asked) -> Answer:
    """The page."""
    account, now = asked.who.account, asked.now
    since = now.replace(minute=0, second=0, microsecond=0) - _DAY + _HOUR

    def look(connection: Connection) -> Mapping[str, Any]:
        summed = tallies.summed(connection, since, now + _HOUR, account=account)
        offers = [row for row in summed if row.moment == Moment.OFFER.name]
        hourly = tallies.hourly(connection, since, now + _HOUR, moment=str(Moment.OFFER.name), account=account)
        accepted = agreements.acceptances_of(connection, [account])
        current = house.edition is None or any(a.digest == house.edition.digest and a.authorised for a in accepted)
        steps = [step for step in standing.all_of(connection, now, account) if not step.silent]
        opened = appeals.undecided(connection, account)
        wanted = reclamations.all_open(connection, account)
        recent = attempts.listed(connection, account, Slice(size=_CALLS)).rows
        failing = [each for each in recent if each.error and each.at > now - _DAY]
        return {
            "account": accounts.find(connection, account),
            "counts": by_verdict(summed, Moment.OFFER),
            "chart": charts.hours(hourly, now),
            "rules": spoken(offers, says(house), _RULES),
            "steps": steps,
            "appeals": opened,
            "notices": statements.listed(connection, account, Slice(size=_NOTICES)).rows,
            "accepted": accepted[0] if accepted else None,
            "current": current,
            "next": [
                *_locked(media.locked(connection, account, at_most=_LOCKED)),
                *_next(steps, opened, wanted, current=current, failing=bool(failing)),
                *_unheard(contacts.of_account(connection, account)),
            ],
        }

    return Shown("customer/overview.html", await house.database.survey(look))


def _next(
    steps: Sequence[Row[Any]],
    opened: Sequence[Row[Any]],
    wanted: Sequence[Row[Any]],
    *,
    current: bool,
    failing: bool,
) -> Iterator[Next]:
    """What to do, the most pressing first."""
    if not current:
        yield Next(what="Accept the agreement: nothing that you send goes out before", to="/account/agreement")
    appealed = {each.about for each in opened}
    for step in steps:
        if step.remedy and step.step_id not in appealed:
            yield Next(
                what=f"Put right what led to the {step.step} of {step.target}: {step.remedy}", to="/account/notices"
            )
    for case in wanted:
        if case.contested_at is None:
            due = datetime.combine(datetime.fromisoformat(case.deadline).date(), time(), UTC)
            what = f"Use {case.number}, or say why it is to stay: its provider wants it back"
            yield Next(what=what, to=f"/account/numbers/{case.sid}", due=due)
    if failing:
        yield Next(what="Look at your webhooks: your server did not take some of them", to="/account/webhooks")


def _locked(files: Sequence[Row[Any]]) -> Iterator[Next]:
    """What to do so that messages with locked files need not wait."""
    if files:
        number = "some files" if len(files) == _LOCKED else "a file" if len(files) == 1 else f"{len(files)} files"
        what = f"Give the password of {number}: messages wait for it"
        yield Next(what=what, to="/account/locked", due=files[0].until)


def _unheard(named: Sequence[Row[Any]]) -> Iterator[Next]:
    """What to do so that mail gets there."""
    if any(each.refused_at is not None for each in named):
        yield Next(what="Put your contacts right: mail to one of them does not get there", to="/account/contacts")


PAGES: Sequence[Page] = (page("/account", Right.READ_LOG, overview),)
