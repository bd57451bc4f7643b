"""Column maps on disk: TOML files, strictly read, packaged in ``mappings/`` or kept by the municipality itself."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from schemas.columnmap import ColumnMap
from schemas.errors import FieldProblem, Invalid, NotFound

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PACKAGED = files("connectors.partners") / "mappings"


def read_map(document: str) -> ColumnMap:
    """Read one map.

    Raises:
        Invalid: no TOML, an unknown key, or a target outside the contract; every problem by the place it stands.
    """
    try:
        return ColumnMap.model_validate(tomllib.loads(document))
    except tomllib.TOMLDecodeError as problem:
        raise Invalid(f"De kolommentabel is geen geldige TOML: {problem}", code="kolommentabel") from None
    except ValidationError as problem:
        found = [
            FieldProblem(".".join(map(str, error["loc"])), "kolommentabel", error["msg"])
            for error in problem.errors(include_url=False, include_context=False)
        ]
        places = "; ".join(f"{one.veld or 'tabel'}: {one.hint}" for one in found)
        raise Invalid(f"De kolommentabel klopt niet: {places}", fields=found, code="kolommentabel") from None


def column_map(name: str, folder: Path | None = None) -> ColumnMap:
    """Find a map by name: first in the municipality's own folder, then among the packaged ones.

    Raises:
        NotFound: there is no map of that name.
        Invalid: the map does not fit its contract, or calls itself otherwise.
    """
    if _NAME.fullmatch(name) is None:
        raise NotFound("Deze kolommentabel bestaat niet")
    places = [place for place in (folder, PACKAGED) if place is not None]
    for file in (place / f"{name}.toml" for place in places):
        if file.is_file():
            found = read_map(file.read_text(encoding="utf-8"))
            if found.name != name:
                raise Invalid("De kolommentabel heet anders dan haar bestand", code="kolommentabel")
            return found
    raise NotFound("Deze kolommentabel bestaat niet")


def packaged_maps() -> tuple[str, ...]:
    """The names of the maps that come with the product."""
    return tuple(sorted(file.name[:-5] for file in PACKAGED.iterdir() if file.name.endswith(".toml")))
