"""An exported log convicts whoever changed it: one byte, one entry, a rewritten history or a wrong key."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from audit.checkpoint import Checkpoint, sign
from audit.export import write
from audit.layout import pack, tile_path, unpack
from audit.query import newest_checkpoint
from audit.tree import grow, leaf_hash, root_of
from audit.verify import Report, verify
from schemas.errors import Conflict, Invalid, LogBroken, NotFound
from tests.support.audit import (
    NOON,
    TENANT,
    Ed25519,
    export_log,
    fresh,
    make_log,
    read_case,
    verify_ed25519,
)
from tests.support.folders import ROOT

VKEY = str(Ed25519().vkey)


def check(directory: Path, **more: Path) -> Report:
    return verify(directory, verify_ed25519, VKEY, **more)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    return export_log(tmp_path / "log", [3, 2])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_an_exported_log_verifies_at_every_shape_of_its_last_tile(tmp_path: Path, size: int) -> None:
    report = check(export_log(tmp_path / "log", [size]))
    assert report.size == size + 1
    assert report.origin == "sluis.example/audit/GM0637/2026"
    assert not report.self_asserted
    assert (report.first_ms, report.last_ms) == (NOON, NOON)


def test_the_export_stands_in_the_places_of_the_standard(tmp_path: Path) -> None:
    export_log(tmp_path / "log", [600])
    found = {str(one.relative_to(tmp_path / "log")) for one in (tmp_path / "log").rglob("*") if one.is_file()}
    assert found == {
        "checkpoint",
        "vkey",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/89",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/89",
    }
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 5, 7) == "tile/entries/005.p/7"


def test_a_key_found_only_in_the_folder_is_reported_as_self_asserted(exported: Path) -> None:
    assert verify(exported, verify_ed25519).self_asserted
    assert not check(exported).self_asserted


def test_every_changed_byte_of_an_export_is_caught(exported: Path) -> None:
    tried = 0
    for path in sorted(one for one in exported.rglob("*") if one.is_file()):
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
            with pytest.raises(LogBroken):
                check(exported)
            tried += 1
        for changed in (whole[:-1], whole + b"\n", b""):
            path.write_bytes(changed)
            with pytest.raises(LogBroken):
                check(exported)
        path.write_bytes(whole)
    assert tried > 1500
    assert check(exported).size == 6


def test_a_missing_file_is_named(exported: Path) -> None:
    (exported / "tile/0/000.p/6").unlink()
    with pytest.raises(LogBroken, match=r"tile/0/000\.p/6"):
        check(exported)


def test_the_first_altered_entry_is_named_by_index_act_and_time(exported: Path) -> None:
    bundle = exported / "tile/entries/000.p/6"
    entries = unpack(bundle.read_bytes())
    for index in (4, 2):
        entries[index] = entries[index].replace(b'"dec":"permit"', b'"dec":"denied"')
        bundle.write_bytes(pack(entries))
        with pytest.raises(LogBroken, match=rf"Logregel {index} \(case.read, 2026-09-21T14:13:20Z\)"):
            check(exported)


def test_an_entry_taken_out_or_put_in_is_noticed(exported: Path) -> None:
    bundle = exported / "tile/entries/000.p/6"
    entries = unpack(bundle.read_bytes())
    for changed in (entries[:-1], [*entries, entries[-1]]):
        bundle.write_bytes(pack(changed))
        with pytest.raises(LogBroken, match="ontbreekt er een, of er staat er een te veel"):
            check(exported)


def test_entries_and_tiles_rewritten_together_do_not_reach_the_signed_root(tmp_path: Path) -> None:
    directory = export_log(tmp_path / "log", [300])
    bundle, leaves = directory / "tile/entries/000", directory / "tile/0/000"
    entries = unpack(bundle.read_bytes())
    entries[7] = entries[7].replace(b"permit", b"refuse")
    bundle.write_bytes(pack(entries))
    leaves.write_bytes(b"".join(map(leaf_hash, entries)))
    with pytest.raises(LogBroken, match="de regels 0 tot 256"):
        check(directory)
    (directory / "tile/1/000.p/1").write_bytes(root_of(grow(0, (), list(map(leaf_hash, entries))).edge))
    with pytest.raises(LogBroken, match="ondertekende wortel"):
        check(directory)


def test_another_key_is_refused_whether_in_the_folder_or_in_the_hand(exported: Path) -> None:
    stranger = Ed25519(seed=b"x" * 32)
    with pytest.raises(LogBroken, match="andere controlesleutel"):
        verify(exported, verify_ed25519, str(stranger.vkey))
    (exported / "vkey").unlink()
    with pytest.raises(LogBroken, match="niet met deze sleutel"):
        verify(exported, verify_ed25519, str(stranger.vkey))
    assert check(exported).size == 6


def test_a_kept_checkpoint_of_an_earlier_moment_is_continued(tmp_path: Path) -> None:
    directory = tmp_path / "log"
    with fresh() as connection:
        log = make_log()
        notes = []
        for batch in (5, 251, 1, 300):
            log.append(connection, [read_case(number) for number in range(batch)], NOON)
            notes.append(newest_checkpoint(connection, TENANT, 2026))
        write(connection, TENANT, 2026, directory)
    for size, note in notes:
        (tmp_path / "old").write_text(note)
        assert check(directory, old=tmp_path / "old").old_size == size


def test_a_kept_checkpoint_convicts_a_forked_log(tmp_path: Path) -> None:
    """The operator rewrites history with the real key; a partner's checkpoint of before shows it."""
    export_log(tmp_path / "before", [300])
    export_log(tmp_path / "after", [300, 100])
    shutil.copy(tmp_path / "before/checkpoint", tmp_path / "old")
    with pytest.raises(LogBroken, match="herschreven: van de eerste 301 regels"):
        check(tmp_path / "after", old=tmp_path / "old")


def test_a_kept_checkpoint_convicts_a_rolled_back_log(tmp_path: Path) -> None:
    export_log(tmp_path / "long", [30])
    export_log(tmp_path / "short", [20])
    with pytest.raises(LogBroken, match="teruggedraaid: het had 31 regels en heeft er nu 21"):
        check(tmp_path / "short", old=tmp_path / "long/checkpoint")


def test_a_checkpoint_over_nothing_is_only_true_of_the_empty_root(exported: Path, tmp_path: Path) -> None:
    origin = check(exported).origin
    (tmp_path / "old").write_text(sign(Checkpoint(origin, 0, root_of(())), Ed25519()))
    assert check(exported, old=tmp_path / "old").old_size == 0
    (tmp_path / "old").write_text(sign(Checkpoint(origin, 0, b"\x00" * 32), Ed25519()))
    with pytest.raises(LogBroken, match="herschreven"):
        check(exported, old=tmp_path / "old")


def test_a_checkpoint_of_another_log_is_no_evidence(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "old").write_text(sign(Checkpoint("elsewhere/audit/GM0001/2026", 1, b"\x00" * 32), Ed25519()))
    with pytest.raises(Invalid):
        check(exported, old=tmp_path / "old")


def test_time_that_runs_back_between_entries_is_named(tmp_path: Path) -> None:
    directory = export_log(tmp_path / "log", [3])
    bundle = directory / "tile/entries/000.p/4"
    entries = unpack(bundle.read_bytes())
    entries[2] = entries[2].replace(b'"t":%d' % NOON, b'"t":%d' % (NOON - 1000))
    leaves = list(map(leaf_hash, entries))
    bundle.write_bytes(pack(entries))
    (directory / "tile/0/000.p/4").write_bytes(b"".join(leaves))
    point = Checkpoint("sluis.example/audit/GM0637/2026", 4, root_of(grow(0, (), leaves).edge))
    (directory / "checkpoint").write_text(sign(point, Ed25519()))
    with pytest.raises(LogBroken, match=r"Logregel 2 .* eerder dan de regel ervoor"):
        check(directory)


def test_an_export_replaces_an_older_one_and_never_wipes_another_folder(tmp_path: Path) -> None:
    directory = export_log(tmp_path / "log", [3])
    export_log(directory, [30])
    assert check(directory).size == 31
    (directory / "brief.pdf").write_bytes(b"mine")
    with pytest.raises(Conflict):
        export_log(directory, [3])
    assert (directory / "brief.pdf").read_bytes() == b"mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log"]


def test_a_log_that_does_not_exist_is_not_exported(tmp_path: Path) -> None:
    with fresh() as connection, pytest.raises(NotFound):
        write(connection, TENANT, 2026, tmp_path / "log")
    assert list(tmp_path.iterdir()) == []


def test_an_export_with_a_hole_never_appears(tmp_path: Path) -> None:
    with fresh() as connection:
        make_log().append(connection, [read_case(number) for number in range(300)], NOON)
        connection.execute(text("DROP TRIGGER audit_log_no_delete"))
        connection.execute(text("DELETE FROM audit_log WHERE idx = 5"))
        with pytest.raises(LogBroken, match="tussen 0 en 256"):
            write(connection, TENANT, 2026, tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_a_truncated_bundle_is_refused() -> None:
    packed = pack([b"one", b"two"])
    assert unpack(packed) == [b"one", b"two"]
    for cut in (packed[:-1], packed[:6], packed + b"\x00"):
        with pytest.raises(LogBroken):
            unpack(cut)


def test_the_verifier_stands_alone() -> None:
    """Loading it brings neither gateway, keys, database nor cryptography with it."""
    probe = "import sys, audit.verify; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert {"audit", "schemas"} <= set(loaded.stdout.split())
    assert not {"gateway", "keys", "sqlalchemy", "cryptography", "pydantic"} & set(loaded.stdout.split())
