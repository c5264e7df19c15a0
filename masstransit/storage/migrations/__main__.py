"""Draft a migration: what `tables.py` says and the migrations so far don't. A person reads it before it is kept."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from masstransit.storage import migrations
from masstransit.storage.engine import open_engine
from masstransit.storage.tables import Instant, Json, metadata

_STEP = '''"""{about}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade() -> None:{long}
    {code}
'''


def draft(name: str) -> str:
    """The text of a migration from what the migrations so far make to what the tables say now."""
    number, _, about = name.partition("_")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        applied = migrations.migrate(url) if _any() else []
        engine = open_engine(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            produced = produce_migrations(context, metadata)
            if produced.upgrade_ops is None or produced.upgrade_ops.is_empty():
                raise SystemExit("the migrations make what the tables say: nothing to draft")
            code = render_python_code(produced.upgrade_ops, render_item=_plain, migration_context=context)
        engine.dispose()
    code = re.sub(r"^ *# .*\n", "", code, flags=re.MULTILINE).strip()
    return _STEP.format(
        about=about.replace("_", " ").capitalize(),
        revision=number,
        before=applied[-1] if applied else None,
        long="  # noqa: PLR0915 - a list of tables" if code.count("op.create") > 50 else "",
        code=code,
    )


def _plain(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Our types as what they are stored as, so that a migration stays true when they change."""
    if kind != "type":
        return False
    return {Instant: "sa.BigInteger()", Json: "sa.Text()"}.get(type(item), False)


def _any() -> bool:
    return any((migrations.FOLDER / "versions").glob("[0-9]*.py"))


def main(arguments: list[str]) -> None:
    """Write the draft beside the others."""
    if len(arguments) != 1 or not re.fullmatch(r"\d{4}_\w+", arguments[0]):
        raise SystemExit("usage: python -m masstransit.storage.migrations 0002_what_it_does")
    file: Path = migrations.FOLDER / "versions" / f"{arguments[0]}.py"
    file.unlink(missing_ok=True)
    file.write_text(draft(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
