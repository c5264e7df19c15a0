"""Business days: by when something is decided that people decide."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from masstransit.errors import ConfigError
from masstransit.facts.law import public_holidays

_SATURDAY = 5
_DAY = timedelta(days=1)


class BusinessDays(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar of days on which people work: no weekend, no public holiday, as the place's own clocks have them."""

    country: str = "US"  #: its holidays; of the United States the federal ones
    state: str = ""  #: and those of a state or province
    zone: str = "America/New_York"  #: where days begin and end
    days: int = 5  #: within so many an appeal is decided (rulebook 0.4, default)

    def check(self) -> None:
        """Raises `ConfigError` for a country, state or zone that there is not."""
        try:
            public_holidays(self.country, self.state, 2026)
        except NotImplementedError as unknown:
            place = f"'{self.country}'" + (f", state '{self.state}'" if self.state else "")
            raise ConfigError(f"[appeals] country = {place}: no calendar has its holidays; say US, or DE") from unknown
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as unknown:
            raise ConfigError(f"[appeals] zone = '{self.zone}': say America/New_York, or UTC") from unknown
        if self.days < 1:
            raise ConfigError(f"[appeals] days = {self.days}: one at least")

    def due(self, since: datetime) -> datetime:
        """By when something that came at `since` is decided: at the same time of day so many business days later; of
        what comes on a day off, at the end of the last of so many that follow it."""
        clock = ZoneInfo(self.zone)
        local = since.astimezone(clock)
        came_on_a_day_off = self._is_off(local)
        for _ in range(self.days):
            local += _DAY  # of the calendar: the same time of day, whether or not clocks are put forward
            while self._is_off(local):
                local += _DAY
        if came_on_a_day_off:
            local = datetime.combine(local.date() + _DAY, time(), clock)
        return local.astimezone(UTC)

    def _is_off(self, local: datetime) -> bool:
        day = local.date()
        return day.weekday() >= _SATURDAY or day in public_holidays(self.country, self.state, day.year)
