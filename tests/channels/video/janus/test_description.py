"""Offers as they are handed to Janus: what each line sends, and no address that a participant named."""

from __future__ import annotations

import pytest

from masstransit.channels.video.janus.description import lines_of, sources_of, without_candidates
from masstransit.errors import BadInput

OFFER = (
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n"
    "a=end-of-candidates\r\n"
    "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\na=mid:1\r\na=sendonly\r\n"
)
USES = {"0": "microphone", "1": "camera"}


def test_the_lines_of_an_offer_are_told_apart() -> None:
    assert sources_of(OFFER, USES) == USES
    assert [line.refused for line in lines_of(OFFER)] == [False, False]
    refused = OFFER.replace("a=bundle-only\r\n", "")
    assert [line.refused for line in lines_of(refused)] == [False, True]


def test_no_address_that_a_participant_named_goes_on() -> None:
    bare = without_candidates(OFFER)
    assert "10.0.0.1" not in bare
    assert "end-of-candidates" not in bare
    assert lines_of(bare) == lines_of(OFFER)


@pytest.mark.parametrize(
    ("sdp", "uses", "said"),
    [
        ("v=0\r\n", {}, "1 to 8 lines"),
        (OFFER, {"0": "microphone"}, "say what line '1'"),
        (OFFER, {"0": "camera", "1": "camera"}, "say what line '0'"),
        (OFFER, {"0": "microphone", "1": "seat"}, "the house offers what others send"),
        (OFFER.replace("sendonly", "sendrecv"), USES, "goes one way"),
        (OFFER.replace("m=audio", "m=video"), {"0": "camera", "1": "camera"}, "one camera is the most"),
        (OFFER.replace("a=mid:1", "a=mid:" + "1" * 17), USES, "say what line ''"),
    ],
)
def test_an_offer_that_can_not_be_used_says_why(sdp: str, uses: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        sources_of(sdp, uses)
