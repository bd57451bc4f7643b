"""Journey 5: what was shown to whom can be proved to an outsider, with files and a public key and nothing of ours."""

from pathlib import Path

import pytest

from audit import receipt
from audit.entry import read
from audit.note import VerifierKey
from audit.verify import verify
from keys.verification import verify_ed25519
from schemas.errors import LogBroken
from tests.support.service import Service


def link_of(service: Service) -> str:
    """Show somebody a case and give the address of the proof."""
    service.person()
    answer = service.ask("bel-cem", "POST", "/belrecords/_lease", json={"aantal": 1})
    return answer.headers["link"].partition("<")[2].partition(">")[0]


def test_the_receipt_of_a_disclosure_is_verified_offline_against_the_exported_log(
    service: Service, tmp_path: Path
) -> None:
    answer = service.ask("bel-cem", "GET", link_of(service))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    kept = tmp_path / "receipt"
    kept.write_bytes(answer.content)

    service.match()
    exported = service.export(tmp_path / "log")
    key = VerifierKey.parse(exported.report.key)
    held = receipt.parse(kept.read_bytes())
    assert receipt.check(held, key, verify_ed25519).size <= exported.report.size
    assert read(held.entry) == exported.entries[held.index]
    assert read(held.entry)["act"] == "dial.leased"

    report = verify(tmp_path / "log", verify_ed25519, str(key), receipt=kept)
    assert (report.receipt_index, report.self_asserted) == (held.index, False)


def test_a_receipt_convicts_a_log_that_was_written_anew(service: Service, tmp_path: Path) -> None:
    kept = tmp_path / "receipt"
    kept.write_bytes(service.ask("bel-cem", "GET", link_of(service)).content)
    key = service.export(tmp_path / "log").report.key
    entry = receipt.parse(kept.read_bytes()).entry
    bundles = [path for path in (tmp_path / "log" / "tile" / "entries").rglob("*") if path.is_file()]
    for bundle in bundles:
        bundle.write_bytes(bundle.read_bytes().replace(entry, entry.replace(b"dial.leased", b"dial.recall")))
    with pytest.raises(LogBroken, match=r"Logregel \d+"):
        verify(tmp_path / "log", verify_ed25519, key, receipt=kept)


def test_a_kept_checkpoint_proves_that_nothing_was_taken_back(service: Service, tmp_path: Path) -> None:
    service.person()
    key = service.export(tmp_path / "log").report.key
    kept = tmp_path / "kept"
    kept.write_bytes((tmp_path / "log" / "checkpoint").read_bytes())
    service.lease()
    service.export(tmp_path / "later")
    later = verify(tmp_path / "later", verify_ed25519, key, old=kept)
    assert later.old_size is not None
    assert later.old_size < later.size


def test_a_receipt_tells_codes_and_commitments_and_nothing_of_a_person(service: Service) -> None:
    link = link_of(service)
    text = receipt.parse(service.ask("bel-cem", "GET", link).content).entry.decode()
    assert set(read(text.encode())) <= {
        "act", "actc", "casc", "cat", "clk", "crud", "dec", "detc", "gr", "id", "leg", "n", "org", "pol", "pur",
        "role", "seal", "sealn", "subc", "t", "typ", "v", "whyn",
    }  # fmt: skip
    assert "Adelaar" not in text
    assert "bel-cem" not in text


def test_a_receipt_of_an_entry_that_is_not_there_is_not_found(service: Service) -> None:
    year = link_of(service).split("/")[3]
    assert service.ask("bel-cem", "GET", f"/logontvangsten/{year}/{service.size()}").status_code == 404
    assert service.ask("bel-cem", "GET", "/logontvangsten/2199/0").status_code == 404


def test_a_receipt_is_for_whoever_was_shown_it_and_for_the_privacy_officer(service: Service) -> None:
    link = link_of(service)
    assert service.ask("sw-eva", "GET", link).status_code == 404
    assert service.ask("po-jan", "GET", link).content == service.ask("bel-cem", "GET", link).content
