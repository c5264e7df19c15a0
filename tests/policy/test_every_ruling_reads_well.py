"""Whatever a rule yields has a reason and a way to put it right, in words for people.

Here the clauses' source is walked, so that no ruling is forgotten; what the rulings of all other tests in this folder
come to, with their values filled in, is checked as they are made (`tests/makers.py`).
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest

from masstransit import policy
from masstransit.clause import Clause
from masstransit.model.decision import Verdict, flag
from tests.plain_words import faults, sentence

MAKING = {verdict.name.lower() for verdict in Verdict}
JUDGING = [room for room in policy.AUP if room.rules()]


def made(room: type[Clause]) -> Iterator[ast.Call]:
    """Every call that makes a ruling in a clause's file."""
    source = ast.parse(inspect.getsource(inspect.getmodule(room)))  # type: ignore[arg-type]
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKING:
            yield node


def written(node: ast.expr) -> Iterator[str]:
    """The words of an expression: of a constant, of both branches of a choice, of what is joined."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from written(node.body)
            yield from written(node.orelse)
        case ast.JoinedStr():
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "what is told there" for part in node.values
            )


@pytest.mark.parametrize("room", JUDGING, ids=lambda room: room.number)
def test_every_ruling_of_a_clause_says_why_and_how_to_put_it_right(room: type[Clause]) -> None:
    wrong: list[str] = []
    for call in made(room):
        words = {keyword.arg: keyword.value for keyword in call.keywords}
        if not call.args or "remedy" not in words:
            wrong.append(f"line {call.lineno}: without a reason or a remedy")
            continue
        for what, node, least in (("reason", call.args[0], 4), ("remedy", words["remedy"], 1)):
            wrong += [
                f"line {call.lineno}: {fault}" for said in written(node) for fault in sentence(what, said, least=least)
            ]
    assert wrong == []


@pytest.mark.parametrize("room", JUDGING, ids=lambda room: room.number)
def test_every_rule_says_its_obligation_in_a_few_words(room: type[Clause]) -> None:
    assert [fault for rule in room.rules() for fault in sentence("rule", rule.says, least=3)] == []


def test_what_is_hard_to_read_is_noticed() -> None:
    assert list(faults(flag("many people opt out of this", remedy="ask them first", share=0.1))) == []
    for reason, remedy in (("", "ask them first"), ("many people opt out of this", ""), ("spam_score is {x}", "wait")):
        assert list(faults(flag(reason, remedy=remedy))) != []
