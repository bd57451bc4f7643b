"""The product's own source as data, for the tests of the house."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.folders import ROOT, program

ROOMS = ("schemas", "keys", "audit", "connectors", "gateway")
FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Give the Python files of folders, without generated migrations, sorted."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "versions" not in path.parts)


def name(path: Path) -> str:
    """Give a path as it reads from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Parse one file; each file once a run."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    """Give every function and method of a file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, FUNCTION_NODES))


def body_lines(function: Function) -> int:
    """Count the lines of a body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def code_lines(path: Path) -> int:
    """Count the lines that are not blank."""
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


@cache
def repository_files() -> tuple[Path, ...]:
    """Give every file that is, or is about to be, part of the repository: git's view, without what it ignores."""
    command = [program("git"), "-c", "safe.directory=*", "-C", str(ROOT)]
    command += ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    paths = (ROOT / entry for entry in listed.split("\0") if entry)
    return tuple(path for path in paths if path.is_file())


def texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Give the text of every file of the repository, or of those with these suffixes; binary files are left out."""
    for path in repository_files():
        if suffixes and path.suffix not in suffixes:
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
