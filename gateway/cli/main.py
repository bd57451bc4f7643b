"""All verbs together; every verb loads what it needs when it runs, so that ``--help`` answers at once."""

import typer

from gateway.cli import contract, demo, installation

app = typer.Typer(
    name="sluis",
    help="Sluis: gegevens uitwisselen voor vroegsignalering, en niemand ziet meer dan nodig.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verbs in (contract, demo, installation):
    verbs.add_to(app)


def main() -> None:
    """Run the command line."""
    app()
