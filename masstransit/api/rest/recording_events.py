"""The fields by which a recording is asked for, and its events: the same where a call is made and where one goes on."""

from __future__ import annotations

from masstransit.api.dialect import Form, Request
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.carriage.outside import check_url
from masstransit.carriage.recording import Asked
from masstransit.carriage.recording_events import EVENTS, Listener

SETTLED: settled.Settled = {
    "RecordingTrack": ("both", "every leg is recorded"),
    "Trim": ("do-not-trim", "sound is kept as it was said, and its silence with it"),
}
FIELDS = frozenset(
    {
        "RecordingChannels", "RecordingStatusCallback", "RecordingStatusCallbackMethod",
        "RecordingStatusCallbackEvent", "Basis", *SETTLED,
    }
)  # fmt: skip


def asked(request: Request, house: House, source: str) -> Asked:
    """What a form asks for. Raises `BadInput`."""
    form = request.form
    settled.check(form, SETTLED)
    channels = form.one_of("RecordingChannels", ("mono", "dual"))
    return Asked(
        basis=form.text("Basis", 32) or "",
        source=source,
        channels=2 if channels == "dual" else 1,
        listener=_listener(form, house, request.base),
    )


def _listener(form: Form, house: House, base: str) -> Listener | None:
    url = form.get("RecordingStatusCallback")
    if not url:
        return None
    check_url(url, field="RecordingStatusCallback", allow_private=house.settings.allow_private)
    return Listener(
        url=url,
        method=form.one_of("RecordingStatusCallbackMethod", ("GET", "POST")) or "POST",
        events=form.words("RecordingStatusCallbackEvent", EVENTS) or ("completed",),
        base=base,
    )
