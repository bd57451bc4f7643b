"""The command line ``sluis``: exit 0 good, 1 the answer is no, 2 wrong usage; ``--json`` gives documents on stdout."""

from gateway.cli.main import main

__all__ = ["main"]
