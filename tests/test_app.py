"""What is joined with what."""

from __future__ import annotations

import pytest

from masstransit import app, config
from masstransit.carriage.voice.choosing import Chosen
from masstransit.channels.loopback import Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.clock import SystemClock

TRUNK = config.SipTrunkSettings(name="carrier", host="192.0.2.1")
PHONES, LINES = Handsets(Phones([]), SystemClock()), Handsets(Phones([]), SystemClock())


@pytest.mark.parametrize(
    ("settings", "alone", "beside_phones"),
    [
        (config.Settings(trunk=(TRUNK,)), LINES, Chosen),
        (config.Settings(trunk=(TRUNK,), sip=""), None, Handsets),  # calls are not served
        (config.Settings(), None, Handsets),  # no trunk carries them
    ],
)
def test_calls_of_documents_go_by_the_trunks_for_calls_where_there_are_any(
    settings: config.Settings, alone: Handsets | None, beside_phones: type[object]
) -> None:
    assert app.dialler_of(settings, None, LINES) is alone
    assert isinstance(app.dialler_of(settings, PHONES, LINES), beside_phones)
