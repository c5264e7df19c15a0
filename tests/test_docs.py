"""The documentation names everything that there is, and its links lead somewhere."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import msgspec
import pytest

from masstransit import cli, config, policy
from masstransit.clause import Clause
from masstransit.commands import ROOMS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "masstransit"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def text(path: str) -> str:
    return (ROOT / path).read_text()


def fields(settings: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(settings)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    missing = [
        target
        for target in LINK.findall(page.read_text())
        if not target.startswith("https://") and not (page.parent / target).exists()
    ]
    assert missing == []


def test_every_setting_is_described() -> None:
    operating = text("docs/operating.md")
    nested = (
        config.SmppSettings,
        config.SipSettings,
        config.WebhookSettings,
        config.BudgetSettings,
        config.AppealSettings,
    )
    names = [*fields(config.Settings), *(name for settings in nested for name in fields(settings))]
    shown = [n for n in names if f"`{n}`" not in operating and f"[{n}]`" not in operating]
    assert [n for n in shown if f"`[{n}.AC...]`" not in operating and f"`[[{n}]]`" not in operating] == []
    assert [name for name in config.ENVIRONMENT if f"`{name}`" not in operating] == []


def test_every_command_is_described() -> None:
    operating = text("docs/operating.md")
    actions = cli._parser(ROOMS)._actions
    commands = next(a for a in actions if isinstance(a, argparse._SubParsersAction)).choices
    assert [name for name in commands if f"`masstransit {name}" not in operating] == []


def test_every_room_and_channel_stands_in_the_architecture() -> None:
    architecture = text("docs/architecture.md")
    rooms = [p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()]
    channels = {p.stem for p in (PACKAGE / "channels").iterdir() if not p.name.startswith("_")}
    assert [room for room in rooms if f"{room}/" not in architecture] == []
    assert [channel for channel in channels if channel not in architecture] == []


def test_files_that_the_documentation_names_are_there() -> None:
    named = re.compile(r"`((?:masstransit|tests|docs|api|carriage|channels|model|storage|policy|facts)/[\w./]+\.\w+)`")
    missing = {
        name
        for page in PAGES
        if page.name != "a-new-clause.md"
        for name in named.findall(page.read_text())
        if not (ROOT / name).exists() and not (PACKAGE / name).exists()
    }
    assert missing == set()


@pytest.mark.parametrize("kind", policy.AUP, ids=lambda kind: kind.number)
def test_every_clause_stands_in_the_policy_page(kind: type[Clause]) -> None:
    clause = kind()
    page = text("docs/policy.md")
    assert clause.title in page
    assert [made.id for made in clause.rules() if made.id not in page] == []
    assert [figure.name for figure in clause.figures() if figure.name not in page] == []


def test_the_changelog_lists_policy_by_clauses_that_there_are() -> None:
    policy_part = text("CHANGELOG.md").split("### Policy")[1]
    listed = re.findall(r"^- \*\*(\w+)\*\*", policy_part, re.MULTILINE)
    assert listed
    assert set(listed) <= {clause.number for clause in policy.AUP}


def test_decisions_are_numbered_dated_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for number, page in enumerate(sorted(folder.glob("[0-9]*.md")), 1):
        written = page.read_text()
        assert page.name.startswith(f"{number:04d}-")
        assert written.startswith(f"# {number}. ")
        assert page.name in index
        for part in ("Date: 20", "## Choice", "## Evidence", "## Alternatives"):
            assert part in written


def test_no_page_names_a_machine_of_ours() -> None:
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(work|tmp|root)/", page.read_text()), page
