"""Online accuracy of every mini-batch, at next to no cost an iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from avalanche.core import SupervisedPlugin
from torch import Tensor

FLUSH_STEPS = 128
"""Iterations whose outputs are kept before they are scored together."""


class OnlineMeter(SupervisedPlugin):  # type: ignore[misc]
    """Scores each mini-batch by the outputs that training computed before the update.

    Outputs are only kept at each iteration, and scored together later, so that no kernel runs and nothing is read
    back from the device within an iteration.

    Args:
        on_flush: called now and then with the accuracies of the latest mini-batches, in [0, 1].

    Attributes:
        accuracy: online accuracy of each mini-batch so far, in [0, 1].
        loss: loss of each mini-batch so far.
        examples: size of each mini-batch so far.
        task_ends: number of mini-batches done at the end of each task.
    """

    def __init__(self, on_flush: Callable[[list[float]], None] | None = None) -> None:
        super().__init__()
        self.accuracy: list[float] = []
        self.loss: list[float] = []
        self.examples: list[int] = []
        self.task_ends: list[int] = []
        self._on_flush = on_flush
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._losses: list[Tensor] = []

    def after_training_iteration(self, strategy: Any, **kwargs: Any) -> None:
        """Keeps what the iteration computed."""
        self._outputs.append(strategy.mb_output.detach())
        self._targets.append(strategy.mbatch[1])
        self._losses.append(strategy.loss.detach())
        if len(self._outputs) == FLUSH_STEPS:
            self._flush()

    def after_training_exp(self, strategy: Any, **kwargs: Any) -> None:
        """Scores what is left and notes the end of the task."""
        self._flush()
        self.task_ends.append(len(self.accuracy))

    def state_dict(self) -> dict[str, Any]:
        """Returns what was measured so far."""
        self._flush()
        return {
            "accuracy": torch.tensor(self.accuracy, dtype=torch.float64),
            "loss": torch.tensor(self.loss, dtype=torch.float64),
            "examples": torch.tensor(self.examples, dtype=torch.int64),
            "task_ends": self.task_ends,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from what was measured."""
        self.accuracy, self.loss, self.examples = (state[key].tolist() for key in ("accuracy", "loss", "examples"))
        self.task_ends = list(state["task_ends"])

    def _flush(self) -> None:
        if not self._outputs:
            return
        sizes = [len(target) for target in self._targets]
        correct = torch.cat(self._outputs).argmax(1).eq(torch.cat(self._targets)).cpu().numpy()
        starts = np.cumsum([0, *sizes[:-1]])
        counts = np.add.reduceat(correct.astype(np.int64), starts)
        latest = (counts / np.array(sizes)).tolist()
        self.accuracy += latest
        self.examples += sizes
        self.loss += torch.stack([loss.reshape(()) for loss in self._losses]).tolist()
        self._outputs.clear()
        self._targets.clear()
        self._losses.clear()
        if self._on_flush is not None:
            self._on_flush(latest)
