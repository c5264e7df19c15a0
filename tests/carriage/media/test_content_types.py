"""What a file is by its bytes, and who lies about it."""

from __future__ import annotations

import pytest

from masstransit.carriage.media import content_types
from tests.carriage.media import drawn

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(40)
THREE_GP = b"\0\0\0\x18ftyp3gp4\0\0\0\0" + bytes(40)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (drawn.jpeg(), "image/jpeg"),
        (b"%PDF-1.7\n", "application/pdf"),
        (THREE_GP, "video/3gpp"),
        (b"\0\0\0\x18ftyp3g2a\0\0\0\0", "video/3gpp2"),
        (MP4, "video/mp4"),
        (b"#!AMR\n" + bytes(40), "audio/amr"),
        (b"#!AMR-WB\n" + bytes(40), "audio/amr-wb"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n", "text/vcard"),
        (b"BEGIN:VCALENDAR\r\n", "text/calendar"),
        (b"  <!-- hi --><HTML><body>", "text/html"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>", "text/html"),
        (b"<script>alert(1)</script>", "text/html"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b"<smil><body/></smil>", "application/smil"),
        (b"MZ" + bytes(80), "application/x-msdownload"),
        ("Grüße, 5 < 6".encode(), "text/plain"),
        (b"caf\xe9", "text/plain"),
        (bytes(50), "application/octet-stream"),
        (b"\x01\x02\x03\xff", "application/octet-stream"),
    ],
)
def test_a_file_is_what_it_contains(data: bytes, found: str) -> None:
    assert content_types.of_content(data) == found


@pytest.mark.parametrize(
    ("name", "header", "content", "lie"),
    [
        ("cat.jpg", "image/jpg", "image/jpeg", ""),
        ("film.3gp", "video/mp4", "video/3gpp", ""),
        ("letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "application/zip", ""),
        ("rows.csv", "text/csv; charset=utf-8", "text/plain", ""),
        ("data.json", "application/json", "text/plain", ""),
        ("", "application/octet-stream", "image/png", ""),
        ("a.unheard-of", "application/x-own", "application/octet-stream", ""),
        ("cat.jpg", "image/jpeg", "application/x-msdownload", "image/jpeg"),
        ("cat.jpg", "", "text/html", "image/jpeg"),
        ("cat.png", "", "image/jpeg", "image/png"),
        ("notes.txt", "text/plain", "text/html", "text/plain"),
        ("bill.pdf", "application/pdf", "application/octet-stream", "application/pdf"),
        ("cat.png", "", "application/zip", "image/png"),
    ],
)  # fmt: skip
def test_only_a_name_of_another_family_is_a_lie(name: str, header: str, content: str, lie: str) -> None:
    assert content_types.claimed(name, header, content) == lie


@pytest.mark.parametrize(
    ("told", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\cat.jpg", "cat.jpg"), ("a\x00\u202eb.jpg\n", "a\u202eb.jpg"),
     ("Übersicht 1.pdf", "Übersicht 1.pdf"), ("x" * 300, "x" * 255)],
)  # fmt: skip
def test_a_name_has_no_folders(told: str, kept: str) -> None:
    assert content_types.plain_name(told) == kept
