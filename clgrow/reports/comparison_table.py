"""A comparison in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from clgrow.reports.comparison import Comparison, Difference
from clgrow.reports.numbers import NOTHING, listed, mean_and_ci, percent

UNITS = {
    "taoa": "TAOA, the mean online accuracy, percent",
    "plasticity": "plasticity, last fifth of the tasks minus the first, points",
    "last-fifth": "accuracy over the last fifth of the tasks, percent",
    "early-1": "accuracy over the first 1% of each task, percent",
    "early-10": "accuracy over the first 10% of each task, percent",
}
"""What each metric is, by its name."""


def comparison_view(comparison: Comparison) -> RenderableType:
    """Returns the comparison as something rich can print."""
    return Group(Text(f"A = {comparison.a}, B = {comparison.b}", style="bold"), *_parts(comparison))


def _parts(comparison: Comparison) -> Iterator[RenderableType]:
    for (benchmark, scale), group in groupby(comparison.differences, key=lambda d: (d.benchmark, d.scale)):
        yield Text(f"\n{benchmark} ({scale})\n", style="bold")
        yield _table(list(group))
    yield ""
    explained = UNITS[comparison.metric]
    yield Text(f"{explained}: mean ± 95% CI over the n seeds that both ran; A-B by the paired t-test.", style="dim")
    for note in comparison.notes:
        yield Padding(Text(f"- {note}", style="dim"), (0, 0, 0, 1), expand=False)


def _table(differences: list[Difference]) -> Table:
    any_settings = any(difference.settings for difference in differences)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for header in ("N", "c", "A", "B", "A-B", "n"):
        table.add_column(header, justify="right", overflow="fold", min_width=5 if header in ("A", "B", "A-B") else None)
    if any_settings:
        table.add_column("settings", overflow="fold", max_width=20)
    table.add_column("verdict", overflow="fold", min_width=12)
    for difference in differences:
        texts = [
            NOTHING if difference.budget is None else str(difference.budget),
            percent(difference.compactness),
            mean_and_ci(difference.a),
            mean_and_ci(difference.b),
            mean_and_ci(difference.difference, signed=True),
            str(difference.difference.n),
        ]
        if any_settings:
            texts.append(listed(difference.settings, "\n"))
        table.add_row(*(Text(text) for text in (*texts, difference.verdict)))
    return table
