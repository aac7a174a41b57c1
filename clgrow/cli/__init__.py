"""The command line: Typer, one file per command, nothing heavy at import."""

from clgrow.cli.app import main

__all__ = ["main"]
