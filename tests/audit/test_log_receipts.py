"""A receipt proves, offline and for ever, that an entry is in the log."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import receipt as receipts
from audit.entry import read
from audit.export import write
from audit.log import Appended
from audit.query import inclusion
from audit.receipt import Receipt
from audit.verify import verify
from schemas.errors import LogBroken, NotFound
from tests.support.audit import NOON, TENANT, Ed25519, export_log, fresh, make_log, read_case, verify_ed25519

KEY = Ed25519().vkey


def given_out(size: int, index: int, directory: Path | None = None) -> tuple[Receipt, Appended]:
    """Receipt of one entry of a fresh log of ``size`` events, exported on request."""
    with fresh() as connection:
        appended = make_log().append(connection, [read_case(number) for number in range(size)], NOON)
        if directory:
            write(connection, TENANT, 2026, directory)
        return inclusion(connection, TENANT, 2026, index), appended[index - 1]


@pytest.mark.parametrize(
    ("size", "index"), [(1, 1), (255, 255), (256, 256), (700, 1), (700, 513), (700, 700)]
)
def test_a_receipt_verifies_offline_and_shows_the_entry(size: int, index: int) -> None:
    receipt, appended = given_out(size, index)
    kept = receipts.parse(str(receipt).encode())
    assert kept == receipt
    point = receipts.check(kept, KEY, verify_ed25519)
    assert (point.origin, point.size) == (appended.origin, size + 1)
    assert (kept.index, kept.leaf) == (appended.index, appended.leaf)
    assert read(kept.entry)["id"] == appended.entry_id


def test_a_receipt_has_the_form_of_the_standard() -> None:
    receipt, _ = given_out(3, 2)
    lines = str(receipt).split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 2"
    assert lines[5:9] == ["", "sluis.example/audit/GM0637/2026", "4", lines[8]]


def test_a_receipt_of_another_index_or_entry_is_refused() -> None:
    receipt, _ = given_out(5, 2)
    other, _ = given_out(5, 2)
    for changed in (
        Receipt(receipt.entry, 3, receipt.proof, receipt.note),
        Receipt(other.entry, 2, receipt.proof, receipt.note),
        Receipt(receipt.entry, 2, receipt.proof, other.note),
        Receipt(receipt.entry, 2, receipt.proof[:-1], receipt.note),
    ):
        with pytest.raises(LogBroken):
            receipts.check(changed, KEY, verify_ed25519)


def test_a_receipt_signed_by_a_stranger_is_refused() -> None:
    receipt, _ = given_out(5, 2)
    with pytest.raises(LogBroken):
        receipts.check(receipt, Ed25519(seed=b"x" * 32).vkey, verify_ed25519)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_receipt_with_one_changed_byte_is_refused(data: st.DataObject) -> None:
    whole = str(_RECEIPT).encode()
    at, byte = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.binary(min_size=1, max_size=1))
    changed = whole[:at] + byte + whole[at + 1 :]
    if changed != whole:
        with pytest.raises(LogBroken):
            receipts.check(receipts.parse(changed), KEY, verify_ed25519)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"c2sp.org/tlog-proof@v1\nindex 1\n\nnote",
        b"c2sp.org/tlog-proof@v2\nextra AA==\nindex 1\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 01\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra AB==\nindex 1\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\nAA==",
        b"c2sp.org/tlog-proof@v1\nextra " + b"AAAA" * 1400 + b"\nindex 1\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\n" + b"AA==\n" * 30_000 + b"\nnote",
    ],
)
def test_bytes_that_are_no_receipt_are_refused(data: bytes) -> None:
    with pytest.raises(LogBroken):
        receipts.parse(data)


def test_no_receipt_is_made_for_an_entry_that_is_not_there() -> None:
    with fresh() as connection:
        make_log().append(connection, [read_case()], NOON)
        for year, index in ((2026, 2), (2026, -1), (2025, 0)):
            with pytest.raises(NotFound):
                inclusion(connection, TENANT, year, index)


def test_a_receipt_holds_against_a_later_export(tmp_path: Path) -> None:
    with fresh() as connection:
        log = make_log()
        log.append(connection, [read_case(number) for number in range(20)], NOON)
        early = inclusion(connection, TENANT, 2026, 7)
        log.append(connection, [read_case(number) for number in range(400)], NOON)
        write(connection, TENANT, 2026, tmp_path / "log")
    (tmp_path / "receipt").write_text(str(early))
    report = verify(tmp_path / "log", verify_ed25519, str(KEY), receipt=tmp_path / "receipt")
    assert report.receipt_index == 7


def test_a_receipt_convicts_a_log_without_its_entry(tmp_path: Path) -> None:
    receipt, _ = given_out(20, 7)
    (tmp_path / "receipt").write_text(str(receipt))
    export_log(tmp_path / "rewritten", [20, 5])
    with pytest.raises(LogBroken, match=r"Logregel 7 .* niet de regel van het bewijs"):
        verify(tmp_path / "rewritten", verify_ed25519, str(KEY), receipt=tmp_path / "receipt")


_RECEIPT, _ = given_out(30, 7)
