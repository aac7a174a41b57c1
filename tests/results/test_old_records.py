"""Records of every schema version go on loading."""

from __future__ import annotations

from pathlib import Path

import pytest

from clgrow.results.record import SCHEMA_VERSION, Record, run_id
from clgrow.results.store import read_record

RECORDS = sorted((Path(__file__).parents[1] / "records").glob("schema-*.json"))


def test_there_is_one_of_each_version() -> None:
    assert [path.stem for path in RECORDS] == [f"schema-{version + 1}" for version in range(SCHEMA_VERSION)]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_it_loads_and_names_its_work(path: Path) -> None:
    record = read_record(path)
    assert isinstance(record, Record)
    assert record.run_id == run_id(record.spec, record.versions)
    assert record.results.steps == 15_000
    assert record.results.structure[-1].active == {"fc1": 128, "fc2": 128}
