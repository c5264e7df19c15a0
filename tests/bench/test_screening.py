"""The comparison with rspamd: what it gets, what it may not ask, and what `screen` costs."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path

import pytest

from bench import rspamd, screening


def test_a_text_goes_to_rspamd_as_a_mail_that_is_in_order() -> None:
    text = "Ünïcode.\n\nAnd a second line: https://shop.example/x"
    request = screening.request(7, text)
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /checkv2 HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    read = email.message_from_bytes(body, policy=email.policy.SMTPUTF8)
    assert read.get_content_type() == "text/plain"
    assert all(read[name] for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"))
    assert read.get_payload(decode=True).decode().replace("\r\n", "\n") == text + "\n"  # type: ignore[union-attr]


def test_rspamd_gets_no_way_out() -> None:
    told = rspamd.configuration(11333, 5353)
    assert 'nameserver = ["127.0.0.1:5353"]' in told
    assert 'bind_socket = "127.0.0.1:11333"' in told
    assert "http" not in told
    assert not any(f"{module} {{" in told for module in ("rbl", "surbl", "fuzzy_check", "redis", "neural", "dmarc"))


def test_our_own_texts_are_of_every_kind_and_no_two_alike() -> None:
    own = screening.sets(200)["our own"]
    assert len(own) == len(set(own)) == 200
    assert any("http" in text or "/" in text for text in own)


def test_what_screen_costs_is_measured_without_its_start(tmp_path: Path) -> None:
    texts = screening.sets(20)["our own"]
    cost = screening.screen("our own", texts, tmp_path, rounds=1)
    lines = (tmp_path / "texts.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == list(texts)
    assert (cost.judge, cost.count) == ("screen", 20)
    assert cost.start_s > 0.1
    assert cost.memory_mib > 20
    assert len(cost.cells()) == len(screening.COLUMNS)


async def test_without_rspamd_ours_alone_is_measured_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(screening, "_UCI", tmp_path / "nowhere.csv")
    made = await screening.costs(3, tmp_path, rounds=1)
    assert {cost.judge for cost in made} == {"screen"}
    assert "rspamd is not installed here" in capsys.readouterr().err
