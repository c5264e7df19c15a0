"""What was written to slip past a machine is undone; what is merely another script or shorthand is left."""

from __future__ import annotations

import time

import pytest

from masstransit.facts.content.normal import Normaliser, lookalikes

WORDS = (
    "free", "assets", "claim", "your", "prize", "now", "call", "kill", "black", "threat", "a", "to", "click", "link",
    "sex", "winner", "verify", "account", "bank", "the",
)  # fmt: skip


def read(text: str) -> tuple[str, tuple[str, ...]]:
    found = Normaliser(WORDS).normal(text)
    return found.text, found.undone


@pytest.mark.parametrize(
    ("written", "plain", "undone"),
    [
        ("claim your \U0001d5f3\U0001d5ff\U0001d5f2\U0001d5f2 prize", "claim your free prize", "homoglyphs"),
        ("ｃｌａｉｍ now", "claim now", "homoglyphs"),
        ("сlаіm yоur рrіzе", "claim your prize", "homoglyphs"),
        ("τhe αccount", "the account", "homoglyphs"),
        ("verify your ассоunt nоw", "verify your account now", "homoglyphs"),
        ("cl\u200baim your pri\u00adze", "claim your prize", "zero-width"),
        ("cl\u0336\u0337aim", "claim", "accents"),
        ("f r e e prize", "free prize", "spaced"),
        ("f.r.e.e prize", "free prize", "spaced"),
        ("C-L-I-C-K the link", "click the link", "spaced"),
        ("w i n n e r   c l a i m   n o w !", "winner claim now!", "spaced"),
        ("c l i c k t h e l i n k", "click the link", "spaced"),
        ("a t h r e a t", "a threat", "spaced"),
        ("fr33 pr1ze, cal1 n0w", "free prize, call now", "leet"),
        ("$ex and a$$ets", "sex and assets", "leet"),
        ("k!ll", "kill", "leet"),
        ("hxxps://bad[.]example/x", "https://bad.example/x", "defanged"),
        ("bad(dot)example", "bad.example", "defanged"),
    ],
)
def test_obfuscation_is_undone_and_named(written: str, plain: str, undone: str) -> None:
    assert read(written) == (plain, (undone,))


def test_several_tricks_at_once_are_all_undone() -> None:
    text, undone = read("Ｆr33 ass\u200bets: hxxps://bad[.]example")
    assert text == "free assets: https://bad.example"
    assert set(undone) == {"homoglyphs", "zero-width", "leet", "defanged"}


@pytest.mark.parametrize(
    "text",
    [
        "Привет, как дела? Твой банк",
        "Καλημέρα σας, τι κάνετε",
        "مرحبا كيف حالك",
        "नमस्ते आप कैसे हैं",
        "您的快递已到驿站",
        "今から帰るね",
        "안녕하세요 오늘 만나요",
        "שלום מה שלומך",
        "สวัสดีครับ",
        "می\u200cخواهم بروم",  # Persian needs its non-joiner
        "क्\u200dष",  # so does Devanagari
        "Crème brûlée à la carte, señor Müller",
        "Tiếng Việt rất đẹp",
        "мне нужен iPhone и Wi-Fi",
        "下载App请点击",
        "great \U0001f468\u200d\U0001f469\u200d\U0001f467 photo \u2764\ufe0f",
    ],
)
def test_other_scripts_accents_and_emoji_are_not_obfuscated(text: str) -> None:
    assert read(text)[1] == ()


@pytest.mark.parametrize(
    "text",
    [
        "gr8 c u 2nite b4 8pm",
        "150p/msg, £100, 2nd prize, 10am, 5gb, 4 u",
        "call 07123 456789 or visit www.b1g.com",
        "order w1j6hl ref ab123456",
        "the end. i am",
        "u r a star",
        "user@mail.com",
        "a - b - c",
        "1 2 3 4 5",
    ],
)
def test_shorthand_numbers_and_codes_are_what_they_are(text: str) -> None:
    assert read(text) == (text, ())


def test_a_latin_letter_in_a_russian_word_is_read_as_russian() -> None:
    assert read("перевoд на cчет банка") == ("перевод на счет банка", ("mixed-scripts",))


def test_nothing_and_very_much_are_read() -> None:
    assert read("") == ("", ())
    started = time.process_time()
    for text in (
        "f r e e " * 2000,
        "a1" * 4000,
        "." * 8000,
        "[.]" * 2500,
        "\u200b" * 8000,
        "а" * 8000,
        "x\u0300" * 4000,
    ):
        Normaliser(WORDS).normal(text)
    assert time.process_time() - started < 5


def test_the_table_of_lookalikes_leads_to_ascii_letters_only() -> None:
    assert len(lookalikes()) > 150
    assert all(looks.isascii() and looks.isalpha() for looks in lookalikes().values())
