"""kill -9 under load loses no acknowledged write and shows nothing without its entry; ``./sluis torture`` does it 100 times."""

from pathlib import Path

import pytest

from bench.torture import torture


def quiet(_line: str) -> None:
    """Say nothing."""


def test_what_was_acknowledged_outlives_a_killed_server_and_what_was_shown_is_in_the_log(
    tmp_path: Path,
) -> None:
    verdict = torture(tmp_path, cycles=5, seed=1, say=quiet)
    assert verdict.wrong == []
    assert verdict.cycles == 5
    assert {"delivery", "lease", "result", "round"} <= set(verdict.promises)
    assert verdict.shown.total() > 0


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("early", ("lost: ", "unaudited: ")),
        ("piecemeal", ("half done: ", "log: ")),
        ("forgetful", ("unaudited: ", "half done: a dial record without its entry")),
    ],
)
def test_the_checks_catch_a_planted_fault(tmp_path: Path, fault: str, found: tuple[str, ...]) -> None:
    verdict = torture(tmp_path, cycles=20, seed=2, fault=fault, say=quiet)
    assert any(line.startswith(found) for line in verdict.wrong), verdict
