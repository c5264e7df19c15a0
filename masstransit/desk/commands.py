"""Commands of those who answer for what was decided: trying other figures, taking decisions back, watching rules."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from masstransit import config
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, progress
from masstransit.desk import words
from masstransit.desk.trial import observed, trial
from masstransit.errors import BadInput, Fault
from masstransit.office import papers
from masstransit.replay import editions, report
from masstransit.replay import observed as observation
from masstransit.replay.replay import Asked

_REPLAY = """\
Make the decisions of a time again, under other figures or another model, and say what would have changed.

Each is heard with the facts that it rested on, as they are on record: counts, lists and consents as they were then. So
it needs no traffic, and changes nothing. By clause and rule it says what would be newly stopped (and how many of those
people complained or opted out afterwards), what newly let go (and of how many a person said later that it was stopped
wrongly), and what rules in shadow find beside those that bind.

  masstransit replay --since 24h --set policy.8.unanswered=2
  masstransit replay --since 2026-11-24 --until 2026-11-25 --set policy.10.mode=shadow
  masstransit replay --since 7d --clause 10 --read-again

--config FILE tries a whole other settings file. A rule whose facts or text are gone from the record stands as it was,
and is counted."""
_REPLAY_STATUS = "Exit status: 0 nothing would change, 1 something would, 2 it was misused or could not be done."
_AGO = re.compile(r"(\d{1,5})([hd])")


def commands(command: Commands) -> None:
    """Make the desk's commands known."""
    replay = command(
        "replay", "Make past decisions again under other figures: what would change?", _replay, _REPLAY_STATUS
    )
    replay.description = _REPLAY
    seen = command("observed", "Show what accounts that observe would have been stopped at, by clause.", _observed)
    for made in (replay, seen):
        made.add_argument(
            "--since", default="24h", metavar="WHEN", help="a date, a time, or 24h or 7d ago (default: 24h)"
        )
        made.add_argument("--until", metavar="WHEN", help="before then (default: now)")
        made.add_argument("--account", metavar="AC...", help="one account only")
        made.add_argument("--json", action="store_true", help="as JSON")
    replay.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="policy.CLAUSE.NAME=VALUE",
        help="a figure, or mode, or shadow, as [policy] has it; may be repeated",
    )
    replay.add_argument(
        "--read-again", action="store_true", help="learn anew what texts say, where they are still kept"
    )
    replay.add_argument("--progress", action="store_true", help="say how far it has come in lines, also to no terminal")
    replay.add_argument(
        "--clause", action="append", default=[], metavar="N", help="hear this clause anew, the others as they were"
    )
    release = command("release", "Let a held message go; it counts as held wrongly.", _release)
    release.add_argument("sid", metavar="SM...", help="the message")
    overturn = command("overturn", "Put on record that a message was held or refused wrongly.", _overturn)
    overturn.add_argument("decision", metavar="DE...", help="the decision; its message is not sent by this")
    for made in (release, overturn):
        made.add_argument("--by", required=True, metavar="NAME", help="who says so")
    release.add_argument("--because", default="", metavar="TEXT", help="why")
    overturn.add_argument("--because", required=True, metavar="TEXT", help="why")
    rules = command("rules", "Show every rule with its mode, and how much of what it stopped was overturned.", _rules)
    rules.add_argument("--clause", metavar="N", help="one clause only")
    rules.add_argument("--json", action="store_true", help="as JSON")
    reinstate = command("reinstate", "Put a rule back that stepped down into shadow by its budget.", _reinstate)
    reinstate.add_argument("rule", metavar="RULE", help="such as 10.1")
    reinstate.add_argument("--by", required=True, metavar="NAME", help="who says so")


# --- replay ---------------------------------------------------------------------------------------------------------


def _replay(settings: config.Settings, options: argparse.Namespace) -> int:
    try:
        asked = _asked(options, frozenset(options.clause))
        changes = [editions.change(told) for told in options.changes]
        done = asyncio.run(
            trial(
                settings,
                asked,
                changes,
                read_again=options.read_again,
                progress=progress("decisions", lines=options.progress),
            )
        )
    except Fault as fault:  # 1 says that something would change
        print(f"masstransit: {fault}", file=sys.stderr)
        return 2
    if options.json:
        _print_json(report.as_json(done.tally, asked, done.tried))
    else:
        print("\n".join(report.table(done.tally, asked, done.tried, done.clauses)))
    return 1 if done.tally.changed else 0


def _observed(settings: config.Settings, options: argparse.Namespace) -> int:
    asked = _asked(options, frozenset())
    told, clauses = asyncio.run(observed(settings, asked, progress("messages")))
    if options.json:
        _print_json(observation.as_json(told, asked))
    else:
        print("\n".join(observation.lines(told, asked, clauses)))
    return 0


def _asked(options: argparse.Namespace, only: frozenset[str]) -> Asked:
    """Which decisions are meant. Raises `BadInput`."""
    now = SystemClock().now()
    since, until = _when(options.since, now), _when(options.until, now) if options.until else now
    if since >= until:
        raise BadInput(f"--since {options.since} does not lie before --until")
    return Asked(since=since, until=until, account=options.account, only=only)


def _when(told: str, now: datetime) -> datetime:
    """An instant: a date, a date with a time, or so long ago. Raises `BadInput`."""
    ago = _AGO.fullmatch(told)
    if ago is None:
        return papers.day(told).astimezone(UTC)
    return now - timedelta(hours=int(ago[1]) * (24 if ago[2] == "d" else 1))


# --- a person's word ------------------------------------------------------------------------------------------------


def _release(settings: config.Settings, options: argparse.Namespace) -> int:
    told = asyncio.run(words.release(settings, options.sid, by=options.by, because=options.because))
    print(f"{options.sid} is let go: the gate looks at it once more, and it is sent")
    _tell(told)
    return 0


def _overturn(settings: config.Settings, options: argparse.Namespace) -> int:
    told = asyncio.run(words.overturn(settings, options.decision, by=options.by, because=options.because))
    print(f"on record: {options.decision} was wrong; its sender may offer the message again")
    _tell(told)
    return 0


def _tell(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def _reinstate(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(words.reinstate(settings, options.rule, by=options.by))
    print(f"rule {options.rule} is back within seconds, as the settings have it; what it stops counts from now on")
    return 0


# --- rules ----------------------------------------------------------------------------------------------------------


def _rules(settings: config.Settings, options: argparse.Namespace) -> int:
    watched = asyncio.run(words.watched(settings))
    if options.clause is not None:
        watched = [each for each in watched if each.clause == options.clause]
        if not watched:
            print(f"masstransit: clause {options.clause} has no rules", file=sys.stderr)
            return 2
    if options.json:
        _print_json(watched)
        return 0
    width = max(len(each.rule) for each in watched)
    for each in watched:
        stopped = f"{each.stopped:,} stopped, {each.overturned:,} overturned" if each.stopped else ""
        law = f"  [{each.law}]" if each.law else ""
        print(f"{each.rule:<{width}}  {each.mode:<8}  {stopped:<32}  {each.says}{law}".rstrip())
        if each.note:
            print(f"{'':<{width}}  {each.note}")
    return 0


def _print_json(value: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(value)).decode())
