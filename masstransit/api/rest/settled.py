"""Fields with one possible value: taken where they ask for what happens anyway, refused by name where they don't."""

from __future__ import annotations

from collections.abc import Mapping

from masstransit.api.dialect import Form
from masstransit.errors import BadInput

#: field -> (the one value that it can have, why)
Settled = Mapping[str, tuple[str, str]]


def check(form: Form, settled: Settled) -> None:
    """Refuse any other value. Raises `BadInput`."""
    for name, (only, why) in settled.items():
        value = form.get(name)
        if value is not None and value.lower() != only.lower():
            raise BadInput(f"The field '{name}' can only be {only}: {why}.", field=name)
