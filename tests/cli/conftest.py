"""The command line in this process, and a benchmark small enough to run in a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TINY = '''
"""A benchmark for tests: permuted digits, a few steps long."""

from dataclasses import replace

from clgrow.benchmark import Scale
from clgrow_benchmarks.permuted_digits import permuted_digits

SCALE = Scale(tasks=5, examples=160, batch_size=16, epochs=1, budgets=(5, 10, 20))
tiny = replace(permuted_digits, name="tiny", version=7, full=SCALE, lite=replace(SCALE, tasks=3))
lost = replace(tiny, name="lost", dataset="mnist", substitute="tiny")
'''


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def clgrow(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs a command in an empty folder and without data sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLGROW_DATA_DIR", raising=False)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: object) -> Outcome:
        from clgrow.cli import main

        monkeypatch.setattr(sys, "argv", ["clgrow", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        code = exit_.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), captured.out, captured.err)

    return call


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A plugin file with the benchmarks `tiny`, on digits, and `lost`, on data that is not there."""
    file = tmp_path / "tiny_plugin.py"
    file.write_text(TINY)
    yield file
    sys.modules.pop("clgrow_plugin_tiny_plugin", None)
