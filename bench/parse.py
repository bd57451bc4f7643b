"""Lines a CPU second that intake reads and validates, per format, beside csv.DictReader on the same lines.

Run: ``.venv/bin/python -m bench.parse [LINES]``. Floor: 5,000 lines in 0.9 s of one core; 50,000 lines (the limit) below 250 MB.
"""

import csv
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from bench.rig.targets import Target, at_least, at_most, conclude
from connectors.contract import DoorRules, Limits
from connectors.registry import CSV, JSON, XLSX, parse
from schemas.signal import SignalIn

FLOOR, MAX_MB = 5_000 / 0.9, 250
LINE = {
    "signaal_ref": "S-1",
    "soort": "vroegsignaal",
    "natuurlijk_persoon": "ja",
    "voorletters": "J.P.",
    "voorvoegsel": "van den",
    "achternaam": "Voorbeeld",
    "geboortedatum": "1985-03-02",
    "postcode": "2719 AB",
    "huisnummer": "12",
    "huisletter": "A",
    "toevoeging": "2",
    "straat": "Dorpsstraat",
    "plaats": "Zoetermeer",
    "telefoon_1": "06-12345678",
    "telefoon_2": "079 3621234",
    "email": "j.voorbeeld@example.nl",
    "klantnummer": "K-998",
    "bedrag": "1.234,50",
    "oudste_vordering": "1-2-2026",
    "peildatum": "2026-03-01",
    "crisissignaal": "nee",
    "warme_overdracht": "nee",
    "att_persoonlijk_contact": "ja",
    "att_gewezen_schuldhulp": "ja",
    "att_herinneringen": "2",
    "att_aanbod_datum": "2026-02-10",
    "att_geen_afwijzing": "ja",
}


def rows(count: int) -> list[dict[str, str]]:
    return [{**LINE, "signaal_ref": f"S-{n}", "huisnummer": str(1 + n % 900)} for n in range(count)]


def as_csv(count: int) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(LINE), delimiter=";")
    writer.writeheader()
    writer.writerows(rows(count))
    return out.getvalue().encode()


def as_json(count: int) -> bytes:
    return json.dumps(rows(count)).encode()


def as_xlsx(count: int) -> bytes:
    """Write a workbook as Excel does: shared strings, one part per purpose."""
    shared: dict[str, int] = {}

    def cell(text: str) -> str:
        return f'<c t="s"><v>{shared.setdefault(text, len(shared))}</v></c>'

    lines = [list(LINE), *([*row.values()] for row in rows(count))]
    sheet = "".join(f"<row>{''.join(map(cell, line))}</row>" for line in lines)
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    book = '<Relationship Id="b" Type="x/officeDocument" Target="xl/workbook.xml"/>'
    inner = (
        '<Relationship Id="a" Type="x/worksheet" Target="worksheets/s.xml"/>'
        '<Relationship Id="t" Type="x/sharedStrings" Target="sharedStrings.xml"/>'
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f"<Relationships>{book}</Relationships>",
        "xl/workbook.xml": f'<workbook {main} {relation}><sheets><sheet name="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{inner}</Relationships>",
        "xl/sharedStrings.xml": f"<sst {main}>{''.join(f'<si><t>{escape(t)}</t></si>' for t in shared)}</sst>",
        "xl/worksheets/s.xml": f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return out.getvalue()


def plain(body: bytes) -> int:
    return sum(1 for _ in csv.DictReader(io.StringIO(body.decode()), delimiter=";"))


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds, the best of three: other work on the machine does not count."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def peak_mb() -> float:
    """The most memory this process ever held; unlike ru_maxrss it does not inherit from the parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def child(media_type: str) -> None:
    """Parse what stands on stdin in a process of its own, so that the memory is that of parsing alone."""
    body = sys.stdin.buffer.read()
    rules = DoorRules(limits=Limits(max_bytes=100_000_000))
    parsed = parse(body, media_type, rules)
    if not all(isinstance(line, SignalIn) for line in parsed.lines):
        sys.exit("the bench measures good lines only")
    count = len(parsed.lines)
    peak = peak_mb()
    del parsed
    print(count / seconds(lambda: parse(body, media_type, rules)), peak)


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2])
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    body = as_csv(count)
    floor = count / seconds(lambda: plain(body))
    print(f"{'csv.DictReader':<16}{floor:>10,.0f} lines/CPU s (nothing validated)")
    reached: list[Target] = []
    for name, media_type, content in (
        ("csv", CSV, body),
        ("json", JSON, as_json(count)),
        ("xlsx", XLSX, as_xlsx(count)),
    ):
        command = [sys.executable, "-m", "bench.parse", "--child", media_type]
        said = subprocess.run(command, input=content, capture_output=True, check=True).stdout.split()
        speed, peak = float(said[0]), float(said[1])
        ratio = f"1/{floor / speed:.1f} of DictReader"
        print(
            f"{name:<16}{speed:>10,.0f} lines/CPU s, {ratio}, peak {peak:,.0f} MB for {len(content):,} bytes"
        )
        reached.append(at_least(f"parse: {name}, {count:,} lines", speed, FLOOR, "lines/s"))
        reached.append(at_most(f"parse: {name}, peak memory", peak, MAX_MB, "MB"))
    conclude(reached)


if __name__ == "__main__":
    main()
