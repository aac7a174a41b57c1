from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clgrow.data.sources import SOURCES, Source
from clgrow.data.status import status_of


@pytest.fixture
def folder(tmp_path: Path, served: Path, idx_source: Source) -> Path:
    return Path(shutil.copytree(served, tmp_path / "data"))


def test_a_whole_set_is_ready(folder: Path, idx_source: Source) -> None:
    status = status_of(idx_source, (folder,))
    assert (status.state, status.folder, status.problems) == ("ready", folder, ())
    assert len(status.checks) == 4


def test_a_set_in_no_folder_is_missing(tmp_path: Path, idx_source: Source) -> None:
    status = status_of(idx_source, (tmp_path / "nothing",))
    assert (status.state, status.folder, status.checks) == ("missing", None, ())


def test_a_set_with_a_missing_file_is_incomplete(tmp_path: Path, folder: Path, idx_source: Source) -> None:
    (folder / idx_source.files[2].path).unlink()
    status = status_of(idx_source, (tmp_path / "nothing", folder))
    assert (status.state, status.folder) == ("incomplete", folder)
    assert [str(problem) for problem in status.problems] == [f"{folder / idx_source.files[2].path} is missing"]


def test_a_damaged_file_is_named_with_both_md5_sums(folder: Path, idx_source: Source) -> None:
    path = folder / idx_source.files[1].path
    path.write_bytes(b"")
    status = status_of(idx_source, (folder,))
    assert status.state == "damaged"
    assert [str(problem) for problem in status.problems] == [
        f"{path} is damaged (md5 d41d8cd98f00b204e9800998ecf8427e, should be {idx_source.files[1].md5})"
    ]


def test_digits_are_embedded(tmp_path: Path) -> None:
    assert status_of(SOURCES["digits"], (tmp_path,)).state == "embedded"
