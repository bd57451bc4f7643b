"""The operator's door: one passphrase in, one word out, for this user of this machine only."""

import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from gateway.cli.control import EXPORT, SOCKET, UNSEAL, Control, ask
from gateway.wiring import Gateway
from schemas.errors import Invalid, Sealed, Unavailable

PASSPHRASE = bytearray(b"correct horse battery staple")


def unseal(home: Path, passphrase: bytearray) -> None:
    ask(home, UNSEAL, passphrase)


class Doorkeeper:
    """Stands for an installation: opens for one passphrase and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.apart = 0

    def unseal(self, passphrase: bytes | bytearray) -> None:
        self.given.append(bytes(passphrase))
        if passphrase != PASSPHRASE:
            raise Sealed("Het wachtwoord past niet", code="wachtwoord_onjuist")


def listening(home: Path) -> tuple[Control, Doorkeeper]:
    keeper = Doorkeeper()
    control = Control(cast("Gateway", keeper), home)
    control.start()
    return control, keeper


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "sluis"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def keeper(home: Path) -> Iterator[Doorkeeper]:
    control, keeper = listening(home)
    yield keeper
    control.close()


def test_the_right_passphrase_opens(home: Path, keeper: Doorkeeper) -> None:
    unseal(home, bytearray(PASSPHRASE))
    assert keeper.given == [bytes(PASSPHRASE)]


def test_a_passphrase_may_end_with_the_enter_key(home: Path, keeper: Doorkeeper) -> None:
    unseal(home, PASSPHRASE + b"\n")
    assert keeper.given == [bytes(PASSPHRASE)]


def test_the_wrong_one_does_not_and_is_not_echoed(home: Path, keeper: Doorkeeper) -> None:
    with pytest.raises(Unavailable) as refused:
        unseal(home, bytearray(b"kanarie"))
    assert (refused.value.code, refused.value.detail) == ("wachtwoord_onjuist", "Het wachtwoord past niet")
    assert "kanarie" not in str(refused.value)
    unseal(home, bytearray(PASSPHRASE))


def test_only_the_owner_of_the_folder_may_knock(home: Path, keeper: Doorkeeper) -> None:
    mode = (home / SOCKET).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_whoever_hangs_up_half_way_shuts_the_door_for_nobody(home: Path, keeper: Doorkeeper) -> None:
    for said in (b"", b"half a pass"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(home / SOCKET))
            line.sendall(said)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    unseal(home, bytearray(PASSPHRASE))
    assert keeper.given == [bytes(PASSPHRASE)]


def test_the_door_does_what_it_knows_and_nothing_else(home: Path, keeper: Doorkeeper) -> None:
    with pytest.raises(Unavailable) as refused:
        ask(home, b"openen", b"maar")
    assert refused.value.code == "onbekende_vraag"
    assert keeper.given == []


@pytest.mark.parametrize(
    "asked",
    [b'{"directory": "log", "year": null}', b'{"directory": "/tmp/log"}', b'"/tmp/log"', b"{", b"\xff"],
)
def test_an_export_names_its_folder_from_the_root(home: Path, keeper: Doorkeeper, asked: bytes) -> None:
    with pytest.raises(Unavailable) as refused:
        ask(home, EXPORT, asked)
    assert refused.value.code == "ongeldig"
    unseal(home, bytearray(PASSPHRASE))


def test_more_than_the_door_hears_is_not_half_said(home: Path, keeper: Doorkeeper) -> None:
    with pytest.raises(Invalid):
        ask(home, UNSEAL, b"x" * 1025)
    assert keeper.given == []


def test_one_who_takes_his_time_keeps_nobody_waiting(home: Path, keeper: Doorkeeper) -> None:
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(home / SOCKET))
        unseal(home, bytearray(PASSPHRASE))
    assert keeper.given == [bytes(PASSPHRASE)]


def test_where_no_service_runs_the_operator_hears_it(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        unseal(tmp_path, bytearray(PASSPHRASE))
    assert refused.value.code == "geen_dienst"


def test_a_door_that_was_left_behind_by_a_crash_is_replaced(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(home / SOCKET))
    control, keeper = listening(home)
    unseal(home, bytearray(PASSPHRASE))
    assert keeper.given
    control.close()


def test_a_closed_door_is_gone_and_nobody_listens_behind_it(home: Path) -> None:
    before = set(threading.enumerate())
    control, _ = listening(home)
    (listener,) = set(threading.enumerate()) - before
    control.close()
    listener.join(30)
    assert not listener.is_alive()
    assert not (home / SOCKET).exists()
    with pytest.raises(Unavailable):
        unseal(home, bytearray(PASSPHRASE))


def test_a_folder_may_lie_deeper_than_the_system_takes_names(tmp_path: Path) -> None:
    home = tmp_path / ("diep" * 15) / ("dieper" * 12)
    home.mkdir(parents=True)
    control, keeper = listening(home)
    unseal(home, bytearray(PASSPHRASE))
    assert keeper.given == [bytes(PASSPHRASE)]
    control.close()
    assert not (home / SOCKET).exists()
