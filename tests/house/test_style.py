"""The style ratchet of the house: small thoughts, named and explained, in files that fit a reader's head.

The numbers serve readability. Never split a thought to satisfy one: move the cap by a decision record if it hurts.
"""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import ROOMS, Function, body_lines, code_lines, functions, name, python_files, tree

MEDIAN, P90, CAP, FILE_LINES, TESTS_TO_CODE = 8, 20, 40, 350, 0.85

# The edge turns what nobody foresaw into a bare problem document; nobody else may catch everything.
MAY_CATCH_EVERYTHING = {"gateway/api/problems.py: guarded"}


def product() -> list[Path]:
    return python_files(*ROOMS)


def lengths() -> list[int]:
    return [body_lines(function) for path in product() for function in functions(path)]


def test_a_function_is_a_thought_of_a_few_lines() -> None:
    assert statistics.median(lengths()) <= MEDIAN
    assert statistics.quantiles(lengths(), n=10)[-1] <= P90


def test_no_function_passes_the_cap() -> None:
    everywhere = python_files(*ROOMS, "bench", "docs", "tests")
    over = [
        f"{name(path)}:{function.lineno} {function.name}: {body_lines(function)} lines"
        for path in everywhere
        for function in functions(path)
        if body_lines(function) > CAP
    ]
    assert over == []


def test_no_file_outgrows_a_readers_head() -> None:
    over = [
        f"{name(path)}: {length} lines"
        for path in python_files(*ROOMS, "bench", "docs")
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    ]
    assert over == []


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def is_overload(node: Function | ast.ClassDef) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def test_everything_public_says_what_it_is_for() -> None:
    silent = [name(path) for path in product() if not ast.get_docstring(tree(path))]
    silent += [
        f"{name(path)}: {spoken}"
        for path in product()
        for spoken, node in public(tree(path).body)
        if not ast.get_docstring(node) and not is_overload(node)
    ]
    assert silent == []


def unannotated(function: Function) -> bool:
    spec = function.args
    named = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, [spec.vararg, spec.kwarg])]
    return function.returns is None or any(
        argument.annotation is None for argument in named if argument.arg not in {"self", "cls"}
    )


def test_every_parameter_and_result_has_a_type() -> None:
    everywhere = python_files(*ROOMS, "bench", "docs", "tests")
    bare = [
        f"{name(path)}:{f.lineno} {f.name}" for path in everywhere for f in functions(path) if unannotated(f)
    ]
    assert bare == []


def catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def test_nobody_catches_everything_but_the_edge() -> None:
    broad = {
        f"{name(path)}: {function.name}"
        for path in python_files(*ROOMS, "bench")
        for function in functions(path)
        if any(map(catches_everything, ast.walk(function)))
    }
    assert broad <= MAY_CATCH_EVERYTHING


def test_tests_outweigh_the_code() -> None:
    code = sum(map(code_lines, product()))
    tests = sum(map(code_lines, python_files("tests")))
    assert tests >= TESTS_TO_CODE * code, f"{tests} lines of tests for {code} of code"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    '''Say.'''\n    a = 1\n\n    return a\n", 3),
        ("def f():\n    '''Say only.'''\n", 0),
        ("def f():\n    return (\n        1\n    )\n", 3),
    ],
    ids=["docstring left out", "nothing but a docstring", "continued line"],
)
def test_the_ruler_measures_bodies(source: str, expected: int) -> None:
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert body_lines(function) == expected


def test_the_ruler_sees_every_broad_except() -> None:
    source = "try: pass\nexcept (OSError, Exception): pass\ntry: pass\nexcept: pass\ntry: pass\nexcept OSError: pass\n"
    assert sum(map(catches_everything, ast.walk(ast.parse(source)))) == 2
