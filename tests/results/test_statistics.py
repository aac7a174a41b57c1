from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clgrow.results.statistics import Estimate, estimate, paired_difference

# Percentages with two decimals: values closer than floats can square are no accuracies.
scores = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)


def test_two_values_in_closed_form():
    # t(0.975, 1) = tan(0.475 pi), and the standard error of two values is half their distance.
    assert estimate([80.0, 84.0]) == Estimate(82.0, pytest.approx(math.tan(0.475 * math.pi) * 2), 2)


def test_three_values_in_closed_form():
    # With p = 0.95 and two degrees of freedom t = p sqrt(2 / (1 - p^2)); 1, 2, 3 has standard error 1 / sqrt(3).
    t = 0.95 * math.sqrt(2 / (1 - 0.95**2))
    assert estimate([1.0, 2.0, 3.0]) == Estimate(2.0, pytest.approx(t / math.sqrt(3)), 3)


def test_one_value_has_no_interval():
    assert estimate([83.9]) == Estimate(83.9, None, 1)
    assert not estimate([83.9]).excludes_zero


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="no values"):
        estimate([])


def test_equal_values_have_an_interval_of_no_width():
    assert estimate([5.0, 5.0, 5.0]) == Estimate(5.0, 0.0, 3)
    assert estimate([5.0, 5.0, 5.0]).excludes_zero
    assert not estimate([0.0, 0.0]).excludes_zero


@given(st.lists(scores, min_size=2, max_size=12, unique=True))
def test_interval_is_that_of_scipy(values):
    result = estimate(values)
    low, high = stats.t.interval(0.95, len(values) - 1, loc=sum(values) / len(values), scale=stats.sem(values))
    assert result.mean - result.ci95 == pytest.approx(low, abs=1e-9, rel=1e-9)
    assert result.mean + result.ci95 == pytest.approx(high, abs=1e-9, rel=1e-9)


def test_paired_difference_is_the_paired_t_test_of_scipy():
    first, second = [80.1, 82.4, 79.9, 83.0], [78.0, 81.5, 79.0, 80.2]
    result = paired_difference(first, second)
    interval = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert result.n == 4
    assert result.mean - result.ci95 == pytest.approx(interval.low)
    assert result.mean + result.ci95 == pytest.approx(interval.high)
    assert result.excludes_zero == (interval.low > 0 or interval.high < 0)


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        paired_difference([1.0, 2.0], [1.0])
