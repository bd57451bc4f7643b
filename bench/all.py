"""Every benchmark that has a target, one after the other, and one table at the end.

Run: ``./sluis bench all`` on a quiet machine. Exit 1 when a target is missed or a benchmark fails.
"""

import subprocess
import sys

from bench.rig.targets import MET, MISSED

NAMES = ("start", "parse", "upload", "read", "match", "matching", "month_end", "report")


def run(name: str) -> tuple[list[str], bool]:
    """Run one benchmark, passing on what it says; gives the lines of its targets, and whether it ended well."""
    print(f"== {name}", flush=True)
    command = [sys.executable, "-u", "-m", f"bench.{name}"]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(f"   {line}", end="", flush=True)
            if line.startswith((MET, MISSED)):
                lines.append(line)
    return lines or [f"{MISSED:7}{name}: no figures\n"], process.returncode == 0


def main() -> None:
    """Run all, print the table."""
    done = [run(name) for name in NAMES]
    print("\n== all targets\n", *(line for lines, _ in done for line in lines), sep="")
    sys.exit(not all(good for _, good in done))


if __name__ == "__main__":
    main()
