"""The alphabets of a text message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.model.alphabet import Alphabet, cut, decode, encode, is_gsm, segment

GSM_TEXT = st.text(alphabet=st.sampled_from("abc XYZ@£$éñ_Δ€[]{}~|\\^\n\r0123456789'\""), max_size=500)
#: Surrogates can't be in a text: they are halves of characters.
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", [0]),
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("a" * 306, [153, 153]),
        ("a" * 307, [153, 153, 1]),
        ("€" * 80, [80]),
        ("€" * 81, [76, 5]),
        ("a" * 152 + "€" + "b" * 10, [152, 11]),
    ],
)
def test_gsm_texts_are_cut_at_160_and_153_septets(text: str, lengths: list[int]) -> None:
    segmentation = segment(text)
    assert segmentation.alphabet is Alphabet.GSM7
    assert [len(part) for part in segmentation.parts] == lengths


@pytest.mark.parametrize(
    ("text", "lengths"),
    [("я" * 70, [70]), ("я" * 71, [67, 4]), ("😀" * 35, [35]), ("😀" * 36, [33, 3]), ("я" + "😀" * 36, [34, 3])],
)
def test_other_texts_are_cut_at_70_and_67_code_units_and_no_emoji_in_half(text: str, lengths: list[int]) -> None:
    segmentation = segment(text)
    assert segmentation.alphabet is Alphabet.UCS2
    assert [len(part) for part in segmentation.parts] == lengths


def test_smart_encoding_makes_a_typographic_text_gsm() -> None:
    text = "“It’s ready” – come by… at\u00a05"
    assert segment(text).alphabet is Alphabet.UCS2
    assert segment(text, smart=True).parts == ('"It\'s ready" - come by... at 5',)


def test_smart_encoding_leaves_a_text_alone_that_needs_ucs2_anyway() -> None:
    assert segment("“да”", smart=True).parts == ("“да”",)


def test_the_septets_are_those_of_the_standard() -> None:
    assert encode("@$_é€[", Alphabet.GSM7) == bytes([0, 2, 0x11, 5, 0x1B, 0x65, 0x1B, 0x3C])
    assert decode(bytes([0, 2, 0x11, 5, 0x1B, 0x65, 0x1B, 0x3C]), Alphabet.GSM7) == "@$_é€["


def test_a_character_that_the_alphabet_lacks_is_named() -> None:
    with pytest.raises(UnicodeEncodeError, match="GSM"):
        encode("aя", Alphabet.GSM7)


@pytest.mark.parametrize(
    ("octets", "text"), [(b"a\x1b", "a "), (b"\x1b\x1ba", " a"), (b"\x1ba", "a"), (b"\xe9t\xe9", "été")]
)
def test_odd_octets_are_read_all_the_same(octets: bytes, text: str) -> None:
    assert decode(octets, Alphabet.GSM7) == text


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert decode(b"\xd8\x3d\x00a", Alphabet.UCS2) == "\ufffda"


def test_half_a_surrogate_pair_in_a_text_does_not_stop_it() -> None:
    assert encode("я\ud83d", segment("я\ud83d").alphabet) == "я?".encode("utf-16-be")


@given(GSM_TEXT)
def test_gsm_texts_survive_the_round_trip(text: str) -> None:
    assert decode(encode(text, Alphabet.GSM7), Alphabet.GSM7) == text


@given(ANY_TEXT)
def test_segments_join_to_the_text_and_fit(text: str) -> None:
    segmentation = segment(text)
    assert "".join(segmentation.parts) == text
    longest = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (140, 134)}[segmentation.alphabet][len(segmentation.parts) > 1]
    assert all(len(encode(part, segmentation.alphabet)) <= longest for part in segmentation.parts)


@given(st.binary(max_size=200), st.sampled_from(Alphabet))
def test_no_octets_make_decoding_fail(octets: bytes, alphabet: Alphabet) -> None:
    decode(octets, alphabet).encode()


def test_latin1_is_cut_as_the_septets_that_it_becomes() -> None:
    assert is_gsm("[")
    assert len(cut("[" * 81, Alphabet.LATIN1)) == 2
