"""Which policy is in force by the settings: its text, its clauses with their figures, accounts' own terms."""

from __future__ import annotations

import hashlib
from pathlib import Path

from masstransit import config, policy, terms
from masstransit.clause import Clause
from masstransit.errors import ConfigError
from masstransit.model.edition import Edition


def edition_of(settings: config.Settings) -> Edition:
    """The edition of the policy that customers accept: the operator's file, or the plain-language one."""
    given = settings.policy.get("text")
    if given is None:
        text, source, dated = policy.PLAIN, "plain", policy.PLAIN_DATED
    else:
        try:
            text = Path(given).read_text()
        except (OSError, UnicodeDecodeError) as unreadable:
            raise ConfigError(f"[policy] text = '{given}' can't be read: {unreadable}") from unreadable
        source, dated = "operator", str(settings.policy.get("dated", ""))
        if not dated:
            raise ConfigError("[policy] text is given without `dated`: say which edition it is, such as 2019-01-23")
    return Edition(text=text, digest=hashlib.sha256(text.encode()).hexdigest(), dated=dated, source=source)


def clauses_of(settings: config.Settings) -> tuple[tuple[Clause, ...], dict[str, tuple[Clause, ...]]]:
    """The clauses in force, and the editions of accounts that observe or whose Agreement has terms of its own."""
    house = policy.clauses(settings.policy)
    if settings.observe:
        house = terms.observed(house, settings.enforce, "settings")
    return house, terms.editions(house, settings.account)
