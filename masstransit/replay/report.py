"""A replay's counts as a table that an abuse desk can read, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from masstransit.clause import Clause
from masstransit.replay.replay import Asked
from masstransit.replay.tally import RuleTally, Tally

_HEAD = ("rule", "in the way then", "now", "newly stopped", "newly let go", "otherwise", "shadow then", "now")
_SENDERS = 5  # accounts that are named


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried: the changes in words, and which rules would begin in shadow if the settings had them."""

    changes: tuple[str, ...] = ()
    read_again: tuple[str, ...] = ()  #: facts that were learned anew
    begins_in_shadow: tuple[str, ...] = ()


def as_json(tally: Tally, asked: Asked, tried: Tried) -> dict[str, Any]:
    """Everything that was counted."""
    return {
        "since": asked.since,
        "until": asked.until,
        "tried": tried,
        "read": tally.read,
        "replayed": tally.replayed,
        "changed": tally.changed,
        "already": tally.already,
        "elsewhere": tally.elsewhere,
        "revisions": dict(tally.revisions),
        "verdicts": [
            {"then": then.name, "now": now.name, "decisions": count} for (then, now), count in _sorted(tally.verdicts)
        ],
        "rules": {rule: _rule(tally.rules[rule]) for rule in sorted(tally.rules)},
        "senders": dict(tally.senders.most_common()),
        "left_out": dict(tally.left_out),
        "as_they_were": [
            {"rule": rule, "lost": lost, "decisions": count} for (rule, lost), count in sorted(tally.stands.items())
        ],
        "seconds": round(tally.seconds, 3),
    }


def _rule(told: RuleTally) -> dict[str, Any]:
    return {
        "in_the_way": {"then": told.then, "now": told.now},
        "newly_stopped": told.newly_stopped,
        "complained": told.complained,
        "opted_out": told.opted_out,
        "newly_let_go": told.newly_let_go,
        "overturned": told.overturned,
        "otherwise": told.otherwise,
        "still_overturned": told.still_overturned,
        "shadow": {"then": told.shadow_then, "now": told.shadow_now},
        "examples": {kind: list(ids) for kind, ids in told.examples.items()},
    }


def table(tally: Tally, asked: Asked, tried: Tried, clauses: Sequence[Clause]) -> Iterator[str]:
    """The counts in lines."""
    yield f"replayed {tally.replayed:,} decisions about offers, {_when(asked)}"
    yield from _tried(tried)
    yield ""
    if not tally.replayed:
        yield from _not_heard(tally)
        yield "there was nothing to replay" if not tally.read else "none could be replayed"
        return
    yield from _verdicts(tally)
    yield from _rules(tally.rules, clauses)
    if tally.senders:
        most = ", ".join(f"{account} {count:,}" for account, count in tally.senders.most_common(_SENDERS))
        yield f"newly stopped most: {most}"
    yield from _not_heard(tally)
    if tally.already and (tried.changes or tried.read_again):
        yield f"{tally.already:,} of those that differ do so without the change too: the settings or the program did"
    yield f"heard in {tally.seconds / tally.replayed * 1e6:,.0f} us each"


def _when(asked: Asked) -> str:
    return f"{asked.since:%Y-%m-%d %H:%M} to {asked.until:%Y-%m-%d %H:%M} UTC"


def _tried(tried: Tried) -> Iterator[str]:
    if not tried.changes and not tried.read_again:
        yield "tried: the settings as they are"
    for change in tried.changes:
        yield f"tried: {change}"
    if tried.read_again:
        yield f"read again: {', '.join(tried.read_again)}"
    if tried.begins_in_shadow:
        rules = ", ".join(tried.begins_in_shadow)
        yield f"heard as if it bound; in the settings a changed figure begins in shadow: {rules}"


def _verdicts(tally: Tally) -> Iterator[str]:
    changed = [((then, now), count) for (then, now), count in _sorted(tally.verdicts) if then is not now]
    for (then, now), count in changed:
        yield f"{then.name + ' -> ' + now.name:<18} {count:>9,}"
    yield f"{'unchanged':<18} {tally.replayed - tally.changed:>9,}"
    yield ""


def _sorted(verdicts: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(verdicts.items())


def _rules(rules: Mapping[str, RuleTally], clauses: Sequence[Clause]) -> Iterator[str]:
    known = {made.id: (clause, made.says) for clause in clauses for made in clause.rules()}
    order = {rule: place for place, rule in enumerate(known)}
    shown = sorted(rules, key=lambda rule: (order.get(rule, len(order)), rule))
    if not shown:
        return
    rows = {rule: _cells(rule, rules[rule]) for rule in shown}
    widths = [max(len(row[i]) for row in (_HEAD, *rows.values())) for i in range(len(_HEAD))]
    yield _line(_HEAD, widths)
    last = None
    for rule in shown:
        clause = known[rule][0] if rule in known else None
        if clause is not last and clause is not None:
            yield f"{clause.number}. {clause.title}"
        last = clause
        yield _line(rows[rule], widths)
        for kind, ids in rules[rule].examples.items():
            yield f"      {kind}: {', '.join(ids)}"
    yield ""


def _cells(rule: str, told: RuleTally) -> tuple[str, ...]:
    stopped = [f"{count:,} {what}" for count, what in ((told.complained, "complained"), (told.opted_out, "opted out"))]
    let_go = [f"{told.overturned:,} overturned"]
    return (
        f"  {rule}",
        _of(told.then, [f"{told.still_overturned:,} still wrongly"] if told.still_overturned else []),
        f"{told.now:,}",
        _of(told.newly_stopped, stopped if told.newly_stopped else []),
        _of(told.newly_let_go, let_go if told.newly_let_go else []),
        f"{told.otherwise:,}",
        f"{told.shadow_then:,}",
        f"{told.shadow_now:,}",
    )


def _of(count: int, which: Sequence[str]) -> str:
    return f"{count:,}" + (f" ({', '.join(which)})" if which else "")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    left = (f"{c:<{w}}" if i == 0 else f"{c:>{w}}" for i, (c, w) in enumerate(zip(cells, widths, strict=True)))
    return "  ".join(left).rstrip()


def _not_heard(tally: Tally) -> Iterator[str]:
    for why, count in sorted(tally.left_out.items()):
        yield f"left out: {count:,}, {why}"
    if tally.elsewhere:
        yield f"left out: {tally.elsewhere:,}, about who knocked or what became of messages: that itself is not kept"
    for (rule, lost), count in sorted(tally.stands.items()):
        yield f"rule {rule} stands as it was in {count:,}: {lost}"
