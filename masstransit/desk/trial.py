"""Other figures, or another model, tried on the traffic that was."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from masstransit import app, config, learning
from masstransit.clause import Clause
from masstransit.errors import BadInput, NotFound
from masstransit.model.decision import Mode
from masstransit.replay.editions import Change, editions
from masstransit.replay.observed import Observed, observe
from masstransit.replay.replay import Asked, Replay
from masstransit.replay.report import Tried
from masstransit.replay.tally import Tally
from masstransit.storage import accounts, demotions
from masstransit.storage.engine import Database


class Trial(msgspec.Struct, frozen=True):
    """What came of it."""

    tally: Tally
    tried: Tried
    clauses: tuple[Clause, ...]


async def observed(
    settings: config.Settings, asked: Asked, progress: Callable[[int], None]
) -> tuple[Observed, tuple[Clause, ...]]:
    """What would have been stopped where nothing was. Raises `NotFound`."""
    house = editions(msgspec.structs.replace(settings, observe=False, enforce=()), ()).house
    database = await app.prepared(settings, serving=False)
    try:
        await _known(database, asked)
        demoted = frozenset(row.rule for row in await database.read(demotions.in_force))
        resting = demoted | {m.id for clause in house for m in clause.rules() if clause.mode_of(m) is Mode.SHADOW}
        return await observe(database, asked, resting, progress), house
    finally:
        await database.close()


async def _known(database: Database, asked: Asked) -> None:
    if asked.account and await database.read(lambda c: accounts.find(c, asked.account or "")) is None:
        raise NotFound(f"there is no account {asked.account}")


async def trial(
    settings: config.Settings,
    asked: Asked,
    changes: Sequence[Change],
    *,
    read_again: bool,
    progress: Callable[[int], None],
) -> Trial:
    """Make the decisions again that were asked about. Raises `ConfigError`, `BadInput` and `NotFound`."""
    editions(settings, changes)  # what can't be tried is said before the database is opened
    database = await app.prepared(settings, serving=False)
    try:
        await _known(database, asked)
        demoted = frozenset(row.rule for row in await database.read(demotions.in_force))
        considered = editions(settings, changes, demoted)
        if unknown := asked.only - {clause.number for clause in considered.house}:
            raise BadInput(f"--clause {min(unknown)}: there is no such clause; docs/policy.md lists them")
        fresh = learning.from_text() if read_again else {}
        replay = Replay(
            database,
            asked,
            standing=editions(settings, (), demoted),
            tried=considered,
            fresh=fresh,
            progress=progress,
        )
        tried = Tried(
            changes=tuple(str(change) for change in changes),
            read_again=tuple(sorted(fact.__name__ for fact in fresh)),
            begins_in_shadow=considered.begins_in_shadow,
        )
        return Trial(await replay.run(), tried, considered.house)
    finally:
        await database.close()
