"""What a user asks for, resolved and checked before anything is loaded or trained. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clgrow.benchmark import Benchmark, Init, Scale, ScaleName
from clgrow.errors import UserError, unknown_name
from clgrow.optimizers import OPTIMIZERS
from clgrow.plan import MINIMUM_COMPACTNESS, SEED_FRACTION
from clgrow.registry import Registry
from clgrow.results.record import RunSpec, Versions, run_id
from clgrow.strategy_text import ResolvedStrategy, resolve_strategy

DEFAULT_COMPACTNESS = 0.5


@dataclass(frozen=True)
class Request:
    """What a user asks for; None leaves the choice to the benchmark.

    Attributes:
        benchmark: its name.
        strategy: text, for example `grow` or `prune+no-rewind`.
        scale: `full` or `lite`.
        tasks: run only so many tasks, an exact prefix; None for all.
        compactness: fraction of the editable weights at the end.
        integrate_steps: optimizer steps between two edits, or `task`: the task length.
        schedule: how many units an edit moves.
        optimizer: its name.
        lr: learning rate.
        init: how initial weights are drawn.
    """

    benchmark: str
    strategy: str
    scale: ScaleName = "full"
    tasks: int | None = None
    compactness: float = DEFAULT_COMPACTNESS
    integrate_steps: int | Literal["task"] = "task"
    schedule: Literal["even", "paper"] = "even"
    optimizer: str | None = None
    lr: float | None = None
    init: Init | None = None


@dataclass(frozen=True)
class PlannedRun:
    """A run that is fully determined.

    Attributes:
        spec: what goes into the record.
        versions: what else its numbers depend on.
        benchmark: the benchmark.
        strategy: the strategy.
    """

    spec: RunSpec
    versions: Versions
    benchmark: Benchmark
    strategy: ResolvedStrategy

    @property
    def run_id(self) -> str:
        """The name of the work."""
        return run_id(self.spec, self.versions)

    @property
    def scale(self) -> Scale:
        """The benchmark's scale."""
        return self.benchmark.scale(self.spec.scale)

    @property
    def tasks(self) -> int:
        """Tasks that are run."""
        return self.spec.tasks or self.scale.tasks

    @property
    def edit_steps(self) -> tuple[int, ...]:
        """Optimizer steps before which an edit happens, over the whole stream; none for a strategy without a clock."""
        from clgrow.structure.budget import edit_steps

        return edit_steps(self.spec.integrate_steps, self.scale.horizon) if self.spec.integrate_steps else ()

    @property
    def one_shot(self) -> bool:
        """Whether the integration budget reaches the horizon, so that the only edit is at step 0."""
        return self.spec.integrate_steps is not None and self.spec.integrate_steps >= self.scale.horizon


def plan_run(request: Request, seed: int, registry: Registry) -> PlannedRun:
    """Resolves and checks a request for one seed.

    Raises:
        UserError: a name is unknown, a value out of its range, or a combination makes no sense.
    """
    benchmark = registry.benchmark(request.benchmark)
    strategy = resolve_strategy(request.strategy, registry, benchmark.name)
    scale = benchmark.scale(request.scale)
    _check_ranges(request, seed, scale)
    optimizer = request.optimizer or benchmark.optimizer
    if optimizer not in OPTIMIZERS:
        raise unknown_name("optimizer", optimizer, OPTIMIZERS)
    steps = scale.task_steps if request.integrate_steps == "task" else request.integrate_steps
    uses = strategy.uses
    spec = RunSpec(
        benchmark=benchmark.name,
        scale=request.scale,
        tasks=None if request.tasks == scale.tasks else request.tasks,
        strategy=strategy.text,
        options=strategy.options,
        compactness=request.compactness if "compactness" in uses else None,
        integrate_steps=steps if "integrate_steps" in uses else None,
        schedule=request.schedule if "schedule" in uses else None,
        optimizer=optimizer,
        lr=benchmark.lr if request.lr is None else request.lr,
        init=request.init or benchmark.init,
        seed=seed,
    )
    entry = registry.benchmarks[benchmark.name]
    hashes = [source for source in (entry.source_hash, strategy.source_hash) if source]
    versions = Versions(
        benchmark=benchmark.version, strategy=strategy.version, source_hash="+".join(hashes) if hashes else None
    )
    return PlannedRun(spec, versions, benchmark, strategy)


def _check_ranges(request: Request, seed: int, scale: Scale) -> None:
    if not MINIMUM_COMPACTNESS <= request.compactness <= 1:
        raise UserError(
            f"compactness is {request.compactness:g}: give it a value from {MINIMUM_COMPACTNESS:g} to 1. Strategies "
            f"are matched on unit counts, and growth starts with {SEED_FRACTION:.0%} of each layer."
        )
    if request.integrate_steps != "task" and request.integrate_steps < 1:
        raise UserError(
            f"integrate-steps is {request.integrate_steps}: give a number of optimizer steps from 1, or 'task'."
        )
    if request.tasks is not None and not 1 <= request.tasks <= scale.tasks:
        raise UserError(
            f"tasks is {request.tasks}: {request.benchmark} at {request.scale} scale has {scale.tasks}; give 1 to that."
        )
    if request.lr is not None and not 0 < request.lr < float("inf"):
        raise UserError(f"lr is {request.lr:g}: give a learning rate above 0.")
    if seed < 0:
        raise UserError(f"seed is {seed}: give a whole number from 0.")
