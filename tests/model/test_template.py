"""Placeholders are filled once, and braces around no name are told."""

from __future__ import annotations

import pytest

from masstransit.errors import BadInput
from masstransit.model.template import fill, names_in


def test_placeholders_have_names_of_letters_digits_and_underscores() -> None:
    assert names_in("Hi {{name}}, {{1}} and {{first_name}}; {1} and { {2} } are text.") == {"name", "1", "first_name"}
    assert names_in("nothing") == frozenset()


@pytest.mark.parametrize(
    "text", ["{{}}", "{{id name}}", "{{example}", "{example}}", "{{ 1 }}", "{{a-b}}", "{{" + "x" * 17 + "}}", "{{é}}"]
)
def test_braces_around_no_name_are_told(text: str) -> None:
    with pytest.raises(BadInput, match="placeholder"):
        names_in(text)


def test_a_value_is_put_in_as_it_is() -> None:
    values = {"1": "{{2}}", "2": "x", "name": r"\1 \g<0> é"}
    assert fill("{{1}}{{2}}{{1}} {{name}}", values) == r"{{2}}x{{2}} \1 \g<0> é"
    with pytest.raises(KeyError):
        fill("{{3}}", values)
