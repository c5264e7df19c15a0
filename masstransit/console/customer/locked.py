"""A customer's files that take a password, and the messages that wait for it.

GET   /account/locked          the nearest deadline first
POST  /account/locked/{sid}    a file's password: it is looked through with it, and what waited goes on

The password is used once and kept nowhere: not with the file, not in the acts, not in the page that answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from masstransit.carriage.media.unlocking import LONGEST
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import BadInput
from masstransit.model.media import Scan
from masstransit.model.user import Right
from masstransit.storage import media

_HERE = "/account/locked"
_MOST = 100  # files on the page


async def listed(house: House, asked: Asked) -> Answer:
    """The files that wait, each with the messages that it goes with."""
    return await _shown(house, asked)


async def unlock(house: House, asked: Asked) -> Answer:
    """Take a file's password. Where it does not open the file the page says so beside it."""
    account, sid = asked.who.account, asked.parts["sid"]
    given = asked.form.all("password")
    try:
        scan = await house.unlocking.unlock(account, sid, given[-1] if given else "", field="password")
    except BadInput as wrong:
        return await _shown(house, asked, {sid: str(wrong)}, status=400)
    house.released()
    await house.database.write(lambda c: note(c, house, asked, "file-unlocked", sid, told={"scan": scan.state}))
    return Went(_HERE, _said(scan))


async def _shown(house: House, asked: Asked, wrong: Mapping[str, str] | None = None, *, status: int = 200) -> Shown:
    account = asked.who.account
    found = await house.database.read(lambda c: media.locked(c, account, at_most=_MOST + 1))
    values = {
        "files": found[:_MOST],
        "more": len(found) > _MOST,
        "wrong": wrong or {},
        "gives": asked.who.may(Right.KEEP_ACCOUNT),
        "longest": LONGEST,
    }
    return Shown("customer/locked.html", values, status)


def _said(scan: Scan) -> str:
    if scan.state == "found":
        return "It opened, and it harms who opens it: what waited for it is refused."
    if scan.kept_back:
        return "It opened, and holds a program: what waited for it is refused. Send a link to it instead."
    if scan.state == "unscanned":
        return "It opened, and could not be looked through whole: a person looks at what waits for it."
    if scan.names:
        return f"It opened, and brings {' and '.join(scan.names)}: a person looks at what waits for it."
    return "It opened and was looked through: what waited for it alone goes on."


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    act(f"{_HERE}/{{sid}}", Right.KEEP_ACCOUNT, unlock),
)
