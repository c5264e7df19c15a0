"""What is to be sent, or to ring, at a time that the request names."""

from __future__ import annotations

from datetime import datetime, timedelta

from masstransit.api.dialect import Form
from masstransit.errors import BadInput

FIELDS = frozenset({"SendAt", "ScheduleType"})
_SOONEST, _LATEST = timedelta(seconds=900), timedelta(days=35)  # as the SDKs document them


def send_at(form: Form, now: datetime) -> datetime | None:
    """When it is to go; None: now. Raises `BadInput`."""
    kind, at = form.one_of("ScheduleType", ("fixed",)), form.instant("SendAt")
    if kind is None and at is None:
        return None
    if kind is None or at is None:
        raise BadInput("'SendAt' and 'ScheduleType=fixed' go together.", field="SendAt" if kind else "ScheduleType")
    if not _SOONEST <= at - now <= _LATEST:
        raise BadInput("'SendAt' is at least 15 minutes and at most 35 days ahead.", field="SendAt")
    return at
