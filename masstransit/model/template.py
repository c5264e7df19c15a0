"""Templates of texts: placeholders in double braces that variables fill, such as `Hi {{name}}, your code is {{1}}`.

A name is 1 to 16 letters, digits and underscores. A value is put in as it is: what looks like a placeholder in it stays
what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from masstransit.errors import BadInput

_PLACE = re.compile(r"\{\{([A-Za-z0-9_]{1,16})\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


def names_in(template: str) -> frozenset[str]:
    """The variables that a template asks for. Raises `BadInput` where braces stand around no name."""
    stray = _BRACES.search(_PLACE.sub("", template))
    if stray is not None:
        raise BadInput(
            f"'{stray[0]}' belongs to no placeholder; one is {{{{name}}}}: 1 to 16 letters, digits, underscores.",
            field="types",
        )
    return frozenset(_PLACE.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text, with every placeholder filled. Raises `KeyError` for one that has no value."""
    return _PLACE.sub(lambda place: values[place[1]], template)
