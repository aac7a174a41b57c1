"""Which folders of records a command reads, and what becomes of the damaged files in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clgrow.cli.app import warn
from clgrow.errors import UserError

if TYPE_CHECKING:
    from clgrow.results.record import Record

RUNS = Path("runs")
"""Where a user's runs go unless told otherwise."""

ENTRIES = Path("leaderboard") / "entries"
"""Where a checkout keeps the records of its leaderboard."""


def record_folders(out: Path | None, entries: Path | None) -> list[Path]:
    """Returns the folders to read: those named, else those of the defaults that exist.

    Raises:
        UserError: a folder that was named is not there.
    """
    folders: list[Path] = []
    for option, named, default in (("--out", out, RUNS), ("--entries", entries, ENTRIES)):
        if named is not None and not named.is_dir():
            raise UserError(f"there is no folder {named}: give {option} a folder with records.")
        folder = default if named is None else named
        if folder.is_dir():
            folders.append(folder)
    return folders


def load_records(out: Path | None, entries: Path | None) -> tuple[list[Record], int]:
    """Reads all records and warns of each file that is not one.

    Returns:
        The records, and the exit code: 1 if some file could not be read.

    Raises:
        UserError: a folder that was named is not there, or there are no records at all.
    """
    from clgrow.results.store import read_records

    records, unreadable = read_records(record_folders(out, entries))
    for file in unreadable:
        warn(str(file))
    if not records:
        raise no_records("any benchmark", "permuted-digits", out, entries)
    return records, 1 if unreadable else 0


def no_records(of: str, benchmark: str, out: Path | None, entries: Path | None) -> UserError:
    """Returns the error for a lack of records, with the command that makes some."""
    looked = f"{out or RUNS} and {entries or ENTRIES}"
    return UserError(
        f"no records of {of} in {looked}: make some with `clgrow run {benchmark} --scale lite --strategy grow`."
    )
