"""What holds for every test: nothing leaves this machine, and what did not run is told by name."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from tests.support.no_egress import egress

# No deadlines (a busy machine is not a fault) and no dice: a red run stays red until something is mended.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_configure(config: pytest.Config) -> None:
    """Close the way out for this process and for every Python process that a test starts."""
    config.addinivalue_line("markers", "tries_to_leave: a test of the guard itself")
    handle, ledger = tempfile.mkstemp(prefix="sluis-egress-")
    os.close(handle)
    os.environ[egress.LEDGER] = ledger
    config.add_cleanup(lambda: Path(ledger).unlink(missing_ok=True))
    guard = str(Path(egress.__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [guard, os.environ.get("PYTHONPATH")]))
    egress.refuse_egress()


def refusals() -> list[str]:
    """Give every refused attempt so far, of this process and of those it started."""
    return Path(os.environ[egress.LEDGER]).read_text(encoding="utf-8").splitlines()


def _told(item: pytest.Item) -> Generator[None]:
    before = len(refusals())
    yield
    tried = refusals()[before:]
    if tried and item.get_closest_marker("tries_to_leave") is None:
        raise egress.EgressRefused(f"tried to leave this machine: {', '.join(tried)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Fail a test whose fixtures tried to leave."""
    return (yield from _told(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a test during which something tried to leave, also when a library swallowed the refusal."""
    return (yield from _told(item))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what did not run and why, so that a missing program is never read as a pass."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.write_sep("-", f"not run: {len(skipped)}")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"{report.nodeid}: {str(reason).removeprefix('Skipped: ')}")
