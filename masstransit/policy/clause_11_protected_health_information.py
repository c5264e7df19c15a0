"""Clause 11: protected health information."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class ProtectedHealthInformation(Clause):
    """Health information that law protects passes only for a customer who signed a business associate agreement
    with us, and only through features in its scope. What merely carries it and keeps nothing may be free of that.
    Somebody's own fitness app is not meant, nor is a vet.
    """

    number = "11"
    title = "Protected health information"
    rests_on = "Whether a customer falls under the law rests on what it is, which no text tells."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    breach_notice_days: int = figure(60, "45 CFR 164.410", "days")
