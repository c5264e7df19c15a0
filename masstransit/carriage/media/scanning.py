"""What looks for malicious code in what is taken in, and what is said where nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from masstransit.model.media import Scan

#: What is on record of a file that nothing looked through, because the operator named no scanner.
NO_SCANNER = Scan(state="unscanned", why="no scanner")


class Scanner(Protocol):
    """Looks through a file, and all that is packed in it. It raises nothing: what can't be looked through is
    `unscanned` with the reason."""

    async def scan(self, data: bytes, name: str, content_type: str, passwords: Sequence[str] = ()) -> Scan:
        """What came of it. `passwords` were given for what is locked in it."""
        ...


class NoScanner:
    """Nothing is looked through."""

    async def scan(self, data: bytes, name: str, content_type: str, passwords: Sequence[str] = ()) -> Scan:
        return NO_SCANNER
