"""What feedback loops write is told from what is no complaint."""

from __future__ import annotations

from pathlib import Path

import pytest

from masstransit import config
from masstransit.certificates import certificate_of
from masstransit.errors import ConfigError
from masstransit.mail_in import complaint

SET = Path(__file__).parents[2] / "shared/data/conformance/f_arf_bounces"
PLAIN = b"From: Loop <fbl@reader.test>\r\nMessage-ID: <r1>\r\nSubject: complaint\r\n"


def test_one_that_knows_of_no_format_complains_of_the_mail_that_is_attached() -> None:
    told = complaint(PLAIN + b"Content-Type: message/rfc822\r\n\r\nFrom: news@shop.example\r\n\r\nSale\r\n")
    assert told is not None
    assert (told.type, told.reporter, told.reference) == ("abuse", "reader.test", "<r1>")


def test_what_has_neither_report_nor_mail_is_no_complaint() -> None:
    assert complaint(PLAIN + b"\r\nYour new loop works.\r\n") is None


def test_a_certificate_that_can_not_be_used_is_told_before_the_start(tmp_path: Path) -> None:
    assert certificate_of(config.MailInSettings(), "mail_in") is None
    with pytest.raises(ConfigError, match=r"\[mail_in\] tls_certificate = '.*none.pem' can't be used"):
        certificate_of(config.MailInSettings(tls_certificate=str(tmp_path / "none.pem")), "mail_in")


def test_real_reports_are_complaints_where_they_say_so() -> None:
    if not SET.exists():
        pytest.skip("the set of real reports is not beside the project")
    told = {each.parent.name + each.stem: complaint(each.read_bytes()) for each in SET.glob("*/arf-*.eml")}
    assert len(told) == 19
    none = {name for name, found in told.items() if found is None}
    assert {"bsdarf-12", "bsdarf-18", "bsdarf-19", "bsdarf-20"} <= none  # an opt-out, and failed authentication
    assert {found.type for found in told.values() if found} == {"abuse"}
    assert sum(found is not None for found in told.values()) >= 11
