"""Two strategies beside each other: differences over runs that share everything but the strategy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from clgrow.benchmark import ScaleName
from clgrow.registry import Registry
from clgrow.reports.pooling import counted, pool, settings
from clgrow.results.record import Record, Results
from clgrow.results.statistics import Estimate, estimate, paired_difference

METRICS: Mapping[str, Callable[[Results], float]] = {
    "taoa": lambda results: results.taoa,
    "plasticity": lambda results: results.plasticity,
    "last-fifth": lambda results: results.last_fifth,
    "early-1": lambda results: results.early_1_percent,
    "early-10": lambda results: results.early_10_percent,
}
"""What can be compared, by the name the user types."""

SMALLEST_N = 3
"""With fewer pairs nothing is said of the difference."""

T = TypeVar("T")


@dataclass(frozen=True)
class Difference:
    """A and B over pairs of runs that share benchmark, scale, seed, settings, and the knobs that both use.

    Attributes:
        benchmark: its name.
        scale: `full` or `lite`.
        compactness: of whichever of the two uses it; None if neither does.
        settings: what differs from the benchmark's defaults.
        budget: optimizer steps between edits, of whichever of the two uses it; None if neither does.
        a: mean of A over the pairs.
        b: mean of B over the pairs.
        difference: A minus B, paired by seed.
        seeds: of the pairs, ascending.
        verdict: what may be said, in plain words.
    """

    benchmark: str
    scale: ScaleName
    compactness: float | None
    settings: Mapping[str, str]
    budget: int | None
    a: Estimate
    b: Estimate
    difference: Estimate
    seeds: tuple[int, ...]
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """All that two strategies can be compared on.

    Attributes:
        a: strategy text.
        b: strategy text.
        metric: a name out of `METRICS`.
        differences: by benchmark, scale, compactness, settings and budget.
        notes: which records were left out, and why.
    """

    a: str
    b: str
    metric: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


def compare(records: Iterable[Record], registry: Registry, a: str, b: str, metric: str = "taoa") -> Comparison:
    """Compares two strategies wherever they ran with the same seed under the same conditions.

    A strategy that ignores the budget (or compactness, or schedule) pairs with every value of the other's.

    Args:
        records: in any order; of the two strategies and of others, which are passed over.
        registry: of what is installed: its benchmarks give defaults and current versions.
        a: strategy text as in the records.
        b: strategy text as in the records.
        metric: a name out of `METRICS`.
    """
    streams: dict[tuple[str, ScaleName], list[Record]] = defaultdict(list)
    for record in records:
        if record.spec.strategy in (a, b):
            streams[record.spec.benchmark, record.spec.scale].append(record)
    differences: list[Difference] = []
    notes: list[str] = []
    for benchmark, scale in sorted(streams):
        pooled = pool(streams[benchmark, scale], registry)
        of_a = [record for record in pooled.records if record.spec.strategy == a]
        of_b = [record for record in pooled.records if record.spec.strategy == b]
        pairs = list(_pairs(of_a, of_b))
        differences += _differences(pairs, registry, METRICS[metric])
        paired = {record.run_id for pair in pairs for record in pair}
        lone = sum(record.run_id not in paired for record in (*of_a, *of_b))
        lines = [*pooled.notes, *([f"{counted(lone)} without a partner."] if lone else [])]
        notes += [f"{benchmark} ({scale}): {line}" for line in lines]
    return Comparison(a, b, metric, tuple(differences), tuple(notes))


def verdict(a: str, b: str, difference: Estimate) -> str:
    """Returns what may be said of a paired difference between A and B, in plain words."""
    if difference.n < SMALLEST_N:
        return f"n = {difference.n} is too small to tell"
    if not difference.excludes_zero:
        return f"no difference shown at n = {difference.n}"
    side = "higher" if difference.mean > 0 else "lower"
    return f"{a} is {side} than {b} by {abs(difference.mean):.2f} ± {difference.ci95:.2f} points"


Pair = tuple[Record, Record]


def _pairs(of_a: list[Record], of_b: list[Record]) -> Iterator[Pair]:
    """Yields the pairs of runs that differ in the strategy alone, as far as both use a knob."""

    def shared(record: Record) -> tuple[int, str, float, str]:
        return record.spec.seed, record.spec.optimizer, record.spec.lr, record.spec.init

    partners = defaultdict(list)
    for record in of_b:
        partners[shared(record)].append(record)
    for record in of_a:
        for partner in partners[shared(record)]:
            mine, yours = record.spec, partner.spec
            knobs = (
                (mine.compactness, yours.compactness),
                (mine.integrate_steps, yours.integrate_steps),
                (mine.schedule, yours.schedule),
            )
            if all(first is None or second is None or first == second for first, second in knobs):
                yield record, partner


def _either(first: T | None, second: T | None) -> T | None:
    return second if first is None else first


def _differences(pairs: list[Pair], registry: Registry, value: Callable[[Results], float]) -> list[Difference]:
    groups: dict[tuple[object, ...], dict[int, Pair]] = defaultdict(dict)
    for a, b in pairs:
        mine, yours = a.spec, b.spec
        key = (
            _either(mine.compactness, yours.compactness) or 0.0,
            (mine.optimizer, mine.lr, mine.init, _either(mine.schedule, yours.schedule) or ""),
            _either(mine.integrate_steps, yours.integrate_steps) or 0,
            # Third-party sources of one version number are still different code.
            (a.versions.model_dump_json(), b.versions.model_dump_json()),
        )
        groups[key].setdefault(mine.seed, (a, b))
    return [_difference(groups[key], registry, value) for key in sorted(groups)]


def _difference(by_seed: Mapping[int, Pair], registry: Registry, value: Callable[[Results], float]) -> Difference:
    seeds = tuple(sorted(by_seed))
    firsts = [value(by_seed[seed][0].results) for seed in seeds]
    seconds = [value(by_seed[seed][1].results) for seed in seeds]
    difference = paired_difference(firsts, seconds)
    a, b = (record.spec for record in by_seed[seeds[0]])
    entry = registry.benchmarks.get(a.benchmark)
    scheduled = b if a.schedule is None else a
    return Difference(
        benchmark=a.benchmark,
        scale=a.scale,
        compactness=_either(a.compactness, b.compactness),
        settings=settings(scheduled, None if entry is None else entry.value),
        budget=_either(a.integrate_steps, b.integrate_steps),
        a=estimate(firsts),
        b=estimate(seconds),
        difference=difference,
        seeds=seeds,
        verdict=verdict(a.strategy, b.strategy, difference),
    )
