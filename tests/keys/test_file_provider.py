"""The key file opens for its passphrase, shows nothing, and cannot be weakened or swapped unseen."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from keys.profiles import CHEAPEST, STANDARD
from keys.providers import KekContext, Provider
from keys.providers.file import FileProvider
from schemas.errors import Broken, SealBroken, Sealed
from schemas.person import DataClass

PASSPHRASE = b"a long sentence about cheese"
CONTEXT = KekContext("GM0637", DataClass.CONTACT, b"k" * 16, 1)
KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.json"


@pytest.fixture
def provider(path: Path) -> Provider:
    return FileProvider.create(path, PASSPHRASE, CHEAPEST)


def edited(path: Path, **changes: Any) -> FileProvider:
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, **changes}))
    return FileProvider(path)


def test_a_key_wrapped_before_sealing_opens_after_unsealing(provider: Provider, path: Path) -> None:
    blob = provider.wrap(CONTEXT, KEY)
    provider.seal()
    again = FileProvider(path)
    again.unseal(PASSPHRASE)
    assert again.unwrap(CONTEXT, blob) == KEY
    rewrapped = again.rewrap(CONTEXT, blob)
    assert rewrapped != blob
    assert again.unwrap(CONTEXT, rewrapped) == KEY


def test_a_provider_starts_sealed(path: Path) -> None:
    FileProvider.create(path, PASSPHRASE, CHEAPEST)
    fresh = FileProvider(path)
    assert fresh.health() == "verzegeld"
    for attempt in (
        lambda: fresh.wrap(CONTEXT, KEY),
        lambda: fresh.unwrap(CONTEXT, bytes(60)),
        lambda: fresh.rewrap(CONTEXT, bytes(60)),
    ):
        with pytest.raises(Sealed):
            attempt()
    fresh.unseal(PASSPHRASE)
    assert fresh.health() == "open"


@pytest.mark.parametrize(
    "wrong", [b"", b"a long sentence about chees", PASSPHRASE + b" ", PASSPHRASE.upper()]
)
def test_a_wrong_passphrase_is_told_apart_from_a_broken_file(
    path: Path, provider: Provider, wrong: bytes
) -> None:
    with pytest.raises(Sealed) as refused:
        FileProvider(path).unseal(wrong)
    assert refused.value.code == "wachtwoord_onjuist"
    assert repr(wrong) not in str(refused.value)


@pytest.mark.parametrize(
    "elsewhere",
    [
        KekContext("GM0344", DataClass.CONTACT, b"k" * 16, 1),
        KekContext("GM0637", DataClass.FINANCIEN, b"k" * 16, 1),
        KekContext("GM0637", DataClass.CONTACT, b"x" * 16, 1),
        KekContext("GM0637", DataClass.CONTACT, b"k" * 16, 2),
    ],
)
def test_a_wrapped_class_key_opens_only_in_its_own_place(provider: Provider, elsewhere: KekContext) -> None:
    blob = provider.wrap(CONTEXT, KEY)
    with pytest.raises(SealBroken):
        provider.unwrap(elsewhere, blob)
    with pytest.raises(SealBroken):
        provider.rewrap(elsewhere, blob)


def test_an_altered_or_cut_blob_is_refused(provider: Provider) -> None:
    blob = provider.wrap(CONTEXT, KEY)
    for position in range(len(blob)):
        broken = bytearray(blob)
        broken[position] ^= 1
        with pytest.raises(SealBroken):
            provider.unwrap(CONTEXT, bytes(broken))
    for cut in (b"", blob[:12], blob[:-1], blob + b"\0"):
        with pytest.raises(SealBroken):
            provider.unwrap(CONTEXT, cut)


def test_the_key_file_is_for_its_owner_only_and_holds_no_key(provider: Provider, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = json.loads(path.read_bytes())
    assert set(content) == {"format", "kdf", "n", "r", "p", "salt", "wrapped"}


def test_an_existing_key_file_is_never_overwritten(provider: Provider, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        FileProvider.create(path, b"another", CHEAPEST)
    assert path.read_bytes() == before


def test_costs_and_salt_cannot_be_changed_unseen(provider: Provider, path: Path) -> None:
    original = path.read_bytes()
    for changes in ({"n": 32}, {"r": 2}, {"p": 2}, {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="}):
        path.write_bytes(original)
        with pytest.raises(Sealed):
            edited(path, **changes).unseal(PASSPHRASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"kdf": "plain"},
        {"n": 3},
        {"n": 2**40},
        {"n": "16"},
        {"n": True},
        {"r": 0},
        {"p": -1},
        {"salt": "%%%"},
        {"salt": None},
        {"wrapped": ""},
        {"wrapped": "AAAA"},
        {"wrapped": 7},
    ],
    ids=str,
)
def test_a_broken_key_file_says_so(provider: Provider, path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(Broken) as found:
        edited(path, **changes).unseal(PASSPHRASE)
    assert found.value.code == "sleutelbestand_onleesbaar"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"{", b'{"n":1}'])
def test_garbage_is_no_key_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Broken):
        FileProvider(path).unseal(PASSPHRASE)


def test_a_missing_key_file_says_so(path: Path) -> None:
    with pytest.raises(Broken):
        FileProvider(path).unseal(PASSPHRASE)


def test_a_changed_passphrase_opens_the_same_root_at_the_standard_costs(
    provider: Provider, path: Path
) -> None:
    blob = provider.wrap(CONTEXT, KEY)
    FileProvider(path).change_passphrase(PASSPHRASE, b"another sentence")
    assert json.loads(path.read_bytes())["n"] == STANDARD.n
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    changed = FileProvider(path)
    with pytest.raises(Sealed):
        changed.unseal(PASSPHRASE)
    changed.unseal(b"another sentence")
    assert changed.unwrap(CONTEXT, blob) == KEY
    assert [file.name for file in path.parent.iterdir()] == ["root.json"]


def test_a_wrong_old_passphrase_changes_nothing(provider: Provider, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Sealed):
        FileProvider(path).change_passphrase(b"wrong", b"another")
    assert path.read_bytes() == before
