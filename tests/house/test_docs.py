"""The documentation holds together: links lead somewhere, pages can be found, vocabularies are complete."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from docs.reference import generate
from gateway.policy.compile import load
from gateway.policy.register import Register
from gateway.settings import Settings
from schemas import errors
from schemas.audit import Act
from schemas.purposes import LegalGround
from schemas.signal import COLUMNS, LineCode
from tests.support.folders import ROOT
from tests.support.markdown import anchors, blocks, links
from tests.support.sources import ROOMS, name, python_files, texts, tree

DOCS = ROOT / "docs"


def pages() -> dict[Path, str]:
    return dict(texts(".md"))


def targets(page: Path, text: str) -> list[tuple[Path, str]]:
    """Give the local files that a page links to, each with its anchor."""
    local = [unquote(link) for link in links(text) if not link.startswith(("http://", "https://", "mailto:"))]
    parts = [link.partition("#") for link in local]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in parts]


def test_every_local_link_leads_somewhere() -> None:
    dead = [
        f"{name(page)} -> {target}#{anchor}"
        for page, text in pages().items()
        for target, anchor in targets(page, text)
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8")))
    ]
    assert dead == []


def test_every_page_of_the_documentation_can_be_found_from_its_index() -> None:
    found: set[Path] = set()
    waiting = [DOCS / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in found and page.suffix == ".md" and page.is_file():
            found.add(page)
            waiting += [target for target, _ in targets(page, page.read_text(encoding="utf-8"))]
    assert {name(page) for page in pages() if page.is_relative_to(DOCS) and page not in found} == set()


def test_the_index_of_decisions_lists_every_record_with_its_title() -> None:
    index = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    for record in sorted((DOCS / "adr").glob("[0-9]*.md")):
        number, _, title = (
            record.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        )
        assert f"| [{number}]({record.name}) | {title} |" in index


def used(register: Register) -> list[LegalGround]:
    keys = {grant.grondslag for grant in register.grants}
    return [ground for key, ground in register.legal_grounds.items() if key in keys]


def ticked(words: Iterable[str]) -> list[str]:
    return [f"`{word}`" for word in words]


@cache
def vocabularies() -> dict[str, list[str]]:
    """Give every closed vocabulary as its words must stand in the reference."""
    register = load()
    return {
        "setting": ticked(f"SLUIS_{field.upper()}" for field in Settings.model_fields),
        "event": ticked(act.value for act in Act),
        "line code": ticked(line.value for line in LineCode),
        "error code": ticked(error.code for error in generate.kinds()),
        "more exact code": ticked(generate.raised_codes()),
        "condition": ticked(register.conditions),
        "column": ticked(COLUMNS),
        "command": ticked(" ".join(words) for words, _ in generate.verbs()),
        "route": ticked(generate.contract()["paths"]),
        "grant": [f"### {grant.id} · {grant.partij.value} · {grant.doel.value}" for grant in register.grants],
        "guardrail": [f"**{rail.id}** {rail.zin}" for rail in register.guardrails],
        "legal ground": [f" {ground.naam}." for ground in used(register)],
    }


@pytest.mark.parametrize("kind", vocabularies())
def test_every_word_of_a_vocabulary_stands_in_the_reference(kind: str) -> None:
    reference = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    words = vocabularies()[kind]
    assert words
    assert [word for word in words if word not in reference] == []


def test_errors_live_in_one_tree() -> None:
    """A code that is defined elsewhere would not reach the reference."""
    strays = [
        f"{name(path)}: {node.name}"
        for path in python_files(*ROOMS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and name(path) != "schemas/errors.py"
        and any(hasattr(errors, ast.unparse(parent).rsplit(".")[-1]) for parent in node.bases)
    ]
    assert strays == []


stale_pages = cache(generate.stale)


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_generated_page_is_fresh(page: str) -> None:
    assert page not in stale_pages(), "run ./sluis docs"


def test_a_generated_page_that_was_edited_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"a.md": lambda: "# A", "b.md": lambda: "# B"})
    (tmp_path / "a.md").write_text("# A", encoding="utf-8")
    assert generate.stale() == ["b.md"]
    (tmp_path / "b.md").write_text("# B by hand\n", encoding="utf-8")
    assert generate.stale() == ["b.md"]


def test_a_cell_cannot_break_its_table() -> None:
    assert generate.table(("a", "b"), [("x|y", "1\n2")]) == "| a | b |\n| --- | --- |\n| x\\|y | 1 2 |"


def test_the_reader_of_markdown_sees_what_a_reader_sees() -> None:
    page = "# One `two`: 3\n[a](x.md#y) ![img](no.png)\n```sh\n$ [b](no.md)\n```\n"
    assert list(links(page)) == ["x.md#y"]
    assert anchors(page) == {"one-two-3"}
    assert [(block.language, block.text) for block in blocks(page)] == [("sh", "$ [b](no.md)\n")]
