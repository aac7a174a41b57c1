"""What is there: each file of a data set against its md5 sum."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clgrow.data.locate import find_folder
from clgrow.data.sources import DataFile, Source

FileState = Literal["right", "missing", "damaged", "unreadable"]
State = Literal["embedded", "ready", "damaged", "incomplete", "missing"]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileCheck:
    """One file against what it should be.

    Attributes:
        file: what it should be.
        path: where it should be.
        state: what was found there.
        detail: the md5 that a damaged file has, or why an unreadable one cannot be read.
    """

    file: DataFile
    path: Path
    state: FileState
    detail: str = ""

    def __str__(self) -> str:
        detail = {
            "damaged": f" (md5 {self.detail}, should be {self.file.md5})",
            "unreadable": f" ({self.detail})",
        }
        return f"{self.path} is {self.state}{detail.get(self.state, '')}"


@dataclass(frozen=True)
class Status:
    """Where a data set lies and in which state.

    Attributes:
        source: the data set.
        state: `ready` when every md5 sum is right; `incomplete` when some files are missing.
        folder: the data folder it was found in; None when it is missing or embedded.
        checks: of each of its files there; empty when it is missing or embedded.
    """

    source: Source
    state: State
    folder: Path | None = None
    checks: tuple[FileCheck, ...] = ()

    @property
    def problems(self) -> tuple[FileCheck, ...]:
        """The checks of the files that are not right."""
        return tuple(check for check in self.checks if check.state != "right")


def status_of(source: Source, folders: tuple[Path, ...]) -> Status:
    """Reads the files of a data set in the first folder that has all of them, else in the first that has some.

    Args:
        source: the data set.
        folders: to look in, first to last.
    """
    if source.embedded:
        return Status(source, "embedded")
    folder = find_folder(source, folders)
    if folder is None:
        folder = next((f for f in folders if any((f / file.path).is_file() for file in source.files)), None)
    if folder is None:
        return Status(source, "missing")
    checks = check_files(source, folder)
    states = {check.state for check in checks}
    if states & {"damaged", "unreadable"}:
        return Status(source, "damaged", folder, checks)
    return Status(source, "incomplete" if "missing" in states else "ready", folder, checks)


def check_files(source: Source, folder: Path) -> tuple[FileCheck, ...]:
    """Reads every file of the data set in that data folder and compares its md5 sum."""
    return tuple(check_file(file, folder) for file in source.files)


def check_file(file: DataFile, folder: Path) -> FileCheck:
    """Reads one file in that data folder and compares its md5 sum."""
    path = folder / file.path
    if not path.is_file():
        return FileCheck(file, path, "missing")
    try:
        md5 = _md5(path)
    except OSError as error:
        return FileCheck(file, path, "unreadable", error.strerror or str(error))
    return FileCheck(file, path, "right") if md5 == file.md5 else FileCheck(file, path, "damaged", md5)


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
