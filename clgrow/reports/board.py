"""Leaderboards: from records to rows and cells, as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median

from clgrow.benchmark import Benchmark, ScaleName
from clgrow.registry import Registry
from clgrow.reports.pooling import counted, pool, settings
from clgrow.reports.reference import NOTE, Published, comparable
from clgrow.results.record import Record
from clgrow.results.statistics import Estimate, estimate


@dataclass(frozen=True)
class Column:
    """An integration budget of the board.

    Attributes:
        budget: optimizer steps between two edits.
        on_grid: whether it belongs to the benchmark's frozen grid.
    """

    budget: int
    on_grid: bool = True


@dataclass(frozen=True)
class Cell:
    """The runs of a row at one budget.

    Attributes:
        taoa: mean online accuracy, percent.
        plasticity: last fifth of the tasks minus the first, points.
        last_fifth: mean accuracy of the last fifth of the tasks, percent.
        steps_per_second: median over the runs.
        active_parameters: trained parameters at the end, mean over the runs.
        mean_width: fraction of the hidden units that were active, mean over steps and runs.
        seeds: of the runs, ascending.
    """

    taoa: Estimate
    plasticity: Estimate
    last_fifth: Estimate
    steps_per_second: float
    active_parameters: float
    mean_width: float
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """A strategy at a compactness with some settings.

    Attributes:
        strategy: its canonical text.
        compactness: fraction of the editable weights; None if the strategy does not use it.
        settings: what differs from the benchmark's defaults.
        versions: of the strategy's parts, as in the records.
        source_hash: of third-party source; None for our own.
        flat: whether the strategy ignores the budget, so that all cells are the same one.
        cells: one for each column of the board; None where there are no runs.
        reference: the cell at the budget closest to the task length.
        steps_per_second: median over all runs of the row.
        published: the paper's figure to lay beside the cell at the task length, if there is a comparable one.
    """

    strategy: str
    compactness: float | None
    settings: Mapping[str, str]
    versions: str
    source_hash: str | None
    flat: bool
    cells: tuple[Cell | None, ...]
    reference: Cell
    steps_per_second: float
    published: Estimate | None = None


@dataclass(frozen=True)
class Board:
    """The leaderboard of a benchmark at a scale.

    Attributes:
        benchmark: its name.
        scale: `full` or `lite`; the two never mix.
        task_steps: optimizer steps of a task.
        columns: the budgets, ascending.
        reference: index of the column closest to the task length, by which rows are sorted.
        rows: the best first; rows without a cell in the reference column last.
        notes: what was left out and why, and what else a reader must know.
    """

    benchmark: str
    scale: ScaleName
    task_steps: int
    columns: tuple[Column, ...]
    reference: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def boards(records: Iterable[Record], registry: Registry, published: Published | None = None) -> list[Board]:
    """Returns one board for each benchmark and scale that has records, by name, full before lite.

    Args:
        records: in any order; a run that occurs twice counts once.
        registry: of what is installed: its benchmarks give grids, defaults and current versions.
        published: figures to lay beside comparable rows.
    """
    groups: dict[tuple[str, ScaleName], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.spec.benchmark, record.spec.scale].append(record)
    return [_board(groups[key], registry, published or {}) for key in sorted(groups)]


def _board(records: list[Record], registry: Registry, published: Published) -> Board:
    name, scale = records[0].spec.benchmark, records[0].spec.scale
    entry = registry.benchmarks.get(name)
    benchmark = None if entry is None else entry.value
    pooled = pool(records, registry)
    notes = list(pooled.notes)
    if benchmark is None:
        notes.append(
            f"The benchmark '{name}' is not installed here: budgets are those that occur, settings are shown in full, "
            "versions are the newest that occur."
        )
        task_steps = max(record.results.steps // max(1, len(record.results.task_accuracy)) for record in records)
    else:
        task_steps = benchmark.scale(scale).task_steps
    columns = _columns(pooled.records, benchmark, scale, task_steps)
    reference = min(range(len(columns)), key=lambda i: abs(columns[i].budget - task_steps))
    if not all(column.on_grid for column in columns):
        notes.append("* not on the frozen grid.")
    rows, repeats = _rows(pooled.records, benchmark, columns, task_steps, published)
    if repeats:
        notes.append(f"{counted(repeats)} left out: the same seed twice in a cell.")
    if any(row.published for row in rows):
        notes.append(NOTE)

    def rank(row: Row) -> tuple[bool, float, str, float, tuple[tuple[str, str], ...], str]:
        cell = row.cells[reference]
        score = (cell or row.reference).taoa.mean
        tie = (row.strategy, row.compactness or 0.0, tuple(row.settings.items()), row.source_hash or "")
        return (cell is None, -score, *tie)

    return Board(name, scale, task_steps, columns, reference, tuple(sorted(rows, key=rank)), tuple(notes))


def _columns(
    records: Iterable[Record], benchmark: Benchmark | None, scale: ScaleName, task_steps: int
) -> tuple[Column, ...]:
    occurring = {r.spec.integrate_steps for r in records if r.spec.integrate_steps is not None}
    if benchmark is None:
        # Strategies that ignore the budget need a column to stand in.
        return tuple(Column(budget) for budget in sorted(occurring or {task_steps}))
    grid = set(benchmark.scale(scale).budgets)
    return tuple(Column(budget, budget in grid) for budget in sorted(grid | occurring or {task_steps}))


def _rows(
    records: Iterable[Record],
    benchmark: Benchmark | None,
    columns: tuple[Column, ...],
    task_steps: int,
    published: Published,
) -> tuple[list[Row], int]:
    """Returns the rows, and how many records repeat a seed."""
    groups: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        spec, versions = record.spec, record.versions
        asked = settings(spec, benchmark)
        flat = spec.integrate_steps is None
        key = (spec.strategy, spec.compactness, spec.schedule, *asked.items(), versions.model_dump_json(), flat)
        groups[key].append(record)
    rows, repeats = [], 0
    for group in groups.values():
        row, repeated = _row(group, settings(group[0].spec, benchmark), columns, task_steps, published)
        rows.append(row)
        repeats += repeated
    return rows, repeats


def _row(
    records: list[Record], asked: dict[str, str], columns: tuple[Column, ...], task_steps: int, published: Published
) -> tuple[Row, int]:
    by_budget: dict[int | None, dict[int, Record]] = defaultdict(dict)
    for record in records:
        by_budget[record.spec.integrate_steps].setdefault(record.spec.seed, record)
    scored = [record for by_seed in by_budget.values() for record in by_seed.values()]
    cells = {budget: _cell(by_seed) for budget, by_seed in by_budget.items()}
    flat = None in cells
    shown = tuple(cells.get(None if flat else column.budget) for column in columns)
    closest = min(cells, key=lambda budget: (abs((budget or task_steps) - task_steps), budget or 0))
    spec, versions = records[0].spec, records[0].versions
    at_task_length = any(column.budget == task_steps and cell for column, cell in zip(columns, shown, strict=True))
    row = Row(
        strategy=spec.strategy,
        compactness=spec.compactness,
        settings=asked,
        versions=versions.strategy,
        source_hash=versions.source_hash,
        flat=flat,
        cells=shown,
        reference=cells[closest],
        steps_per_second=median(record.provenance.steps_per_second for record in scored),
        published=comparable(spec, asked, published) if at_task_length else None,
    )
    return row, len(records) - len(scored)


def _cell(by_seed: Mapping[int, Record]) -> Cell:
    seeds = tuple(sorted(by_seed))
    results = [by_seed[seed].results for seed in seeds]
    return Cell(
        taoa=estimate([r.taoa for r in results]),
        plasticity=estimate([r.plasticity for r in results]),
        last_fifth=estimate([r.last_fifth for r in results]),
        steps_per_second=median(by_seed[seed].provenance.steps_per_second for seed in seeds),
        active_parameters=fmean(r.active_parameters for r in results),
        mean_width=fmean(r.mean_width for r in results),
        seeds=seeds,
    )
