"""The start of sluis serve: seconds until it is ready, memory when it is; CPU of other verbs.

Run: ``./sluis bench start``. Targets: ready within 3 s of the exec, at most 150 MB resident; a verb that only reads
answers within 0.5 s of CPU. The import of the redaction's engines must not be part of any of it. Of several tries the
best counts, because other work on the machine can only add, and because the first try of all writes the bytecode. The
passphrase is derived with the production parameters.
"""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.rig.process import cpu_seconds, memory_mb
from bench.rig.targets import at_most, conclude
from gateway.settings import Settings
from gateway.wiring import found
from schemas.ids import Tenant

TRIES, PATIENCE = 5, 60.0
READY_SECONDS, RESIDENT_MB, VERB_SECONDS = 3.0, 150.0, 0.5
PASSPHRASE = b"correct horse battery staple"
SLUIS = (sys.executable, "-m", "gateway")
VERBS = (("--help",), ("serve", "--help"), ("audit", "--help"), ("policy", "show", "--party", "callcenter"))
HEAVY = ("presidio_analyzer", "spacy", "pypdfium2", "typst", "alembic", "openpyxl", "rich")
"""What a start must not load: redaction, documents, migrations, pretty printing."""
IMPORTS = 8
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("SLUIS_") and name != "PYTHONDONTWRITEBYTECODE"
}
"""That of a user: nothing said about the product, and bytecode that is kept from start to start."""


@contextmanager
def serving(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``sluis serve`` over an installation for the length of the block."""
    more = {"SLUIS_PORT": str(port), "SLUIS_PASSPHRASE_FILE": str(home / "passphrase")}
    command = [*SLUIS, "serve", "--home", str(home)]
    with subprocess.Popen(command, env=ENVIRONMENT | more, stdout=subprocess.DEVNULL) as one:
        try:
            yield one
        finally:
            one.terminate()


def ready(port: int) -> bool:
    """Ask the service whether it can serve."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET /gezondheid/klaar HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return connection.recv(4_096).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False


def start(home: Path, port: int) -> tuple[float, float, float]:
    """Start once; gives seconds to ready on the wall, seconds of CPU, and MB resident."""
    began = time.perf_counter()
    with serving(home, port) as one:
        while not ready(port):
            if one.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError("the service did not start")
            time.sleep(0.01)
        return time.perf_counter() - began, cpu_seconds(one.pid), memory_mb(one.pid)[0]


def verb(words: tuple[str, ...]) -> float:
    """CPU seconds of a command as a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*SLUIS, *words], check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def imports() -> Mapping[str, float]:
    """Milliseconds on the wall that each package takes when the service is imported, its own modules alone."""
    command = [sys.executable, "-X", "importtime", "-c", "import gateway.app, gateway.cli.control, uvicorn"]
    said = subprocess.run(command, check=True, env=ENVIRONMENT, capture_output=True, text=True).stderr
    spent: dict[str, float] = {}
    for line in said.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            package = name.strip().partition(".")[0]
            spent[package] = spent.get(package, 0) + int(own) / 1000
    loaded = sorted(set(HEAVY) & set(spent))
    if loaded:
        raise RuntimeError(f"a start loads {', '.join(loaded)}")
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def main() -> None:
    """Measure, print and compare."""
    spent = imports()
    dearest = ", ".join(f"{name} {took:.0f}" for name, took in list(spent.items())[:IMPORTS])
    print(f"imports {sum(spent.values()):,.0f} ms on the wall; of these {dearest}")
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        home = Path(folder) / "home"
        found(Settings(home=home, tenant=Tenant("GM0637")), PASSPHRASE)
        (home / "passphrase").write_bytes(PASSPHRASE)
        starts = [start(home, 20_000 + os.getpid() % 20_000 + number) for number in range(TRIES)]
    wall, cpu, resident = (min(figures) for figures in zip(*starts, strict=True))
    verbs = {" ".join(words): min(verb(words) for _ in range(TRIES)) for words in VERBS}
    print(f"a start takes {cpu:.2f} s of CPU")
    conclude(
        [
            at_most("start: sluis serve, from exec to ready", wall, READY_SECONDS, "s"),
            at_most("start: resident when ready", resident, RESIDENT_MB, "MB"),
            *(at_most(f"start: sluis {name}, CPU", took, VERB_SECONDS, "s") for name, took in verbs.items()),
        ]
    )


if __name__ == "__main__":
    main()
