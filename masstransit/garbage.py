"""When the collector of cycles runs."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """What was built until now stays for good: the collector of cycles need not look at it again. What messages leave
    behind is freed as they go, without it. It looks for the few cycles there are after 5,000 objects that stayed and
    not after 700, which saves a tenth of the work a message is; after ten times as many it would stand in everybody's
    way for fifteen milliseconds. All that is there is looked through seldom: that takes a tenth of a second."""
    gc.freeze()
    gc.set_threshold(5_000, 5, 1_000)
