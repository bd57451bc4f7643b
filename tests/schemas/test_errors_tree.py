"""Every error of the product: a stable code, a Dutch title, a place in the tree that is drawn on top, and no value."""

import inspect
import re

import pytest

from schemas import errors
from schemas.errors import (
    Broken,
    Conflict,
    Denied,
    Failing,
    FieldProblem,
    ForbiddenColumn,
    IdempotencyMismatch,
    Invalid,
    Sealed,
    SluisError,
    TooMany,
    Unavailable,
)

TREE = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, SluisError)]


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_has_a_code_of_its_own_and_a_title(kind: type[SluisError]) -> None:
    assert re.fullmatch(r"[a-z][a-z_]+", kind.code)
    assert kind.title
    assert not any(letter.isdigit() for letter in kind.title.replace("Idempotency-Key", ""))
    assert [other.code for other in TREE].count(kind.code) == 1


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_explains_itself(kind: type[SluisError]) -> None:
    assert kind.__doc__
    assert str(kind()) == kind.title
    assert str(kind("Anders gezegd")) == "Anders gezegd"
    assert kind(code="eigen").code == "eigen"
    assert kind.code != "eigen"


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    drawn: dict[str, str] = {}
    parents: dict[int, str] = {-1: "Exception"}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"\s*((?:│\s+|\s{4})*)(?:[├└]── )?([A-Z]\w+)\b", line)
        if found is None or found[2] not in vars(errors):
            continue
        depth = 0 if found[2] == "SluisError" else 1 + len(found[1].strip(" ").replace(" ", ""))
        depth = 2 if depth == 1 and line.startswith((" " * 8, "    │   ")) else depth
        parents[depth] = found[2]
        drawn[found[2]] = parents[depth - 1]
    assert drawn == {kind.__name__: kind.__bases__[0].__name__ for kind in TREE}


def test_what_was_neither_stored_nor_shown_may_be_tried_again() -> None:
    assert issubclass(Sealed, Unavailable)
    assert Unavailable.retry_after > 0


def test_a_column_that_nobody_may_see_is_an_invalid_request() -> None:
    assert issubclass(ForbiddenColumn, Invalid)


def test_a_reused_key_is_a_conflict() -> None:
    assert issubclass(IdempotencyMismatch, Conflict)


def test_a_broken_promise_is_never_the_fault_of_the_request() -> None:
    assert not any(issubclass(kind, Broken) and issubclass(kind, Invalid | Conflict) for kind in TREE)


def test_an_invalid_request_names_its_fields() -> None:
    problem = FieldProblem("postcode", "vorm", "Schrijf 1234 AB")
    assert Invalid(fields=[problem]).fields == (problem,)
    assert ForbiddenColumn(fields=[problem]).fields == (problem,)
    assert Invalid().fields == ()


def test_a_refusal_carries_what_failed_for_user_and_officer() -> None:
    failing = Failing("toegewezen", "Dit dossier is niet van u", "Buiten eigen caseload")
    assert Denied(failing=[failing]).failing == (failing,)
    assert Denied().failing == ()


def test_a_quota_says_how_long_to_wait() -> None:
    assert TooMany(retry_after=7).retry_after == 7
    assert TooMany().retry_after == 60
