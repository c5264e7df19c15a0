"""Findings as the desk reads them: with where each stands in the policy, and what shows it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from masstransit.model.decision import Finding
from masstransit.story import evidence, place


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, as it is told."""

    finding: Finding
    places: Sequence[str]  #: where it stands in the policy
    shown_by: Sequence[str]
    at_rest: str  #: why it bound nothing, where a person or its budget put its rule in shadow


def found(finding: Finding, at_rest: str = "") -> Found:
    """A finding in words."""
    places, shown_by = list(place(finding)), list(evidence(finding.evidence))
    return Found(finding=finding, places=places, shown_by=shown_by, at_rest=at_rest)
