"""The web pages: the desk's, customers', recipients', and the demo's virtual phones."""

from masstransit.console.house import House, Settings

__all__ = ["House", "Settings"]
