"""Names that people read as equal become equal; names that differ stay apart."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.matching.names import cores, fold, initials, repair, sound, within_one


@pytest.mark.parametrize(
    "written",
    ["van den Berg", "Van Den Berg", "v.d. Berg", "v/d Berg", "Berg, van den", "Berg", "BERG", "vd Berg"],
)
def test_every_way_to_write_a_prefix_gives_the_same_core(written: str) -> None:
    assert cores(written) == {"berg"}


@pytest.mark.parametrize(
    "written",
    [
        "Jansen-de Vries",
        "De Vries-Jansen",
        "de Vries e/v Jansen",
        "Jansen geb. de Vries",
        "Jansen / de Vries",
    ],
)
def test_a_double_name_has_both_cores_in_either_order(written: str) -> None:
    assert cores(written) == {"jansen", "vries"}


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("MÃ¼ller", "Müller"),
        ("ÅŸahin", "şahin"),
        ("JosÃƒÂ©", "José"),
        ("Ã‡elik", "Çelik"),
        ("WÃ³jcik", "Wójcik"),
    ],
)
def test_utf8_read_as_windows_1252_is_undone_also_when_it_happened_twice(garbled: str, meant: str) -> None:
    assert repair(garbled) == meant


@pytest.mark.parametrize("genuine", ["Åkesson", "Çelik", "Âli", "Ñuñez", "Jansen", "Müller", "北京"])
def test_a_genuine_name_is_not_repaired(genuine: str) -> None:
    assert repair(genuine) == genuine


def test_letters_that_do_not_decompose_are_folded_too() -> None:
    assert fold("Øđłıæœß") == "odliaeoess"


def test_a_glued_article_still_meets_the_apart_one() -> None:
    assert cores("El Idrissi") & cores("Elidrissi")
    assert cores("El Idrissi") & cores("Idrissi")


def test_ij_and_y_are_one_letter() -> None:
    assert cores("van Dijk") == cores("van Dyk") == {"dyk"}


@pytest.mark.parametrize("bare", ["De", "Do", "Van"])
def test_a_name_that_is_only_a_prefix_remains_a_name(bare: str) -> None:
    assert cores(bare) == {bare.lower()}


def test_no_letters_no_core() -> None:
    assert cores("-- 12 ,") == frozenset()


@pytest.mark.parametrize(
    ("one", "other"),
    [("schouten", "souten"), ("meyer", "meier"), ("schmidt", "smit"), ("dekker", "decker"), ("vos", "wos")],
)
def test_what_dutch_ears_do_not_tell_apart_sounds_the_same(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_different_names_sound_different() -> None:
    assert sound("jansen") != sound("visser")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("J.P.", ("jp", "")),
        ("JP", ("jp", "")),
        ("J P", ("jp", "")),
        ("j.p.", ("jp", "")),
        ("JPM", ("jpm", "")),
        ("Johan P.", ("jp", "johan")),
        ("Johan", ("j", "johan")),
        ("EVA", ("e", "")),
        ("Th.J.", ("tj", "")),
        ("IJ.", ("y", "")),
        ("A.B.C.D.E.", ("abcd", "")),
        ("", ("", "")),
    ],
)
def test_initials_as_partners_write_them(written: str, expected: tuple[str, str]) -> None:
    assert initials(written) == expected


def _one_slip_away(word: str, letters: str) -> set[str]:
    """Every word at restricted Damerau-Levenshtein distance of at most one, by definition."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {word}
    found.update(left + right[1:] for left, right in cuts if right)
    found.update(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1)
    for letter in letters:
        found.update(left + letter + right for left, right in cuts)
        found.update(left + letter + right[1:] for left, right in cuts if right)
    return found


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_one_slip_is_what_the_definition_says(one: str, other: str) -> None:
    assert within_one(one, other) == (other in _one_slip_away(one, "abc"))
    assert within_one(one, other) == within_one(other, one)


@given(st.text(max_size=30))
def test_any_text_gives_a_few_stable_cores(text: str) -> None:
    found = cores(text)
    assert len(found) <= 4
    deque(map(sound, found), maxlen=0)
    assert cores(text.strip()) == found
