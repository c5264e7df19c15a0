"""What a clause shows of a text: the scores it rests on, rounded, and the words that show them."""

from __future__ import annotations

from typing import Any

from masstransit.facts.content import Content


def shown(content: Content, *labels: str) -> dict[str, Any]:
    """Evidence for a ruling: `labels` with their scores, and their words where there are some."""
    spans = {label: content.spans[label] for label in labels if content.spans.get(label)}
    found: dict[str, Any] = {"labels": {label: round(content.labels[label], 2) for label in labels}}
    return found | {"spans": spans} if spans else found
