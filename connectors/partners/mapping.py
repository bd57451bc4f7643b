"""A column map made ready for reading: folded source names, splits, constants and readers that know the formats."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from connectors.partners.splitting import split
from schemas.columnmap import CONTRACT_KEYS, ColumnMap, DateForm, Split, column_key
from schemas.errors import Invalid
from schemas.signal import COLUMNS, Reader
from schemas.validation import euros


@dataclass(frozen=True, slots=True)
class Mapped:
    """A compiled map. ``sources``: folded source column → field, or the marker of a split in ``splits``."""

    sources: Mapping[str, str] = field(default_factory=dict)
    title_lines: int = 0
    ignored: frozenset[str] = frozenset()
    splits: Mapping[str, Split] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    readers: Mapping[str, Reader] = field(default_factory=lambda: COLUMNS)

    @property
    def active(self) -> bool:
        """Whether cells need more than their column's name."""
        return bool(self.splits or self.constants or self.defaults or self.empty)

    def knows(self, name: str) -> bool:
        """Whether a column of this name means something here."""
        key = column_key(name)
        return key in self.sources or key in CONTRACT_KEYS or key in self.ignored

    def is_header(self, names: Iterable[str]) -> bool:
        """Whether a row holds column names rather than a title or data: at least two of them are known."""
        return sum(map(self.knows, names)) > 1

    def apply(self, filled: Mapping[str, str]) -> Mapping[str, str]:
        """Turn the cells of the partner's own columns into cells of the contract."""
        cells: dict[str, str] = dict(self.defaults)
        for column, raw in filled.items():
            if self.empty and raw.strip().casefold() in self.empty:
                continue
            if (form := self.splits.get(column)) is None:
                cells[column] = raw
            else:
                cells.update(split(form, raw))
        return {**cells, **self.constants}


_PLAIN = Mapped()


def mapped(column_map: ColumnMap | None) -> Mapped:
    """Make a map ready; without a map the columns of the contract are read as they are."""
    return _PLAIN if column_map is None else _compiled(column_map.model_dump_json())


@lru_cache(maxsize=64)
def _compiled(document: str) -> Mapped:
    source = ColumnMap.model_validate_json(document)
    sources = {column_key(name): target for name, target in source.columns.items()}
    marks = {column_key(name): f"split {name}" for name in source.splits}
    return Mapped(
        sources={**sources, **marks},
        title_lines=source.title_lines,
        ignored=frozenset(map(column_key, source.ignore)),
        splits={f"split {name}": form for name, form in source.splits.items()},
        constants=source.constants,
        defaults=source.defaults,
        empty=frozenset(word.strip().casefold() for word in source.empty),
        readers=_readers(source),
    )


def _readers(source: ColumnMap) -> Mapping[str, Reader]:
    readers = dict(COLUMNS)
    if source.decimal is not None:
        readers["bedrag"] = _euros_by(source.decimal)
    for column, form in source.dates.items():
        readers[column] = _dated(form, readers[column])
    for column, words in source.values.items():
        readers[column] = _translated(words, readers[column])
    return readers


def _translated(words: Mapping[str, str], reader: Reader) -> Reader:
    known = {word.strip().casefold(): meaning for word, meaning in words.items()}
    return lambda raw: reader(known.get(raw.strip().casefold(), raw))


_DATE_FORMS: Mapping[DateForm, re.Pattern[str]] = {
    DateForm.DAY_FIRST_SLASH: re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<j>[0-9]{4})"),
    DateForm.MONTH_FIRST_SLASH: re.compile(r"(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<j>[0-9]{4})"),
    DateForm.DOTS: re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<j>[0-9]{4})"),
    DateForm.COMPACT: re.compile(r"(?P<j>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    DateForm.COMPACT_DAY_FIRST: re.compile(r"(?P<d>[0-9]{2})(?P<m>[0-9]{2})(?P<j>[0-9]{4})"),
}


def _dated(form: DateForm, reader: Reader) -> Reader:
    pattern = _DATE_FORMS[form]

    def read(raw: str) -> object:
        found = pattern.fullmatch(raw.strip())
        return reader(f"{found['j']}-{found['m']:0>2}-{found['d']:0>2}" if found else raw)

    return read


_THOUSAND = re.compile(r"([0-9]{1,3})([.,])([0-9]{3})", re.ASCII)


def _euros_by(decimal: str) -> Callable[[str], object]:
    def read(raw: str) -> object:
        bare = raw.strip().removeprefix("€").strip()
        found = _THOUSAND.fullmatch(bare)
        if found is None:
            return euros(raw)
        if found[2] == decimal:
            raise Invalid("Een bedrag heeft ten hoogste twee decimalen")
        return euros(found[1] + found[3])

    return read
