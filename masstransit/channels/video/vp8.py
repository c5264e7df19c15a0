"""As much of VP8 (RFC 6386) and of how RTP carries it (RFC 7741) as a forwarder needs."""

from __future__ import annotations


def body_of(payload: bytes) -> tuple[bool, bytes]:
    """Of a packet: whether a picture begins with it (RFC 7741 section 4.2), and what there is of the picture in it."""
    if not payload:
        return False, b""
    first, at = payload[0], 1
    if first & 0x80 and at < len(payload):  # X: more octets say what they are
        more, at = payload[at], at + 1
        if more & 0x80:  # I: the picture's number, in one octet or two
            at += 2 if at < len(payload) and payload[at] & 0x80 else 1
        at += bool(more & 0x40) + bool(more & 0x30)  # L: one octet; T, K: one between them
    begins = bool(first & 0x10) and first & 0x0F == 0  # S of the first partition
    return begins, payload[at:]


def begins_anew(payload: bytes) -> bool:
    """Whether a picture begins with this packet that needs none before it (RFC 6386 section 9.1: a key frame)."""
    begins, body = body_of(payload)
    return begins and bool(body) and body[0] & 1 == 0


def size_of(picture: bytes) -> tuple[int, int] | None:
    """Width and height of a key frame (RFC 6386 section 9.1). None: it is none."""
    if len(picture) < 10 or picture[0] & 1 or picture[3:6] != b"\x9d\x01\x2a":
        return None
    return int.from_bytes(picture[6:8], "little") & 0x3FFF, int.from_bytes(picture[8:10], "little") & 0x3FFF
