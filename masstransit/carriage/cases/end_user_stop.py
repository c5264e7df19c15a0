"""A customer's own call to stop one of its end users (rulebook B2): within the hour for phishing, malware and
harassment, within a day otherwise. It is done as it is called for: what the end user sends is refused within a second,
and the case keeps how long it took."""

from __future__ import annotations

import msgspec

from masstransit.carriage.cases import docket
from masstransit.carriage.cases.docket import Act
from masstransit.errors import BadInput
from masstransit.storage import end_users

HARMS = ("phishing", "malware", "harassment", "other")  #: what it is stopped for


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which end user is to be stopped."""

    account: str
    end_user: str  #: by the name that its messages bear
    harm: str = "other"  #: one of `HARMS`


def opened(act: Act, told: Stop) -> str:
    """Stop an end user; the case, which is closed by that. Raises `BadInput` and `NotFound`."""
    name, at = told.end_user.strip(), act.word.at
    if told.harm not in HARMS:
        raise BadInput(f"harm '{told.harm[:32]}': one of {', '.join(HARMS)}", field="harm")
    if not name:
        raise BadInput("say which end user, by the name that its messages bear", field="end_user")
    which = "stop" if told.harm == "other" else "stop-harm"
    sid = docket.enter(
        act,
        docket.Opening(
            kind="end-user-stop", account=told.account, about=f"its customer asks to stop it: {told.harm}",
            requester=told.account, scope="end_user", target=name, details={"harm": told.harm}, starts=(which,),
        ),
    )  # fmt: skip
    end_users.put(act.connection, told.account, name, at, terms_accepted=False)
    end_users.stop(act.connection, told.account, name, act.word.because[:256] or told.harm, at)
    case = docket.found(act.connection, sid)
    case = docket.note(act, case, "stopped", meets=(which,))
    docket.close(act, case, "stopped")
    return sid
