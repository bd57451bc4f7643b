"""A key process leaves no core dump and cannot be attached to."""

import subprocess
import sys
from pathlib import Path

import pytest

from keys.entropy import secret, wipe

HARDENED = """
import ctypes, resource
from keys.process import harden_process
harden_process()
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
if __import__("sys").platform == "linux":
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0
print("hardened")
"""

HOLDER = """
import gc, sys
from pathlib import Path
from tests.support.keys import TENANT, open_keyring

ring = open_keyring(Path(sys.argv[1]), [TENANT])
print(*(byte ^ 0x5A for byte in ring.material.seeds[TENANT, "@index", 1]), flush=True)
sys.stdin.readline()
ring.seal()
gc.collect()
print("sealed", flush=True)
sys.stdin.readline()
"""


def copies(process: int, needle: bytes) -> int:
    """How often a secret stands in the writable memory of another process."""
    found = 0
    regions = [line.split() for line in Path(f"/proc/{process}/maps").read_text().splitlines()]
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for span, flags, *_, name in regions:
            if flags.startswith("rw") and not name.startswith("[v"):
                start, end = (int(edge, 16) for edge in span.split("-"))
                memory.seek(start)
                found += memory.read(end - start).count(needle)
    return found


def test_a_hardened_process_dumps_no_core_and_lets_nobody_in() -> None:
    done = subprocess.run([sys.executable, "-c", HARDENED], capture_output=True, text=True, check=False)
    assert done.stdout == "hardened\n", done.stderr


def test_a_secret_is_random_and_can_be_wiped() -> None:
    one, two = secret(64), secret(64)
    assert one != two
    assert len(one) == 64
    wipe(one)
    assert one == bytes(64)
    assert secret(0) == b""


def test_a_large_secret_is_filled_to_the_end() -> None:
    assert any(secret(3_000_000)[-32:])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/<pid>/mem")
def test_a_sealed_process_holds_no_copy_of_a_named_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as holder:
        assert holder.stdin
        assert holder.stdout
        needle = bytes(int(byte) ^ 0x5A for byte in holder.stdout.readline().split())
        while_open = copies(holder.pid, needle)
        holder.stdin.write("seal\n")
        assert holder.stdout.readline() == "sealed\n"
        while_sealed = copies(holder.pid, needle)
        holder.stdin.write("end\n")
    assert len(needle) == 32
    assert (while_open, while_sealed) == (1, 0)
