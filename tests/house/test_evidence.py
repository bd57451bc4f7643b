"""What the documentation names as evidence is there: tests, files, modules, commands."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gateway.settings import Settings
from schemas.audit import Act
from tests.support.folders import ROOT
from tests.support.sources import FUNCTION_NODES, ROOMS, name, python_files, texts, tree

FOLDERS = (*ROOMS, "tests", "bench", "docs", "deploy")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./{{}}-]+")
MODULE = re.compile(rf"(?:{'|'.join(ROOMS)})(?:\.[a-z_0-9]+)+")
TEST = re.compile(r"test_\w+")
FILES = {".py", ".db"}

# The page where-we-diverge.md tells of these; when one is written at last, that page has to say so.
NOT_WRITTEN_YET: set[str] = set()


def words() -> Iterator[tuple[str, str]]:
    """Give every word in code type of the documentation, with its page."""
    for page, text in texts(".md"):
        if page.is_relative_to(ROOT / "docs"):
            for found in CODE.finditer(text):
                yield name(page), found[1]


@cache
def known_tests() -> frozenset[str]:
    nodes = (node for path in python_files("tests") for node in ast.walk(tree(path)))
    return frozenset(node.name for node in nodes if isinstance(node, FUNCTION_NODES))


def exists(path: str) -> bool:
    """Say whether a file or folder is there; ``{a,b}`` stands for several, and ``.py`` may be left out."""
    several = re.fullmatch(r"(.*)\{([\w,-]+)\}(.*)", path)
    if several:
        return all(exists(f"{several[1]}{one}{several[3]}") for one in several[2].split(","))
    return (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


def is_module(dotted: str) -> bool:
    """Say whether a dotted name is a module, or something that a module holds."""
    path = dotted.replace(".", "/")
    return exists(path) or (
        exists(owner := path.rpartition("/")[0]) and holds(owner, path.rpartition("/")[2])
    )


def holds(module: str, word: str) -> bool:
    file = ROOT / f"{module}.py"
    file = file if file.exists() else ROOT / module / "__init__.py"
    return re.search(rf"\b{word}\b", file.read_text(encoding="utf-8")) is not None


def test_every_test_that_a_page_names_is_a_test() -> None:
    strangers = [(page, word) for page, word in words() if TEST.fullmatch(word) and word not in known_tests()]
    assert strangers == []


def test_every_file_that_a_page_names_is_there() -> None:
    missing = [(page, word) for page, word in words() if FILE.fullmatch(word) and not exists(word)]
    assert missing == []


def test_every_module_that_a_page_names_is_there() -> None:
    missing = [
        (page, word)
        for page, word in words()
        if MODULE.fullmatch(word) and Path(word).suffix not in FILES and not is_module(word)
    ]
    assert missing == []


def test_the_search_sees_what_is_not_there() -> None:
    assert exists("keys/tags.py")
    assert exists("keys/{tags,shred}.py")
    assert not exists("keys/{tags,nothing}.py")
    assert is_module("keys.shred.replay")
    assert not is_module("keys.shred.nothing_of_the_kind")
    assert "test_the_search_sees_what_is_not_there" in known_tests()


def test_only_these_acts_are_not_written_yet() -> None:
    """The vocabulary of the log is wider than what the product tells it; the difference is on record."""
    code = "".join(path.read_text(encoding="utf-8") for path in python_files("gateway", "audit"))
    assert {act.value for act in Act if f"Act.{act.name}" not in code} == NOT_WRITTEN_YET


def test_every_setting_is_read_by_somebody() -> None:
    """A switch that nothing reads looks like a choice (docs/adr/0015-contested-points-are-settings.md)."""
    used = {
        node.attr
        for path in python_files("gateway")
        if path.name != "settings.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
    }
    assert set(Settings.model_fields) - used == set()
