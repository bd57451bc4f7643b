"""Scripts and cards: versions that stay, words that say who calls, and nothing that tells of a resident."""

from datetime import date

import pytest

from schemas.errors import NotFound
from schemas.parties import PartnerType
from schemas.scripts import CARDS, FIRST_OFFER, SCRIPTS, card, script


def test_a_version_of_a_script_is_found_by_code_and_version_and_there_is_one_of_each() -> None:
    assert [script(one.ref) for one in SCRIPTS] == list(SCRIPTS)
    assert len({one.ref for one in SCRIPTS}) == len(SCRIPTS)
    with pytest.raises(NotFound):
        script("eerste_aanbod-99")


def test_versions_count_up_and_none_begins_before_the_one_it_replaces() -> None:
    for code in {one.code for one in SCRIPTS}:
        versions = [one for one in SCRIPTS if one.code == code]
        assert [one.versie for one in versions] == list(range(1, len(versions) + 1))
        days = [date.fromisoformat(one.sinds) for one in versions]
        assert days == sorted(days)


def test_the_script_in_use_says_who_calls_how_to_check_that_and_verifies_before_it_tells() -> None:
    used = script(f"{FIRST_OFFER[0]}-{FIRST_OFFER[1]}")
    order = [step.moment for step in used.stappen]
    assert order.index("opening") < order.index("controle") < order.index("aanbod")
    opening = used.stappen[0].tekst
    assert "gemeente" in opening
    assert "controlecode" in opening
    before = " ".join(step.tekst for step in used.stappen[: order.index("aanbod")])
    assert not [word for word in ("rekening", "schuld", "achterstand", "betal") if word in before.lower()]


def test_every_script_says_what_to_do_in_acute_need_and_leaves_nothing_on_a_voicemail() -> None:
    for one in SCRIPTS:
        said = {step.moment: step.tekst for step in one.stappen}
        assert "112" in said["acute_nood"]
        assert "113" in said["acute_nood"]
        assert said["voicemail"].startswith("Spreek niets in")


def test_every_sector_has_a_card_with_tips_of_its_own() -> None:
    assert {one.soort for one in CARDS.values()} == set(PartnerType)
    own = [one.tips[:2] for one in CARDS.values()]
    assert len(set(own)) == len(own)
    assert card("huur-1").code == "huur-1"
    with pytest.raises(NotFound):
        card("huur-9")


def test_no_text_names_a_number_or_a_person() -> None:
    texts = [step.tekst for one in SCRIPTS for step in one.stappen]
    texts += [tip for one in CARDS.values() for tip in one.tips]
    assert all(text.endswith((".", "?", "…")) for text in texts)
    assert not [text for text in texts if "€" in text or "@" in text]
