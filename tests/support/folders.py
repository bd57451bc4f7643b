"""Data that is not ours and stays outside the repository, and programs that a machine may lack.

A test that needs one and does not find it is reported as not run, with the name of what is missing.
"""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def conformance(*parts: str) -> Path:
    """Give a path in the folder of official artefacts of the standards; skips without SLUIS_CONFORMANCE_DIR."""
    return _outside("SLUIS_CONFORMANCE_DIR", parts)


def training_data(*parts: str) -> Path:
    """Give a path in the folder of Dutch text for detection; skips without SLUIS_DATA_DIR."""
    return _outside("SLUIS_DATA_DIR", parts)


def program(name: str) -> str:
    """Give the path of an installed program; skips, naming it, where it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"program {name} is not installed")
    return found


def _outside(variable: str, parts: tuple[str, ...]) -> Path:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{variable} is not set")
    path = Path(folder, *parts)
    if not path.exists():
        raise FileNotFoundError(f"{variable} has no {'/'.join(parts)}")
    return path
