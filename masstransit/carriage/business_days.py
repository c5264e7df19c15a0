"""Business days: by when something is decided that people decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from masstransit.errors import ConfigError
from masstransit.facts.law import after_business_days, is_business_day, public_holidays

_INSTANT = timedelta(microseconds=1)  # what is due at midnight is due on the day that ends then


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
        """By when an appeal is decided that came at `since`."""
        return self.after(since, self.days)

    def left(self, now: datetime, until: datetime) -> int:
        """How many business days follow today before it is `until`, its own among them; 0 on the last day."""
        clock = ZoneInfo(self.zone)
        today, last = now.astimezone(clock).date(), (until - _INSTANT).astimezone(clock).date()
        days = (today + timedelta(days=n) for n in range(1, (last - today).days + 1))
        return sum(is_business_day(day, self.country, self.state) for day in days)

    def after(self, since: datetime, days: int) -> datetime:
        """So many business days after `since` (`law.after_business_days`)."""

        def is_one(day: date) -> bool:
            return is_business_day(day, self.country, self.state)

        return after_business_days(since.astimezone(ZoneInfo(self.zone)), days, is_one).astimezone(UTC)
