"""A register for tests: the packaged one, changed copies of it, and facts by name."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path

from gateway.policy.compile import load
from gateway.policy.facts import NAMES, Facts
from gateway.policy.register import Register
from schemas.parties import PartyKind

HOME = Path(__file__).parents[2] / "schemas" / "register"

CALLING = (
    "geleend",
    "belbaar",
    "dossier_open",
    "onder_bedraggrens",
    "binnen_belvenster",
    "pogingen_over",
    "niet_geweigerd",
    "geen_bezwaar",
    "niet_beschermd",
    "budget_beschikbaar",
)


@lru_cache(maxsize=1)
def packaged_register() -> Register:
    """The register that ships, loaded once."""
    return load()


def facts(*names: str) -> Facts:
    """Facts in which exactly ``names`` hold."""
    return Facts(**dict.fromkeys(names, True))


def states(names: Iterable[str]) -> Iterator[Facts]:
    """Every combination of the named facts, all others false."""
    chosen = tuple(names)
    for values in product((False, True), repeat=len(chosen)):
        yield Facts(**dict(zip(chosen, values, strict=True)))


def relevant(register: Register, party: PartyKind, purpose: str) -> tuple[str, ...]:
    """The facts that any grant of the pair asks, in vocabulary order."""
    asked = {name for grant in register.pair(party, purpose) for name in grant.voorwaarden}
    return tuple(name for name in NAMES if name in asked)


def changed(folder: Path, file: str, change: Callable[[str], str]) -> Path:
    """A copy of the packaged register in which ``change`` was made to one file."""
    target = folder / "register"
    shutil.copytree(HOME, target)
    text = (target / file).read_text("utf-8")
    new = change(text)
    assert new != text, "the change did not find its place"
    (target / file).write_text(new, "utf-8")
    return target


def replaced(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the packaged register with the first ``old`` replaced by ``new``."""
    return changed(folder, file, lambda text: text.replace(old, new, 1))
