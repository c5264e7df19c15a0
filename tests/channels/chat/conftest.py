"""A house with sockets."""

from __future__ import annotations

from tests.api.conftest import gated

__all__ = ["gated"]
