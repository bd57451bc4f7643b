"""The committed reference pages say what the register says."""

from pathlib import Path

import pytest

from gateway.policy.document import render, render_grounds
from tests.support.register import packaged_register

DOCS = Path(__file__).parents[3] / "docs"
PAGES = {"doelbinding": render, "grondslagen": render_grounds}


@pytest.mark.parametrize("page", PAGES)
def test_the_committed_page_is_fresh(page: str) -> None:
    fresh = PAGES[page](packaged_register())
    committed = (DOCS / "reference" / f"{page}.md").read_text("utf-8")
    assert committed == fresh, "run ./sluis docs"


def test_the_page_tells_every_grant_guardrail_and_condition() -> None:
    text = render(packaged_register())
    register = packaged_register()
    assert all(grant.zin in text and f"### {grant.id} " in text for grant in register.grants)
    assert all(rule.zin in text for rule in register.guardrails)
    assert all(spec.gebruiker in text for spec in register.conditions.values())
    assert all(f"\n| {name} |" in text for name in register.fields)


def test_the_explanation_names_every_grant_that_can_show_the_amount() -> None:
    text = (DOCS / "explanation" / "purpose.md").read_text("utf-8")
    grants = [grant.id for grant in packaged_register().grants if "bedrag" in grant.velden]
    assert grants
    assert all(grant in text for grant in grants)
    assert len(text.splitlines()) <= 100
