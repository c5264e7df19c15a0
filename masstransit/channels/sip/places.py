"""How many calls an account has going, and how fast it begins them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may, where its login says nothing. No authority sets these figures; they are defaults."""

    at_once: int = 50
    a_second: float = 5.0


class Places:
    """Counts of this process's switch: after a restart they begin with the calls that it still has."""

    def __init__(self) -> None:
        self._live: dict[str, set[str]] = {}  # account -> its calls
        self._tokens: dict[str, tuple[float, float]] = {}  # account -> what is left, and when that was reckoned

    @property
    def live(self) -> Mapping[str, int]:
        """Account -> how many of its calls are going on."""
        return {account: len(calls) for account, calls in self._live.items()}

    def begin_with(self, live: Mapping[str, str]) -> None:
        """The switch says what it has: call -> account."""
        self._live = {}
        for call, account in live.items():
            self.began(account, call)

    def full(self, account: str, limits: Limits, now: float) -> str:
        """Why one more call can't begin just now; "" when it can, and then it is counted as begun this second."""
        if crowded := self.crowded(account, limits):
            return crowded
        hasty = self.wait(account, limits, now) > 0
        return f"faster than this account may begin calls: {limits.a_second:g} a second" if hasty else ""

    def crowded(self, account: str, limits: Limits, beside: int = 0) -> str:
        """Why one more call would be too many at once, with `beside` that are about to begin; "" where it would not."""
        full = len(self._live.get(account, ())) + beside >= limits.at_once
        return f"as many calls as this account may have at once: {limits.at_once}" if full else ""

    def wait(self, account: str, limits: Limits, now: float) -> float:
        """Seconds until one more call can begin; 0.0: at once, and then it is counted as begun this second."""
        left, then = self._tokens.get(account, (max(1.0, limits.a_second), now))
        left = min(max(1.0, limits.a_second), left + (now - then) * limits.a_second)
        self._tokens[account] = (left - 1 if left >= 1 else left, now)
        return 0.0 if left >= 1 else (1 - left) / limits.a_second

    def began(self, account: str, call: str) -> None:
        """One more goes on."""
        self._live.setdefault(account, set()).add(call)

    def ended(self, account: str, call: str) -> None:
        """One less; told again, it is no less than that."""
        calls = self._live.get(account, set())
        calls.discard(call)
        if not calls:
            self._live.pop(account, None)
