"""``./sluis`` starts the product from a bare checkout: anywhere, once prepared, touching nothing else.

uv, pip and the product are fakes that write down how they were called; the real ones run in test_bare_machine.py.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.folders import ROOT, program

FAKE_UV = """#!/bin/sh
if [ "$1" = --version ]; then echo "uv {version} (fake)"; exit 0; fi
echo "uv $*" >>"$CALLS"
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
for name in sluis python; do
    printf '#!/bin/sh\\necho "$(basename "$0") $*" >>"$CALLS"\\npwd\\nexit ${{STATUS:-0}}\\n' \\
        >"$UV_PROJECT_ENVIRONMENT/bin/$name"
    chmod +x "$UV_PROJECT_ENVIRONMENT/bin/$name"
done
"""
FAKE_PYTHON = """#!/bin/sh
if [ -n "${{NO_PIP:-}}" ]; then exit 1; fi
if [ "$*" = "-m pip --version" ]; then exit 0; fi
echo "python3 $*" >>"$CALLS"
mkdir -p "$(dirname "$CALLS")/a checkout/.uv/bin"
cp "$(dirname "$CALLS")/fakes/uv-new" "$(dirname "$CALLS")/a checkout/.uv/bin/uv"
"""


POSIX = [
    "basename",
    "cat",
    "chmod",
    "cksum",
    "cp",
    "dirname",
    "mkdir",
    "mktemp",
    "readlink",
    "rm",
    "sed",
    "tr",
]


@dataclass
class Machine:
    """A checkout with spaces in its path, an empty home, and a PATH with fakes and the tools of POSIX alone."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "a checkout"

    def install(self, name: str, text: str) -> None:
        path = self.folder / "fakes" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(
        self, *words: str, script: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": str(self.folder / "fakes"),
            "HOME": str(self.folder / "home"),
            "CALLS": str(self.folder / "calls"),
            **variables,
        }
        command = [str(script or self.checkout / "sluis"), *words]
        elsewhere = self.folder / "elsewhere"
        return subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )

    def calls(self) -> list[str]:
        """Give what the fakes wrote down since the last time."""
        path = self.folder / "calls"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for folder in ("a checkout", "fakes", "home", "elsewhere", "a checkout/bench", "a checkout/tests"):
        (tmp_path / folder).mkdir()
    made = Machine(tmp_path)
    for file in ("sluis", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / file, made.checkout)
    (made.checkout / "bench" / "intake.py").write_text(
        '"""Lines a second.\n\nAnd more.\n"""\n', encoding="utf-8"
    )
    (made.checkout / "bench" / "torture.py").touch()
    for tool in POSIX:
        (tmp_path / "fakes" / tool).symlink_to(program(tool))
    made.install("uv", FAKE_UV.format(version="0.13.9"))
    made.install("uv-new", FAKE_UV.format(version="0.13.9"))
    made.install("python3", FAKE_PYTHON.format())
    return made


def synced(machine: Machine, *options: str) -> str:
    return " ".join(["uv sync --locked --project", str(machine.checkout), *options, "--quiet"])


def test_the_first_run_prepares_and_the_second_asks_nobody(machine: Machine) -> None:
    assert machine.run("demo", "--seed", "a b").returncode == 0
    assert machine.calls() == [synced(machine, "--no-dev", "--inexact"), "sluis demo --seed a b"]
    machine.install("uv", "#!/bin/sh\nexit 1\n")
    assert machine.run("demo").returncode == 0
    assert machine.calls() == ["sluis demo"]


def test_a_verb_runs_where_the_user_stands_and_its_answer_is_passed_on(machine: Machine) -> None:
    done = machine.run("verify", "file", STATUS="1")
    assert done.returncode == 1
    assert done.stdout == f"{machine.folder / 'elsewhere'}\n"


def test_a_link_on_the_path_finds_the_checkout(machine: Machine) -> None:
    (machine.folder / "fakes" / "sluis").symlink_to("../a checkout/sluis")
    assert machine.run("--help", script=machine.folder / "fakes" / "sluis").returncode == 0
    assert (machine.checkout / ".venv").is_dir()


def test_a_changed_lock_and_a_moved_checkout_prepare_anew(machine: Machine) -> None:
    machine.run("demo")
    with (machine.checkout / "uv.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    machine.calls()
    machine.run("demo")
    assert machine.calls() == [synced(machine, "--no-dev", "--inexact"), "sluis demo"]
    moved = machine.checkout.rename(machine.folder / "moved")
    machine.run("demo", script=moved / "sluis")
    assert str(moved) in machine.calls()[0]


def test_tests_need_the_development_group_which_serves_the_product_too(machine: Machine) -> None:
    done = machine.run("test", "-k", "door")
    sync, pytest_call = machine.calls()
    assert sync == synced(machine)
    assert pytest_call.startswith("python -m pytest --basetemp=")
    assert pytest_call.endswith("-k door")
    assert done.stdout == f"{machine.checkout}\n"
    assert list((machine.checkout / "build").iterdir()) == []
    machine.run("demo")
    assert machine.calls() == ["sluis demo"]


def test_a_failing_suite_fails_the_command(machine: Machine) -> None:
    assert machine.run("test", STATUS="1").returncode == 1
    assert list((machine.checkout / "build").iterdir()) == []


def test_benchmarks_run_by_name(machine: Machine) -> None:
    assert machine.run("bench", "intake", "--lines", "9").returncode == 0
    assert machine.run("torture").returncode == 0
    assert [call for call in machine.calls() if call.startswith("python")] == [
        "python -m bench.intake --lines 9",
        "python -m bench.torture",
    ]


def test_an_unknown_benchmark_is_wrong_usage_and_names_the_known(machine: Machine) -> None:
    for words, status in ((["bench"], 0), (["bench", "nope"], 2)):
        done = machine.run(*words)
        assert done.returncode == status
        assert "  intake    Lines a second.\n  torture   \n" in done.stderr


@pytest.mark.parametrize("present", ["0.4.30", "none"])
def test_without_a_recent_uv_pip_puts_one_into_the_checkout(machine: Machine, present: str) -> None:
    (machine.folder / "fakes" / "uv").unlink()
    if present != "none":
        machine.install("uv", FAKE_UV.format(version=present))
    assert machine.run("demo").returncode == 0
    pip, sync, demo = machine.calls()
    assert pip.startswith("python3 -m pip install")
    assert f"--target {machine.checkout / '.uv'}" in pip
    assert [sync, demo] == [synced(machine, "--no-dev", "--inexact"), "sluis demo"]


def test_without_uv_and_pip_it_says_what_to_install(machine: Machine) -> None:
    (machine.folder / "fakes" / "uv").unlink()
    done = machine.run("demo", NO_PIP="1")
    assert done.returncode == 1
    assert "apt install python3-pip" in done.stderr


def test_nothing_but_the_answer_is_on_stdout_and_nothing_lands_in_the_home(machine: Machine) -> None:
    done = machine.run("match", "--json")
    assert done.stdout.splitlines() == [str(machine.folder / "elsewhere")]
    assert list((machine.folder / "home").iterdir()) == []
    assert list((machine.folder / "elsewhere").iterdir()) == []
