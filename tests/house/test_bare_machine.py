"""Both commands of the README on a bare Debian 12, as an ordinary user, leaving nothing outside the checkout.

Takes minutes and the network, so it runs only when asked for: SLUIS_BARE=1, as root, with debootstrap.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.folders import ROOT, program

USER = 1000
PASSED_ON = ("PIP_", "UV_", "SSL_CERT", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY")
OF_THE_NETWORK = ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt", "etc/pip.conf")


@dataclass(frozen=True)
class Machine:
    """A folder that is a whole Debian; the checkout lies with the home of an ordinary user."""

    root: Path

    @property
    def checkout(self) -> Path:
        return self.root / "srv" / "alice" / "sluis"

    @property
    def transcript(self) -> Path:
        """What every command printed and how long it took; it stays when the machine is gone."""
        return self.root.with_name("transcript.txt")

    def run(self, command: str, *, network: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command line in the checkout as alice; without network nothing but loopback is there."""
        passed = {key: value for key, value in os.environ.items() if key.startswith(PASSED_ON)}
        environment = {"HOME": "/srv/alice", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **passed}
        namespaces = ["--mount", "--pid", "--fork"] + ([] if network else ["--net"])
        enter = 'mount -t proc proc "$1/proc" && ip link set lo up && shift && exec chroot "$@"'
        began = time.monotonic()
        done = subprocess.run(
            [
                *(program("unshare"), *namespaces, "/bin/sh", "-c", enter, "sh", str(self.root)),
                *(f"--userspec={USER}:{USER}", str(self.root), "/usr/bin/env", "-i"),
                *(f"{name}={value}" for name, value in environment.items()),
                *("/bin/sh", "-c", f"cd /srv/alice/sluis && {command}"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        with self.transcript.open("a", encoding="utf-8") as told:
            told.write(f"$ {command}\n{done.stdout}{done.stderr}-- {time.monotonic() - began:.0f} s\n")
        return done

    def outside(self) -> set[tuple[str, int, int]]:
        """Give every file outside the checkout, with its size and the time it was changed."""
        found = set()
        for folder, folders, files in os.walk(self.root):
            here = Path(folder)
            folders[:] = [name for name in folders if here / name not in {self.checkout, self.root / "proc"}]
            for name in files:
                status = (here / name).lstat()
                found.add((str(here / name), status.st_size, status.st_mtime_ns))
            found.add((folder, 0, 0))
        return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if os.environ.get("SLUIS_BARE") != "1":
        pytest.skip("SLUIS_BARE is not 1")
    if os.geteuid() != 0:
        pytest.skip("not root, who alone can make a machine in a folder")
    made = Machine(tmp_path_factory.mktemp("bare") / "root")
    packages = "python3,python3-pip,ca-certificates"
    subprocess.run(
        [program("debootstrap"), "--variant=minbase", f"--include={packages}", "bookworm", str(made.root)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    for file in filter(lambda name: Path("/", name).exists(), OF_THE_NETWORK):
        shutil.copy(Path("/", file), made.root / file)
    made.checkout.mkdir(parents=True)
    subprocess.run(
        [program("git"), "clone", "--quiet", "--no-hardlinks", str(ROOT), str(made.checkout)], check=True
    )
    subprocess.run(["chown", "-R", f"{USER}:{USER}", str(made.root / "srv" / "alice")], check=True)
    yield made
    shutil.rmtree(made.root)


def test_both_commands_work_and_leave_nothing_behind(machine: Machine) -> None:
    before = machine.outside()
    first = machine.run("./sluis demo")
    assert first.returncode == 0, first.stdout[-2000:] + first.stderr[-4000:]
    again = machine.run("./sluis demo", network=False)
    assert again.returncode == 0, "the second run needed the network: " + again.stderr[-4000:]
    assert machine.outside() ^ before == set()
    suite = machine.run("./sluis test")
    assert machine.outside() ^ before == set()
    assert "program curl is not installed" in suite.stdout
    assert suite.returncode == 0, suite.stdout[-8000:]
