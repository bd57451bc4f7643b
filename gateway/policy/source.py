"""Reading the register's YAML so that every complaint names the file and the line.

Only plain data: no tags, no key twice in one mapping.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from schemas.errors import FieldProblem, Invalid

Path = tuple[str | int, ...]
T = TypeVar("T")

REGISTER_FILES = (
    "purposes.yaml",
    "fields.yaml",
    "conditions.yaml",
    "grants.yaml",
    "guardrails.yaml",
    "grounds.yaml",
)


def packaged() -> Traversable:
    """Find the register that ships with the product."""
    return resources.files("schemas") / "register"


@dataclass(slots=True)
class Problems:
    """Everything wrong with a register, collected so that one reading shows all of it."""

    found: list[FieldProblem] = field(default_factory=list)

    def add(self, where: str, code: str, hint: str) -> None:
        """Note one problem; ``where`` is ``file:line``."""
        self.found.append(FieldProblem(where, code, hint))

    def refusal(self) -> Invalid:
        """Make the error that lists them all; each field problem names file and line."""
        lines = "; ".join(f"{p.veld}: {p.hint}" for p in self.found)
        return Invalid(f"Het register klopt niet: {lines}", fields=self.found, code="register_ongeldig")

    def refuse(self) -> None:
        """End the reading when anything was found.

        Raises:
            Invalid: the register is wrong.
        """
        if self.found:
            raise self.refusal()


@dataclass(frozen=True, slots=True)
class Source:
    """One file as plain data, with the line on which each part begins."""

    name: str
    data: Any
    lines: Mapping[Path, int]

    def at(self, path: Sequence[str | int]) -> str:
        """Say where ``path`` stands, or the nearest part around it: ``grants.yaml:12``."""
        known = next(p for p in _shorter(tuple(path)) if p in self.lines)
        return f"{self.name}:{self.lines[known]}"


def _shorter(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path), -1, -1))


def read(folder: Traversable, name: str, problems: Problems) -> Source:
    """Read one file; a syntax error, a tag or a double key is noted with its line."""
    reader = _Reader(name, problems)
    try:
        node = yaml.compose((folder / name).read_text("utf-8"), Loader=yaml.CSafeLoader)
        data = reader.plain(node, ()) if node else None
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        problems.add(f"{name}:{line}", "yaml", "de YAML is niet leesbaar")
        data = None
    return Source(name, data, reader.lines)


class _Reader:
    """Turns the nodes of one file into plain data and remembers on which line each part begins."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.lines: dict[Path, int] = {(): 1}
        self._name = name
        self._problems = problems
        self._scalars = yaml.constructor.SafeConstructor()

    def plain(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, place)) for place, item in enumerate(node.value)]
        return self._scalars.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in result:
                self._problems.add(f"{self._name}:{line}", "dubbel", f"'{key}' staat er twee keer")
            self.lines[*path, key] = line
            result[key] = self.plain(value_node, (*path, key))
        return result


def parse(kind: type[T], source: Source) -> T:
    """Read a source as ``kind``.

    Raises:
        Invalid: the data does not fit; every mismatch is named at its line.
    """
    try:
        return TypeAdapter(kind).validate_python(source.data)
    except ValidationError as wrong:
        problems = Problems()
        for error in wrong.errors(include_url=False, include_input=False):
            path = tuple(part for part in error["loc"] if part != "[key]")
            what = ".".join(map(str, path))
            problems.add(source.at(path), error["type"], f"{what}: {error['msg']}")
        raise problems.refusal() from None


def digest(sources: Sequence[Source]) -> str:
    """Hash the content of a register (SHA-256, hex), independent of order, spacing and comments."""
    content = {source.name: source.data for source in sources}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
