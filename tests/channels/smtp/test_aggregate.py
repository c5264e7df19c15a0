from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from masstransit.channels.smtp import aggregate
from masstransit.channels.smtp.aggregate import MOST_ROWS, of_file, read
from masstransit.errors import BadInput

SET = Path(__file__).parents[4] / "shared/data/conformance/f_dmarc_reports"
ROW = """<record><row><source_ip>192.0.2.7</source_ip><count>{count}</count><policy_evaluated>
<disposition>none</disposition><dkim>{dkim}</dkim><spf>fail</spf><reason><type>forwarded</type></reason>
</policy_evaluated></row><identifiers><header_from>shop.example</header_from></identifiers>
<auth_results><dkim><domain>shop.example</domain><result>pass</result></dkim></auth_results></record>"""


def xml(*rows: str, before: str = "", domain: str = "shop.example", begin: str = "1700000000") -> bytes:
    return (
        f"{before}<feedback><report_metadata><org_name>Reader</org_name><report_id>r-1</report_id>"
        f"<date_range><begin>{begin}</begin><end>1700086399</end></date_range></report_metadata>"
        f"<policy_published><domain>{domain}</domain><p>reject</p></policy_published>{''.join(rows)}</feedback>"
    ).encode()


def zipped(*files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for at, data in enumerate(files):
            made.writestr(f"{at}.xml", data)
    return held.getvalue()


def test_a_report_is_read() -> None:
    told = of_file(xml(ROW.format(count=3, dkim="pass"), ROW.format(count=2, dkim="fail")))
    assert (told.organisation, told.reference, told.domain, told.policy) == ("Reader", "r-1", "shop.example", "reject")
    assert told.begins == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (told.mails, told.failed) == (5, 2)
    first = told.tallies[0]
    assert (first.source, first.count, first.dkim, first.spf) == ("192.0.2.7", 3, "pass", "fail")
    assert (first.overridden, first.dkim_domains) == (("forwarded",), ("shop.example=pass",))


@pytest.mark.parametrize(("kind", "pack"), [("gzip", gzip.compress), ("zip", zipped), ("xml", bytes)])
def test_it_comes_packed_in_a_mail(kind: str, pack: Callable[[bytes], bytes]) -> None:
    head = f"From: r@reader.test\r\nContent-Type: application/{kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert read(head.encode() + pack(xml(ROW.format(count=1, dkim="pass")))).mails == 1


def test_a_document_type_is_refused_before_anything_in_it_is_read() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(BadInput, match="no document type"):
        of_file(xml(before=laughs))
    with pytest.raises(BadInput, match="no document type"):
        of_file(xml(before='<!DOCTYPE x SYSTEM "http://evil.test/x.dtd">'))


def test_a_bomb_costs_no_more_than_its_bound() -> None:
    bomb = b" " * (aggregate.LARGEST + 1)
    for packed in (gzip.compress(bomb), zipped(bomb)):
        assert len(packed) < 100_000
        with pytest.raises(BadInput, match="when it is unpacked"):
            of_file(packed)


def test_rows_beyond_the_bound_are_counted_and_not_kept() -> None:
    told = of_file(xml(*[ROW.format(count=2, dkim="pass")] * (MOST_ROWS + 3)))
    assert (len(told.tallies), told.truncated, told.mails) == (MOST_ROWS, 6, 2 * (MOST_ROWS + 3))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no XML"),
        (b"<feedback>", "no XML"),
        (b"PK\x03\x04broken", "unpacked"),
        (zipped(b"<a/>", b"<b/>"), "2 files"),
        (b"\x1f\x8bbroken", "unpacked"),
        (b"<feedback/>", "names its domain"),
        (xml(domain=""), "names its domain"),
        (xml(begin="soon"), "for which time"),
        (xml(begin="9" * 30), "for which time"),
    ],
)
def test_what_is_no_report_is_told_so(data: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        of_file(data)


def test_counts_that_are_none_count_nothing() -> None:
    assert of_file(xml(ROW.format(count="-5", dkim="pass"), ROW.format(count="1e9", dkim="pass"))).mails == 0


def test_real_reports_are_read_or_refused_in_words() -> None:
    if not SET.exists():
        pytest.skip("the set of real reports is not beside the project")
    good, bad = {}, {}
    for each in sorted([*SET.glob("aggregate*/*"), *SET.glob("extract_report/*")]):
        try:
            told = read(each.read_bytes()) if each.suffix == ".eml" else of_file(each.read_bytes())
        except BadInput as wrong:
            bad[each.name] = str(wrong)
        else:
            good[each.name] = told
    assert len(good) == 21
    assert sorted(bad) == ["ikea.com_example.de_1538690400_1538776800.xml", "invalid_xml.xml"]
    assert all("no XML" in why for why in bad.values())
    nice = [told.mails for name, told in good.items() if name.startswith("nice-input")]
    assert nice == [3047, 3047, 3047]
    assert good["rfc9990-example.net_example.com_1700000000_1700086399.xml"].failed == 2
