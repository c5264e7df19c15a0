"""Drills: found by file, the same for a seed, and reckoned right."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from masstransit import cli, config
from masstransit.commands import drilling
from masstransit.drills import report
from masstransit.drills.drill import BULK_LEAK, Drill, chosen, drills
from masstransit.drills.reckoning import Result
from masstransit.drills.rehearsal import rehearse
from masstransit.drills.scene import Scene
from masstransit.errors import BadInput
from tests.drills import scripts

FIELDS = {"drill", "clause", "seed", "sent", "leaked", "stopped_after_s", "delayed", "held", "refused", "ok"}


def drill_of(script: Any) -> Drill:
    """The drill that a script was marked as."""
    marked: Drill = script.drill
    return marked


def played(*scripted: Any, seed: int = 7, **settings: Any) -> list[Result]:
    return rehearse([drill_of(script) for script in scripted], seed, config.Settings(**settings), lambda *_: None)


# --- what a drill comes to ------------------------------------------------------------------------------------------


def test_what_is_carried_before_the_stop_and_after_it_has_leaked() -> None:
    (result,) = played(scripts.second_of_three)
    assert (result.sent, result.leaked, result.stopped_after, result.stopped_by) == (3, 2, 10.0, "7.1")
    assert result.ok


def test_an_attack_counts_as_stopped_by_a_rule_of_its_own_clause_only() -> None:
    (result,) = played(scripts.stopped_by_another_clause)
    assert (result.leaked, result.stopped_after, result.ok) == (0, None, False)


def test_an_attack_that_nobody_stops_is_not_ok() -> None:
    (result,) = played(scripts.never_stopped)
    assert (result.leaked, result.stopped_after, result.ok) == (1, None, False)


def test_an_attack_whose_stop_costs_a_bystander_is_not_ok() -> None:
    (result,) = played(scripts.beside_a_bystander)
    assert (result.sent, result.innocent, result.refused, result.ok) == (1, 1, 1, False)
    assert result.hindered_by == ("7.1",)


def test_lawful_traffic_counts_answers_too_and_is_ok_when_nobody_is_hindered() -> None:
    (result,) = played(scripts.untouched)
    assert (result.sent, result.refused, result.ok) == (3, 0, True)


def test_lawful_traffic_that_is_refused_or_delayed_is_not_ok() -> None:
    refused, delayed = played(scripts.refused, scripts.delayed)
    assert (refused.refused, refused.ok, refused.hindered_by) == (1, False, ("7.1",))
    assert (delayed.delayed, delayed.refused, delayed.ok, delayed.hindered_by) == (1, 0, False, ("7.6",))


def test_where_only_an_alarm_is_asked_for_a_flag_is_enough_and_what_it_marks_has_not_leaked() -> None:
    unmarked, marked = played(scripts.only_noticed, scripts.only_noticed_by_alarm)
    assert (unmarked.leaked, unmarked.stopped_after, unmarked.ok) == (2, None, False)
    assert (marked.leaked, marked.stopped_after, marked.stopped_by, marked.ok) == (0, 0.0, "B1", True)


def test_an_attacker_sees_the_answer_and_knocks_and_complaints_reach_the_house() -> None:
    (result,) = played(scripts.changes_course)
    assert (result.sent, result.leaked, result.stopped_by) == (2, 1, "7.1")


def test_a_knock_that_is_put_off_is_not_let_in_and_stops_an_attack() -> None:
    (result,) = played(scripts.knocks_put_off)
    assert (result.sent, result.leaked, result.stopped_by, result.ok) == (105, 100, "9.3", True)


def test_what_came_before_is_neither_attack_nor_lawful() -> None:
    (result,) = played(scripts.what_came_before_is_no_part_of_it)
    assert (result.sent, result.leaked, result.innocent, result.ok) == (1, 0, 0, True)


def test_what_operators_and_customers_tell_is_heard_as_in_life() -> None:
    notice, codes = played(scripts.under_notice, scripts.codes_of_which_some_are_used)
    assert (notice.leaked, notice.stopped_by, notice.ok) == (0, "15.3", True)
    assert (codes.stopped_by, codes.innocent, codes.refused, codes.delayed) == ("10.2.1", 5, 0, 0)


def test_of_a_recording_the_last_word_counts_and_a_joiner_is_asked_about_by_itself() -> None:
    told, joined = played(scripts.told_before_it_is_recorded, scripts.recorded_and_joined)
    assert (told.sent, told.refused, told.hindered_by, told.ok) == (1, 0, (), True)
    assert (joined.sent, joined.leaked, joined.innocent, joined.refused, joined.ok) == (1, 0, 1, 0, True)
    assert joined.stopped_by.startswith("13.")


def test_calls_that_carriers_bring_are_heard() -> None:
    (result,) = played(scripts.brought_by_a_carrier)
    assert (result.leaked, result.stopped_by, result.innocent, result.refused) == (0, "18.3", 1, 0)


def test_people_who_opt_out_are_heard_by_the_real_opt_out_machinery() -> None:
    (result,) = played(scripts.said_stop)
    assert (result.sent, result.leaked, result.stopped_by, result.ok) == (1, 0, "7.4", True)


def test_the_operators_policy_is_what_is_drilled() -> None:
    (result,) = played(scripts.second_of_three, policy={"7": {"mode": "shadow"}})
    assert (result.leaked, result.stopped_after, result.ok) == (3, None, False)


def test_many_drills_are_spread_over_processes_and_come_back_in_order() -> None:
    some = [drill_of(script) for script in (scripts.untouched, scripts.refused, scripts.second_of_three) * 3]
    heard: list[str] = []
    results = rehearse(some, 7, config.Settings(), lambda result, _: heard.append(result.drill.name))
    assert [result.drill.name for result in results] == [drill.name for drill in some]
    assert sorted(heard) == sorted(drill.name for drill in some)
    assert report.as_json(results[2]) == report.as_json(played(scripts.second_of_three)[0])


# --- seeds ----------------------------------------------------------------------------------------------------------


def test_a_seed_repeats_a_run_exactly_and_another_differs() -> None:
    some = [scripts.second_of_three, scripts.untouched]
    once, again = played(*some), played(*some)
    assert [report.as_json(result) for result in once] == [report.as_json(result) for result in again]
    texts = [[act.text for act in acts_of(seed)] for seed in (1, 1, 2, 3, 4)]
    assert texts[0] == texts[1]
    assert len({tuple(each) for each in texts}) > 1


def acts_of(seed: int) -> list[Any]:
    """The offers that a drill begins with."""
    scene = Scene(seed, "untouched")
    acts: Any = drill_of(scripts.untouched).script(scene).send(None)
    return list(acts)


# --- finding them ---------------------------------------------------------------------------------------------------


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, **files: str) -> ModuleType:
    """A package of these files, importable until the test ends."""
    (folder / name).mkdir()
    for file, source in {"__init__": "", **files}.items():
        (folder / name / f"{file}.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module(name)


def test_a_new_file_is_found_without_a_list_to_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "from masstransit.drills.drill import attack\n"
        "@attack('9', bulk=True)\n"
        "def brand_new(scene):\n"
        "    'Something that nobody\\n    thought of.'\n"
        "    yield scene.wait(seconds=1)\n"
    )
    (found,) = drills(package(tmp_path, monkeypatch, "more_drills", clause_99=source))
    assert (found.name, found.clause, found.sort, found.leak) == ("brand-new", "9", "attack", BULK_LEAK)
    assert found.says == "Something that nobody thought of."


def test_two_drills_of_one_name_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "from masstransit.drills.drill import lawful\n@lawful('9')\ndef alike(scene):\n    'A twin.'\n    yield []\n"
    with pytest.raises(BadInput, match="two drills are called alike"):
        drills(package(tmp_path, monkeypatch, "twin_drills", first=one, second=one))


def test_no_drill_of_a_name_is_an_error() -> None:
    with pytest.raises(BadInput, match="no drill no-such-drill"):
        chosen("no-such-drill")


def test_drills_are_chosen_by_name_by_clause_or_all() -> None:
    assert {each.clause for each in chosen("7")} == {"7"}
    assert [each.name for each in chosen("bought-list")] == ["bought-list"]
    assert chosen("all") == drills()


@pytest.mark.parametrize("drill", drills(), ids=lambda drill: drill.name)
def test_every_drill_says_in_a_sentence_what_it_is(drill: Drill) -> None:
    assert len(drill.says) > 30
    assert drill.says.endswith(".")


#: Clauses that texts can break: 13 and 19 are about calls, R about numbers that nobody uses.
OF_TEXTS = ("A", "B", *(str(n) for n in range(1, 19) if n != 13))


@pytest.mark.parametrize("clause", OF_TEXTS)
def test_every_clause_of_texts_has_attacks_and_lawful_twins(clause: str) -> None:
    sorts = Counter(drill.sort for drill in drills() if drill.clause == clause)
    assert sorts["attack"] >= 3
    assert sorts["lawful"] >= 2


# --- the command ----------------------------------------------------------------------------------------------------


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.run(["drill", *arguments])
    out = capsys.readouterr()
    return status, out.out, out.err


def test_json_is_an_array_of_results_with_the_seed_that_was_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = told(capsys, "bought-list", "--json")
    (one,) = json.loads(out)
    assert set(one) >= FIELDS | {"attack"}
    assert "lawful" not in one
    assert (status, one["ok"], one["drill"], one["leaked"]) == (0, True, "bought-list", 0)
    assert f"seed {one['seed']}" in err
    again = json.loads(told(capsys, "bought-list", "--json", "--seed", str(one["seed"]))[1])
    assert again == [one]


def test_the_table_is_for_people_and_the_exit_status_says_whether_all_is_ok(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, _ = told(capsys, "school-closing", "--seed", "3")
    assert status == 0
    assert "LAWFUL TRAFFIC" in out
    assert "all ok" in out
    monkeypatch.setattr(drilling, "chosen", lambda _: (drill_of(scripts.never_stopped),))
    status, out, _ = told(capsys, "never-stopped", "--seed", "3")
    assert status == 1
    assert "NOT OK: never-stopped" in out


def test_drills_are_listed_and_an_unknown_one_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = told(capsys, "--list")
    assert (status, len(out.splitlines())) == (0, len(drills()))
    status, _, err = told(capsys, "no-such-drill")
    assert status == 2
    assert "--list" in err
