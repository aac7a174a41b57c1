"""What a benchmark is: a stream by a protocol, at two scales, with frozen grids of integration budgets.

Nothing here imports torch; a benchmark's functions import what they need when they are called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch
    from torch import nn

    from clgrow.data.images import Images
    from clgrow.streams.stream import Stream

Init = Literal["kaiming-relu", "torch"]
ScaleName = Literal["full", "lite"]


@dataclass(frozen=True)
class Phenomenon:
    """Does a scale show the loss of plasticity? Measured mean accuracy over the last fifth of its tasks, in percent.

    Attributes:
        dense: of `dense`.
        reset: of `reset`, which returns to its initial weights at each task.
        seeds: how many seeds the two are means over.
    """

    dense: float
    reset: float
    seeds: int

    @property
    def shown(self) -> bool:
        """Whether dense is at least 3 points under reset."""
        return self.reset - self.dense >= 3.0


@dataclass(frozen=True)
class Scale:
    """One size of a benchmark.

    Attributes:
        tasks: number of tasks.
        examples: images in the fixed subset that every task is made of.
        batch_size: examples of a mini-batch.
        epochs: passes over a task's examples.
        budgets: the frozen grid of integration budgets, in optimizer steps; bump the benchmark's version to change it.
        phenomenon: what was measured of it; None where it was not measured.
    """

    tasks: int
    examples: int
    batch_size: int
    epochs: int
    budgets: tuple[int, ...]
    phenomenon: Phenomenon | None = None

    @property
    def task_steps(self) -> int:
        """Optimizer steps of a task."""
        return self.epochs * -(-self.examples // self.batch_size)

    @property
    def horizon(self) -> int:
        """Optimizer steps of the whole stream."""
        return self.tasks * self.task_steps


@dataclass(frozen=True)
class Benchmark:
    """A stream that keeps changing, and how a network is trained on it.

    Attributes:
        name: what the user types.
        version: raised when its numbers change; records of other versions are never pooled.
        summary: one line.
        protocol: some lines on tasks, network and training.
        sources: papers it comes from.
        dataset: name of the data set in `clgrow.data`.
        full: the protocol's scale.
        lite: a scale that takes at most 40 s on one core.
        optimizer: name of the default optimizer.
        lr: default learning rate.
        init: default initial weights.
        classes: outputs of the network.
        make_stream: builds the tasks from the scale, the images and the data generator.
        make_network: builds the network with initial weights from an `Init` and a generator.
        substitute: the benchmark on embedded data that `clgrow run` falls back to where this one's data cannot be had.
    """

    name: str
    version: int
    summary: str
    protocol: str
    sources: tuple[str, ...]
    dataset: str
    full: Scale
    lite: Scale
    optimizer: str
    lr: float
    init: Init
    classes: int
    make_stream: Callable[[Scale, Images, torch.Generator], Stream]
    make_network: Callable[[Init, torch.Generator], nn.Module]
    substitute: str | None = None

    def scale(self, name: str) -> Scale:
        """Returns the scale of that name."""
        scale: Any = {"full": self.full, "lite": self.lite}[name]
        assert isinstance(scale, Scale)
        return scale
