"""The frames, and the page that has them for who writes a client."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from masstransit.channels.chat import frames

DOCS = Path(__file__).parents[3] / "docs" / "chat.md"


def test_every_frame_of_a_client_is_documented_with_its_fields_and_no_other_is() -> None:
    _, _, asked = DOCS.read_text().partition("| you send | with | answer |")
    documented = {}
    for line in asked.partition("\n\n")[0].splitlines()[2:]:
        name, fields, _ = (cell.strip() for cell in line.strip("|").split("|"))
        documented[name.strip("`")] = set(re.findall(r"`(\w+)`", fields))
    kinds = {kind.__struct_config__.tag: set(kind.__struct_fields__) - {"id"} for kind in get_args(frames.Frame)}
    assert documented == kinds
