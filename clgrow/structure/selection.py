"""Which units: scores of all units of each layer, and the pick among the eligible.

A score is a sequence of (width,) tensors per layer, the first decides, the next ones break ties; higher means more
worth having. Growing activates the masked units with the highest, pruning retires the active ones with the lowest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from clgrow.structure.structure import Structure

TAU = 0.05
"""Activation above which a unit counts as firing (Lillo & Cheney 2026)."""

LossFunction = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class SelectionBatch:
    """What a selection may look at: the mini-batch at hand.

    Attributes:
        x: inputs.
        y: targets, (batch,).
        loss: maps the network's output and `y` to a scalar.
    """

    x: Tensor
    y: Tensor
    loss: LossFunction


Scores = Mapping[str, tuple[Tensor, ...]]
Selection = Callable[[Structure, SelectionBatch], Scores]


def activation_frequency(structure: Structure, batch: SelectionBatch) -> Scores:
    """Scores each unit by the fraction of the mini-batch on which it exceeds tau, were it unmasked.

    All layers are scored from one full-width forward pass of the network as it is. Ties are broken by the mean
    activation. (Lillo & Cheney 2026, Grow.)
    """
    activations = structure.full_activations(batch.x)
    return {
        layer: ((values > TAU).float().mean(0).cpu(), values.float().mean(0).cpu())
        for layer, values in activations.items()
    }


def incoming_magnitude(structure: Structure, batch: SelectionBatch) -> Scores:
    """Scores each active unit by the mean absolute value of its incoming weights from active inputs.

    Masked units score nothing (-inf). (Lillo & Cheney 2026, iterative magnitude pruning.)
    """
    scores = {}
    for name, layer in structure.layers.items():
        score = torch.full((layer.width,), -torch.inf)
        score[layer.active] = structure.incoming_weights(name).abs().mean(1).float().cpu()
        scores[name] = (score,)
    return scores


def random_units(structure: Structure, batch: SelectionBatch) -> Scores:
    """Scores all units alike, so that the pick falls to its random tie-break."""
    return {name: (torch.zeros(layer.width),) for name, layer in structure.layers.items()}


def pick(
    score: tuple[Tensor, ...], eligible: Tensor, count: int, *, highest: bool, generator: torch.Generator
) -> Tensor:
    """Picks units by score.

    Args:
        score: (width,) tensors, the first one decides.
        eligible: (width,) bool, the units to pick from.
        count: how many.
        highest: whether the highest scores are picked, or the lowest.
        generator: breaks what ties are left.

    Returns:
        The units, ascending, (count,).
    """
    lots = torch.randperm(len(eligible), generator=generator).numpy()
    sign = -1.0 if highest else 1.0
    keys = [lots, *(sign * part.double().numpy() for part in reversed(score))]
    order = np.lexsort([key[eligible.numpy()] for key in keys])
    units = eligible.nonzero().flatten()[torch.from_numpy(order[:count].copy())]
    return units.sort().values
