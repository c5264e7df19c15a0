"""What works beside the doors: delivery, notices, checkpoints, retention, the daily job."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from masstransit.app import Parts, business_days
from masstransit.carriage import appeals, housekeeping
from masstransit.carriage.cases.watch import Watch
from masstransit.carriage.daily import Daily
from masstransit.carriage.media.harmful_senders import HarmfulSenders
from masstransit.carriage.media.reached import Reached
from masstransit.carriage.second_look import SecondLook
from masstransit.carriage.warning import Warnings
from masstransit.channels.media.recorder import recover
from masstransit.channels.video import remains
from masstransit.clause import Clause
from masstransit.errors import StorageUnavailable
from masstransit.ledger import checkpoint
from masstransit.policy.clause_05_malicious_programs import MaliciousPrograms
from masstransit.policy.clause_15_intellectual_property import IntellectualProperty
from masstransit.policy.clause_17_objectionable_content import ObjectionableContent
from masstransit.policy.number_reclamation import NumberReclamation
from masstransit.storage import redaction, retention

log = logging.getLogger("masstransit.chores")
_CHECKPOINT_EVERY = 60.0
_BODIES_EVERY = 30.0
_DAILY_EVERY = 3600.0
_BUDGET_EVERY = 24 * 3600.0
_CASES_EVERY = 300.0
_COMPLAINTS_EVERY = 60.0
_UNHEARD_FOR = timedelta(seconds=30)  # what is younger another process may be about to hear
_APPEALS_EVERY = 600.0
_RETENTION_EVERY = 6 * 3600.0


@contextlib.asynccontextmanager
async def background(parts: Parts) -> AsyncIterator[None]:
    """What works beside the doors; cancelled at the end, and its failure ends everything."""
    database, clock, keys, ledger = parts.database, parts.clock, parts.keys, parts.ledger
    programs = next(clause for clause in parts.gate.policy if isinstance(clause, MaliciousPrograms))

    def sign(connection: Any) -> None:
        checkpoint(connection, keys, clock.now())

    def drop_bodies(connection: Any) -> int:
        return redaction.drop_ended_bodies(connection, ledger, clock.now())

    def remind(connection: Connection) -> int:
        return appeals.remind(connection, clock.now())

    async def sweep() -> None:
        while True:
            await clock.sleep(_RETENTION_EVERY)
            try:
                sounds = await parts.archive.sweep()
                swept = await retention.sweep_all(database, ledger, clock.now())
            except StorageUnavailable as lost:
                log.warning("retention waits: %s", lost)
                continue
            log.info("retention: %s; sounds of recordings: %d", dict(swept), sounds)

    warnings = Warnings(parts.exchange, database, clock, parts.possession.operator)
    first, last = timedelta(hours=programs.first_look_hours), timedelta(hours=programs.look_again_hours)
    culprits = HarmfulSenders(database, ledger, clock, parts.arrivals.outcome, finds=programs.finds)
    looks = SecondLook(database, clock, parts.media, warnings, first=first, last=last, met=culprits.met)
    rights = next(clause for clause in parts.gate.policy if isinstance(clause, IntellectualProperty))
    watch = Watch(ledger, clock, calendar=business_days(parts.settings), strikes=rights.strikes)
    await parts.budgets.refresh()  # before anything is decided
    work = [
        parts.budgets.follow(),
        parts.delivery.run(),
        parts.notices.run(parts.smpp),
        parts.webhooks.run(),
        parts.mail.run(),
        parts.mail_out.notifier.run(),
        parts.chat.feeds.run(),
        parts.media.run(),
        following_up(parts, warnings).run(),
        housekeeping.every(_CHECKPOINT_EVERY, database, "checkpoint", sign, clock),
        parts.exchange.tally.run(database, clock),
        housekeeping.every(_BODIES_EVERY, database, "bodies dropped", drop_bodies, clock),
        looks.run(),
        culprits.run(),
        housekeeping.every(_CASES_EVERY, database, "cases that ended by time", watch.look, clock),
        housekeeping.every(_APPEALS_EVERY, database, "appeals that are overdue by now", remind, clock),
        daily_job(parts),
        hear_complaints(parts),
        housekeeping.every(_BUDGET_EVERY, database, "budgets overdrawn", parts.budgets.reckon, clock),
        sweep(),
        parts.faxing.faxes.run(),
        *([parts.voice.run(), parts.deposits.run()] if parts.voice is not None else []),
        *([parts.scheduling.run()] if parts.scheduling is not None else []),
    ]
    tasks = [asyncio.create_task(each) for each in work]
    links = [asyncio.create_task(trunk.run()) for trunk in parts.trunks]
    main = asyncio.current_task()

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None and main is not None:
            log.error("a part of the house broke", exc_info=task.exception())
            main.cancel()

    for task in (*tasks, *links):
        task.add_done_callback(ended)
    try:
        yield
    finally:
        await _cancelled(tasks)
        try:
            await parts.delivery.stop()  # while the links still stand: what the carriers have is answered
        except StorageUnavailable as lost:
            log.warning("what was claimed is left to be taken over: %s", lost)
        finally:
            await _cancelled(links)
            await parts.scanner.stop()


def following_up(parts: Parts, warnings: Warnings) -> Reached:
    """What follows up files that are listed."""
    objectionable = next(clause for clause in parts.gate.policy if isinstance(clause, ObjectionableContent))
    return Reached(
        warnings=warnings,
        database=parts.database,
        ledger=parts.ledger,
        clock=parts.clock,
        calendar=business_days(parts.settings),
        keep=timedelta(days=objectionable.csam_keep_days),
    )


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def reclaiming(clauses: Sequence[Clause]) -> NumberReclamation:
    """The clause by which numbers are reclaimed."""
    return next(clause for clause in clauses if isinstance(clause, NumberReclamation))


async def daily_job(parts: Parts) -> None:
    """What is done once a day, looked for every hour: what was done stays done, whoever did it."""
    job = Daily(parts.database, parts.ledger, reclaiming(parts.gate.policy), parts.clock)
    while True:
        await parts.clock.sleep(_DAILY_EVERY)
        try:
            done = await job.run()
        except StorageUnavailable as lost:
            log.warning("the daily job waits: %s", lost)
            continue
        for line in done.lines():
            log.info("daily: %s", line)


async def hear_complaints(parts: Parts) -> None:
    """What was put on record by a process that was killed before the gate heard it, at the start and once a minute."""
    while True:
        try:
            heard = await parts.complaints.hear_again(waiting=_UNHEARD_FOR)
        except StorageUnavailable as lost:
            log.warning("complaints that were not heard wait: %s", lost)
        else:
            if heard:
                log.info("complaints that were not heard before: %d", heard)
        await parts.clock.sleep(_COMPLAINTS_EVERY)


async def mend_recordings(parts: Parts) -> None:
    """What a killed process was recording ends where it came to."""
    folder = parts.settings.recordings
    tapes = await asyncio.to_thread(lambda: recover(folder) | remains.recover(folder))
    if tapes:
        mended = await parts.recordings.mend(tapes)
        log.warning("%d recordings were cut off and are mended, %d of them on record", len(tapes), len(mended))
