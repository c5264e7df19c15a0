"""Writes docs/policy.md from the clauses: `python -m masstransit.policy_page docs/policy.md`.

With `--check` it writes nothing and says whether the page is up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from masstransit import policy
from masstransit.clause import REPORTS, Clause, Rule
from masstransit.model.communication import Kind, Moment

_NO_WORDS = (
    "What is said and shown there is not listened to; who takes part complains, a person looks, and standing follows."
)
_ABOUT = (
    "This page is written by `python -m masstransit.policy_page docs/policy.md` from the files in "
    "`masstransit/policy/`; change those. A figure is set by its name in `[policy.NUMBER]` of the settings.\n"
)


def page() -> str:
    """The whole page."""
    rooms = [clause() for clause in policy.AUP]
    parts = [
        "# The policy, clause by clause\n",
        _ABOUT,
        "## What is judged in which kind of traffic\n",
        *_overview(rooms),
    ]
    for room in rooms:
        parts.extend(_room(room))
    return "\n".join(parts).rstrip() + "\n"


def _overview(rooms: list[Clause]) -> Iterator[str]:
    kinds = [kind for kind in Kind if kind.name]
    singles = [kind for kind in kinds if kind.value and kind.value & (kind.value - 1) == 0]
    yield "| | clause | admission | " + " | ".join(str(kind.name).lower() for kind in singles) + " |"
    yield "| --- " * (3 + len(singles)) + "|"
    for room in rooms:
        rules = room.rules()
        knocks = any(Moment.ADMISSION in made.moments for made in rules)
        cells = ["judges" if knocks else "", *(_cell(room, kind) for kind in singles)]
        yield f"| {room.number} | {room.title} | " + " | ".join(cells) + " |"
    yield ""


def _cell(room: Clause, kind: Kind) -> str:
    if _judges(room.rules(), kind):
        return "judges"
    if any(kind in made.kinds for made in room.rules()):
        return "at the door"
    why = next((why for kinds, why in room.unheard if kind in kinds), "")
    return REPORTS if why == REPORTS else "not its kind"


def _judges(rules: tuple[Rule, ...], kind: Kind) -> bool:
    return any(kind in made.kinds and made.moments != Moment.ADMISSION for made in rules)


def _room(room: Clause) -> Iterator[str]:
    yield f"## {room.number}. {room.title}\n"
    yield room.says() + "\n"
    if room.rests_on:
        yield f"**Rests on.** {room.rests_on}\n"
    for unheard, why in room.unheard:
        yield f"**Hears nothing of {_words(unheard)}.** {_NO_WORDS if why == REPORTS else why}\n"
    if room.not_yet:
        yield f"**Does not judge yet.** {room.not_yet}\n"
    if rules := room.rules():
        yield "| rule | asks | asked at | of | when unknown | mode | law |\n| --- | --- | --- | --- | --- | --- | --- |"
        for made in rules:
            kinds = _words(made.kinds) if made.moments != Moment.ADMISSION else "knocks"
            yield (
                f"| {made.id} | {made.says} | {_words(made.moments)} | {kinds} | {made.when_unknown.name} "
                f"| {room.mode_of(made).value} | {made.law} |"
            )
        yield ""
    if figures := room.figures():
        yield "| figure | value | unit | source |\n| --- | --- | --- | --- |"
        for one in figures:
            yield f"| `{one.name}` | {_in_a_cell(one.shown)} | {one.unit} | {one.source} |"
        yield ""


def _words(flags: Kind | Moment) -> str:
    return ", ".join(str(flag.name).lower() for flag in flags)


def _in_a_cell(shown: str) -> str:
    return shown.replace("|", "\\|")


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or say whether it is up to date. Exit status 1: it is not."""
    parser = argparse.ArgumentParser(prog="python -m masstransit.policy_page", description="Write docs/policy.md.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is out of date")
    given = parser.parse_args(arguments)
    written = given.file.read_text() if given.file.exists() else ""
    if given.check:
        if written != page():
            sys.stderr.write(f"{given.file} is out of date: python -m masstransit.policy_page {given.file}\n")
            return 1
        return 0
    given.file.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
