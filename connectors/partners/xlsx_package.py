"""The outside of an XLSX file: a zip with parts, looked at before anything in it is read (ECMA-376 part 2).

Refused are zip bombs, encrypted files, macros, links to other workbooks and embedded objects. XML with a document type
is refused, so no entity can be declared and none can grow.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from xml.parsers import expat

from schemas.errors import Invalid, TooLarge, WrongMediaType

MAX_UNPACKED = 120_000_000
"""Room for 50,000 lines of 30 filled cells, twice."""
MAX_PARTS = 500
MAX_SMALL_PART = 10_000_000
MAX_DEPTH = 32
MAX_TOKEN = 1_000_000
MAX_RATIO = 250
_RATIO_FROM = 10_000_000
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_FORBIDDEN = re.compile(
    r"xl/(vbaProject|externalLinks/|macrosheets/|dialogsheets/|embeddings/|activeX/|ctrlProps/|connections|queryTables/)",
    re.IGNORECASE,
)

Start = Callable[[str, dict[str, str]], None]
Text = Callable[[str], None]


def _no_workbook() -> Invalid:
    return Invalid("Dit bestand is geen leesbare Excel-werkmap (xlsx)", code="xlsx")


class Package:
    """The parts of one workbook, readable as streams of XML events."""

    def __init__(self, body: bytes) -> None:
        """Open and inspect a file.

        Raises:
            WrongMediaType: an old (xls) or password-protected workbook.
            TooLarge: it would unpack to more than ``MAX_UNPACKED``.
            Invalid: not a workbook, or one with active or linked content.
        """
        if body.startswith(_OLE2):
            raise WrongMediaType(
                "Een oude (xls) of beveiligde werkmap wordt niet gelezen; sla haar op als gewone xlsx"
            )
        with _reading():
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            self._parts = {info.filename: info for info in self._zip.infolist()}
        self._inspect()

    def _inspect(self) -> None:
        parts = self._zip.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise TooLarge("Deze werkmap is uitgepakt te groot")
        if any(p.file_size > _RATIO_FROM and p.file_size > MAX_RATIO * p.compress_size for p in parts):
            raise TooLarge("Deze werkmap is uitgepakt te groot")
        if len(self._parts) != len(parts) or not all(map(_plainly_packed, parts)):
            raise _no_workbook()
        if any(_FORBIDDEN.match(name) for name in self._parts) or self._macro_enabled():
            raise Invalid("Een werkmap met macro's of koppelingen wordt niet gelezen", code="xlsx_actief")

    def _macro_enabled(self) -> bool:
        types: list[str] = []

        def start(_: str, attributes: dict[str, str]) -> None:
            types.append(attributes.get("ContentType", ""))

        self.events("[Content_Types].xml", start)
        return any("macroenabled" in kind.lower() for kind in types)

    def events(
        self,
        name: str,
        start: Start,
        end: Text | None = None,
        text: Text | None = None,
        *,
        large: bool = False,
    ) -> None:
        """Send the elements of a part to the handlers; names as ``namespace}local``.

        Raises:
            TooLarge: a part that is not expected to be large is.
            Invalid: no such part, not XML, too deep, or with a document type.
        """
        if not large and name in self._parts and self._parts[name].file_size > MAX_SMALL_PART:
            raise TooLarge("Deze werkmap is uitgepakt te groot")
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.CharacterDataHandler = text
        _watch_depth(parser, start, end)
        with _reading():
            fed = 0
            for chunk in self._chunks(name):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if (
                    fed - parser.CurrentByteIndex > MAX_TOKEN
                ):  # the parser reads an unfinished tag again and again
                    raise _no_workbook()
            parser.Parse(b"", True)

    def _chunks(self, name: str) -> Iterator[bytes]:
        if name not in self._parts:
            raise _no_workbook()
        with self._zip.open(self._parts[name]) as part:
            while chunk := part.read(_CHUNK):
                yield chunk


def _plainly_packed(part: zipfile.ZipInfo) -> bool:
    packed = part.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    return packed and not part.flag_bits & _ENCRYPTED


def _watch_depth(parser: expat.XMLParserType, start: Start, end: Text | None) -> None:
    """Pass elements on, and stop at a depth no workbook has: the parser keeps every open element in memory."""
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _no_workbook()
        start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name)

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed


def _no_doctype(*_: object) -> None:
    raise _no_workbook()


_FAULTS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, expat.ExpatError,
    EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip
"""What the zip and XML libraries raise on broken files (RuntimeError: password, ValueError: sizes and encodings)."""


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what the libraries raise into one answer."""
    try:
        yield
    except _FAULTS:
        raise _no_workbook() from None


@dataclass(frozen=True, slots=True)
class Relation:
    """A part that another part refers to; ``kind`` is the last word of its type, such as ``worksheet``."""

    kind: str
    part: str


def relations(package: Package, part: str) -> Mapping[str, Relation]:
    """Read the internal relations of a part by id; the part with an empty name is the package itself."""
    folder, _, name = part.rpartition("/")
    found: dict[str, Relation] = {}

    def start(_: str, attributes: dict[str, str]) -> None:
        if "Id" in attributes and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            found[attributes["Id"]] = Relation(
                attributes.get("Type", "").rpartition("/")[2], target.lstrip("/")
            )

    package.events(posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found
