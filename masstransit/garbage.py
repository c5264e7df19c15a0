"""When the collector of cycles runs."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """What was built until now stays for good: the collector of cycles need not look at it again. What messages leave
    behind is freed as they go, without it; so it looks for the few cycles there are after 50,000 new objects and not
    after 700, which saves a tenth of the work a message is, and pauses of a tenth of a second."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
