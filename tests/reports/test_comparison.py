from __future__ import annotations

import pytest

from clgrow.reports.comparison import METRICS, compare, verdict
from clgrow.reports.comparison_table import UNITS
from clgrow.results.statistics import Estimate, paired_difference


def test_runs_are_paired_by_seed(make_record, registry):
    ours, theirs = {0: 80.0, 1: 82.0, 2: 83.0, 7: 10.0}, {2: 79.0, 0: 78.5, 1: 77.0, 9: 99.0}
    records = [make_record(seed=s, taoa=v) for s, v in ours.items()]
    records += [make_record(strategy="prune", seed=s, taoa=v) for s, v in theirs.items()]
    result = compare(records, registry, "grow", "prune")
    (difference,) = result.differences
    assert difference.seeds == (0, 1, 2)
    assert difference.difference == paired_difference([80.0, 82.0, 83.0], [78.5, 77.0, 79.0])
    assert difference.a.mean == pytest.approx(81.666667)
    assert difference.b.mean == pytest.approx(78.166667)
    assert result.notes == ("permuted-mnist (full): 2 records without a partner.",)
    (swapped,) = compare(records[::-1], registry, "prune", "grow").differences
    assert swapped.difference.mean == pytest.approx(-difference.difference.mean)


def test_a_strategy_that_ignores_the_budget_pairs_with_every_budget(make_record, registry):
    records = [make_record(integrate_steps=n, compactness=c) for n in (125, 625) for c in (0.2, 0.5)]
    records.append(make_record(strategy="dense"))
    for a, b in (("grow", "dense"), ("dense", "grow")):
        made = compare(records, registry, a, b).differences
        assert [(d.compactness, d.budget) for d in made] == [(0.2, 125), (0.2, 625), (0.5, 125), (0.5, 625)]


def test_two_strategies_without_a_budget_pair_once(make_record, registry):
    records = [make_record(strategy="dense"), make_record(strategy="small", integrate_steps=None, schedule=None)]
    (difference,) = compare(records, registry, "small", "dense").differences
    assert (difference.budget, difference.compactness) == (None, 0.5)


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"integrate_steps": 125},
        {"compactness": 0.2},
        {"lr": 0.01},
        {"optimizer": "sgd"},
        {"init": "torch"},
        {"schedule": "paper"},
        {"benchmark": "another"},
        {"scale": "lite"},
    ],
)
def test_runs_under_other_conditions_are_no_pair(make_record, registry, other):
    assert compare([make_record(), make_record(strategy="prune", **other)], registry, "grow", "prune").differences == ()


def test_settings_group_the_pairs(make_record, registry):
    records = [make_record(strategy=name, schedule=s) for name in ("grow", "prune") for s in ("even", "paper")]
    made = compare(records, registry, "grow", "prune").differences
    assert [d.settings for d in made] == [{}, {"schedule": "paper"}]


def test_third_party_sources_are_not_pooled(make_record, registry):
    records = [make_record(seed=s) for s in (0, 1)]
    records += [make_record(strategy="mine", seed=s, versions={"source_hash": f"hash{s}"}) for s in (0, 1)]
    assert [d.seeds for d in compare(records, registry, "grow", "mine").differences] == [(0,), (1,)]


def test_what_the_board_leaves_out_is_left_out_here(make_record, registry):
    records = [make_record(), make_record(strategy="prune", one_shot=True), make_record(strategy="prune", tasks=2)]
    result = compare(records, registry, "grow", "prune")
    assert result.differences == ()
    assert any("One-shot" in note for note in result.notes)
    assert any("--tasks" in note for note in result.notes)


@pytest.mark.parametrize(
    ("metric", "expected"), [("taoa", 1), ("plasticity", 2), ("last-fifth", 2), ("early-1", 3), ("early-10", 4)]
)
def test_each_metric_compares_its_own_numbers(make_record, registry, metric, expected):
    ours = make_record(taoa=81, last_fifth=81, early_1=16, early_10=54)
    (difference,) = compare([ours, make_record(strategy="prune")], registry, "grow", "prune", metric).differences
    assert difference.difference.mean == expected


def test_every_metric_is_explained():
    assert METRICS.keys() == UNITS.keys()


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Estimate(5.0, None, 1), "n = 1 is too small to tell"),
        (Estimate(5.0, 0.1, 2), "n = 2 is too small to tell"),
        (Estimate(2.314, 0.4, 3), "grow is higher than dense by 2.31 ± 0.40 points"),
        (Estimate(-2.314, 0.4, 3), "grow is lower than dense by 2.31 ± 0.40 points"),
        (Estimate(0.3, 0.4, 5), "no difference shown at n = 5"),
        (Estimate(0.0, 0.0, 5), "no difference shown at n = 5"),
    ],
)
def test_verdict_in_plain_words(difference, words):
    assert verdict("grow", "dense", difference) == words
