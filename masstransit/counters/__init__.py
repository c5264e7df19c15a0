"""Counters: windows in memory, or in Redis for many processes. Losing them costs counts, never a message or a STOP."""

from __future__ import annotations

from masstransit.counters.memory import MemoryCounters
from masstransit.counters.operations import Count, Counters, Distinct, Operation, Seen, Sums, Take, Taken, Turned, Turns
from masstransit.counters.redis import RedisCounters
from masstransit.errors import ConfigError

__all__ = [
    "Count",
    "Counters",
    "Distinct",
    "MemoryCounters",
    "Operation",
    "RedisCounters",
    "Seen",
    "Sums",
    "Take",
    "Taken",
    "Turned",
    "Turns",
    "open_counters",
]


def open_counters(url: str) -> Counters:
    """Counters by URL: `memory://`, `redis://HOST:PORT`, `redis+cluster://HOST:PORT,HOST:PORT`. Raises `ConfigError`.

    Nothing is connected yet; counters that can't be reached say so when they are asked.
    """
    scheme, separator, rest = url.partition("://")
    places = rest.rstrip("/")
    if scheme == "memory" and separator and not places:
        return MemoryCounters()
    if scheme == "redis" and "," not in places:
        return RedisCounters(_addresses(url, places))
    if scheme == "redis+cluster":
        return RedisCounters(_addresses(url, places), cluster=True)
    raise _not_understood(url)


def _addresses(url: str, places: str) -> list[tuple[str, int]]:
    found = []
    for place in places.split(","):
        host, _, port = place.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise _not_understood(url)
        found.append((host.strip("[]"), int(port)))
    return found


def _not_understood(url: str) -> ConfigError:
    return ConfigError(f"counters = '{url}': say memory://, redis://HOST:PORT or redis+cluster://HOST:PORT,HOST:PORT")
