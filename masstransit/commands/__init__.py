"""The commands, by what they are for; each module makes its own known, and says what they do.

Only the module of the command that was asked for is imported: `screen` in a pipe does not wait for what `serve` needs.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Module -> its commands, in the order in which help shows them.
ROOMS: Mapping[str, tuple[str, ...]] = {
    "masstransit.commands.serving": ("serve", "demo", "check-config"),
    "masstransit.commands.screening": ("screen",),
    "masstransit.commands.explaining": ("explain", "ledger"),
    "masstransit.commands.drilling": ("drill",),
    "masstransit.desk.commands": ("replay", "observed", "release", "overturn", "rules", "reinstate"),
    "masstransit.desk.standing": ("standing",),
    "masstransit.desk.appeals": ("appeals",),
    "masstransit.desk.cases": ("cases",),
    "masstransit.desk.complaints": ("complaints",),
    "masstransit.desk.inventory": ("daily", "numbers"),
    "masstransit.desk.lists": ("lists",),
    "masstransit.desk.evidence": ("evidence", "proof"),
    "masstransit.commands.logins": ("bind", "sip-login"),
    "masstransit.commands.customers": ("account", "allowance", "contact", "end-user", "guideline"),
    "masstransit.commands.people": ("users",),
    "masstransit.commands.importing": ("import",),
    "masstransit.commands.records": ("order", "lift", "baa", "licence", "incident", "rights", "lookups"),
    "masstransit.commands.keeping": ("migrate", "backup", "restore"),
}
