"""The walls of the house stand: every import contract is kept, and each would notice a breach."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.support.folders import ROOT
from tests.support.sources import ROOMS, name, python_files, tree

# One forbidden line, the file it is planted in, and the contract that must notice it.
BREACHES = {
    "The courtyard": ("audit/tree.py", "import keys"),
    "The floors of the gateway": ("gateway/settings.py", "import gateway.services"),
    "Use cases do not know each other": ("gateway/services/planted.py", "import gateway.services.tokens"),
    "Schemas is pure": ("schemas/ids.py", "import random"),
    "Cryptography lives in keys": ("audit/entry.py", "import cryptography"),
    "Only connectors call out": ("gateway/app.py", "import httpx2"),
    "A connector neither opens": ("connectors/__init__.py", "import sqlalchemy"),
    "Rules are pure": ("gateway/matching/rules.py", "import sqlalchemy"),
    "The edge sees neither": ("gateway/api/limits.py", "import gateway.store"),
    "An envelope is opened": ("gateway/app.py", "import keys.envelope"),
    "Tables belong": ("gateway/services/tokens.py", "import gateway.store.tables"),
    "Tables of the log": ("gateway/services/tokens.py", "import audit.tables"),
    "Tables of the keys": ("gateway/services/tokens.py", "import keys.tables"),
    "No circles": ("keys/profiles.py", "import keys.envelope"),
}
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def test_every_contract_is_kept() -> None:
    report = lint(ROOT)
    assert report.returncode == 0, report.stdout[-4000:] + report.stderr


def test_a_breach_of_every_contract_is_noticed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("*.pyc"))
    for path, line in BREACHES.values():
        with (tmp_path / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    report = lint(tmp_path)
    assert report.returncode == 1, report.stderr
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)(?: \(.*\))?$", report.stdout, re.MULTILINE)
    assert [contract for contract, verdict in verdicts if verdict == "KEPT"] == []
    assert len(verdicts) == len(contracts())


def test_every_contract_has_a_planted_breach() -> None:
    unproven = [contract for contract in contracts() if not contract.startswith(tuple(BREACHES))]
    assert unproven == []


def imports_of(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def test_no_module_reaches_itself() -> None:
    """A circle is a circle, also through a function-level import."""
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    TopologicalSorter(imports_of(graph)).prepare()


def imported_at_start(path: Path) -> set[str]:
    """Give the names that a module imports when it is loaded itself."""
    top = [node for node in tree(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize(
    "library", ["presidio_analyzer", "spacy", "openpyxl", "holidays", "alembic", "ecdsa"]
)
def test_what_is_heavy_is_not_loaded_at_start(library: str) -> None:
    """Start-up stays within three seconds and 150 MB: these are imported where they are used."""
    loading = [
        name(path)
        for path in python_files(*ROOMS)
        if "migrations" not in path.parts
        and any(spoken.split(".")[0] == library for spoken in imported_at_start(path))
    ]
    assert loading == []


def test_authlibs_own_assertion_verifier_is_not_used() -> None:
    """Client assertions are checked by keys/tokens behind the strict parser, never by authlib's verifier."""
    users = [
        name(path)
        for path in python_files(*ROOMS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom | ast.Import) and "JWTBearerClientAssertion" in ast.unparse(node)
    ]
    assert users == []


def test_permits_are_made_in_one_place_only() -> None:
    calls = {
        name(path)
        for path in python_files("gateway", "connectors", "audit")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and "Permit" in {getattr(node.func, "id", ""), getattr(node.func, "attr", "")}
    }
    assert calls == {"gateway/disclosure/machine.py"}
