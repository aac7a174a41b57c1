"""From what was measured at each step to the results of a record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clgrow.results.probed import HealthTrace, ParitySummary
from clgrow.results.record import Results, StructurePoint

DECIMALS = 6
"""Kept of percentages: more than a mini-batch resolves, few enough that files stay small."""


def early_steps(task_steps: int, fraction: float) -> int:
    """Returns the length of an early-task window: max(1, fraction of the task's steps)."""
    return max(1, int(fraction * task_steps))


def summarize(
    *,
    accuracy: Sequence[float],
    examples: Sequence[int],
    task_ends: Sequence[int],
    points: Sequence[StructurePoint],
    flops_per_example: Sequence[int],
    full_units: int,
    edits: int,
    one_shot: bool,
    target_step: int | None,
    parity: ParitySummary | None = None,
    health: HealthTrace | None = None,
) -> Results:
    """Summarizes a run.

    Args:
        accuracy: online accuracy of each mini-batch, in [0, 1].
        examples: size of each mini-batch.
        task_ends: steps done at the end of each task.
        points: structure from a step on, the first at step 0.
        flops_per_example: of a forward and backward pass, for each point.
        full_units: hidden units at full width.
        edits: edits done.
        one_shot: whether the only edit was at step 0.
        target_step: steps done when the target was reached.
        parity: of the units that edits moved.
        health: of the network over time.
    """
    online = 100 * np.asarray(accuracy, dtype=np.float64)
    steps = len(online)
    tasks = np.split(online, task_ends[:-1])
    task_accuracy = [float(task.mean()) for task in tasks]
    early_1, early_10 = (
        [float(task[: early_steps(len(task), fraction)].mean()) for task in tasks] for fraction in (0.01, 0.1)
    )
    fifth = max(1, len(tasks) // 5)
    first, last = float(np.mean(task_accuracy[:fifth])), float(np.mean(task_accuracy[-fifth:]))

    starts = [point.step for point in points]
    lengths = np.diff([*starts, steps])
    units = [sum(point.active.values()) for point in points]
    flops = np.repeat(np.asarray(flops_per_example, dtype=np.int64), lengths) * np.asarray(examples, dtype=np.int64)
    so_far = np.cumsum(flops)
    return Results(
        taoa=_rounded(online.mean()),
        early_1_percent=_rounded(np.mean(early_1)),
        early_10_percent=_rounded(np.mean(early_10)),
        first_fifth=_rounded(first),
        last_fifth=_rounded(last),
        plasticity=_rounded(last - first),
        task_accuracy=[_rounded(value) for value in task_accuracy],
        task_early_1_percent=[_rounded(value) for value in early_1],
        task_early_10_percent=[_rounded(value) for value in early_10],
        steps=steps,
        edits=edits,
        one_shot=one_shot,
        target_step=target_step,
        structure=list(points),
        mean_width=_rounded(np.average(units, weights=lengths) / full_units) if full_units else 1.0,
        mean_parameters=_rounded(np.average([point.parameters for point in points], weights=lengths)),
        active_parameters=points[-1].parameters,
        flops=int(so_far[-1]),
        task_flops=[int(so_far[end - 1]) for end in task_ends],
        parity=parity,
        health=health,
    )


def _rounded(value: float | np.floating) -> float:
    return round(float(value), DECIMALS)
