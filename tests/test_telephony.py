"""Who dials the calls that the house leads."""

from __future__ import annotations

import pytest

from masstransit import config, telephony
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
    assert telephony.dialler_of(settings, None, LINES) is alone
    assert isinstance(telephony.dialler_of(settings, PHONES, LINES), beside_phones)
