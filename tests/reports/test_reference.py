from __future__ import annotations

import csv

import pytest

from clgrow.reports.board import boards
from clgrow.reports.reference import FOLDER, METHODS, NOTE, read_published
from clgrow.results.statistics import Estimate


def test_published_figures_are_those_of_the_file():
    published = read_published()
    assert published["permuted-mnist", "dense", 100] == Estimate(80.6, 0.9, 10)
    assert published["permuted-mnist", "prune", 50] == Estimate(87.2, 0.2, 10)
    with (FOLDER / "table-14-continual.csv").open(newline="") as file:
        lines = [x for x in csv.DictReader(file) if x["metric"] == "average_accuracy" and x["method"] in METHODS]
    assert len(published) == len(lines) > 6


def test_an_absent_folder_publishes_nothing(tmp_path):
    assert read_published(tmp_path / "absent") == {}


def row_of(record, registry):
    (board,) = boards([record], registry, read_published())
    assert (NOTE in board.notes) == (board.rows[0].published is not None)
    return board.rows[0]


def test_a_comparable_row_has_the_published_figure(make_record, registry):
    assert row_of(make_record(strategy="dense"), registry).published == Estimate(80.6, 0.9, 10)
    assert row_of(make_record(schedule="paper"), registry).published == Estimate(75.7, 0.0, 10)


@pytest.mark.parametrize(
    "other",
    [
        {"schedule": "even"},
        {"integrate_steps": 125},
        {"compactness": 0.45},
        {"compactness": 0.505},
        {"scale": "lite", "integrate_steps": 125},
        {"lr": 0.01},
        {"optimizer": "sgd"},
        {"init": "torch"},
        {"strategy": "grow(select=random)"},
        {"strategy": "grow+rsl"},
        {"benchmark": "permuted-digits"},
    ],
)
def test_a_row_that_is_not_comparable_has_none(make_record, registry, other):
    assert row_of(make_record(**{"schedule": "paper", **other}), registry).published is None
