"""Names tell the domain, and the repository speaks of the product alone."""

import re

import pytest

from tests.support.sources import ROOMS, name, python_files, repository_files, texts

# A module is named after what it knows; these names say that nobody decided where things belong.
EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "base",
    "misc",
    "shared",
    "core",
}
TRUE_BASES = {"gateway/store/tables/base.py"}  # the declarative base of the gateway's tables

# Addresses of package registries stand in uv.lock alone, which records where each hash was seen.
REGISTRIES = re.compile("|".join(["pythonhosted" + r"\.org", "pypi" + r"\.org", "registry" + r"\.npmjs"]))
HAS_REGISTRIES = {"uv.lock"}

# Folders of one person's or one machine's disk.
MACHINE_PATHS = re.compile(r"(?<![\w.<])/(?:wor" + r"k/|home/[a-z]|Users/[A-Z]|root/)")

NINE_DIGITS = re.compile(r"(?<![\w.+-])[0-9]{9}(?![\w-]|\.[0-9])")
PRINTED_EXAMPLES = {"123456782", "111222333"}  # the examples of public specifications, nobody's number


def test_a_module_is_named_after_what_it_knows() -> None:
    everywhere = python_files(*ROOMS, "tests", "bench")
    assert {name(path) for path in everywhere if path.stem in EMPTY_NAMES} <= TRUE_BASES


def test_no_file_names_a_package_registry() -> None:
    naming = [
        f"{name(path)}: {found.group()}"
        for path, text in texts()
        if name(path) not in HAS_REGISTRIES and (found := REGISTRIES.search(text))
    ]
    assert naming == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    naming = [
        f"{name(path)}:{text[: found.start()].count(chr(10)) + 1}"
        for path, text in texts()
        for found in MACHINE_PATHS.finditer(text)
    ]
    assert naming == []


def is_bsn(digits: str) -> bool:
    """Say whether nine digits pass the elfproef of the burgerservicenummer."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0 and int(digits) > 0


def test_no_number_in_the_repository_can_be_somebodys_bsn() -> None:
    """The test numbers of RvIG start with 9; any other number that passes the elfproef may be a person."""
    suspect = [
        f"{name(path)}:{text[: found.start()].count(chr(10)) + 1}"
        for path, text in texts(".py", ".md", ".yaml", ".yml", ".json", ".csv", ".txt")
        for found in NINE_DIGITS.finditer(text)
        if is_bsn(found.group()) and found.group()[0] != "9" and found.group() not in PRINTED_EXAMPLES
    ]
    assert suspect == []


@pytest.mark.parametrize(
    ("digits", "passes"), [("999990019", True), ("999990018", False), ("000000000", False)]
)
def test_the_elfproef_of_the_search_is_the_real_one(digits: str, passes: bool) -> None:
    assert is_bsn(digits) is passes


def test_file_names_are_lower_case_and_hold_no_spaces() -> None:
    capitals = {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CODE_OF_CONDUCT.md",
    }
    capitals |= {"REUSE.toml", "LICENSES", "Dockerfile", "EUPL-1.2.txt"}
    odd = {
        part
        for path in repository_files()
        for part in name(path).split("/")
        if not re.fullmatch(r"[a-z0-9_.{}-]+", part) and part not in capitals
    }
    assert odd == set()
