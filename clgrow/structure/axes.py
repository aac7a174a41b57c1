"""Which parameters a hidden unit owns: its incoming and outgoing weights, found by what their axes run over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from clgrow.structure.layers import Axes, tied_modules

Combine = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class TiedParameter:
    """A parameter that runs over hidden units, as it is now; an edit replaces it.

    Attributes:
        name: in the network.
        parameter: its compact values.
        axes: for each dimension the hidden layer whose active units it runs over, or None.
    """

    name: str
    parameter: nn.Parameter
    axes: Axes

    def over_elements(self, units: Mapping[str, Tensor], combine: Combine) -> Tensor | None:
        """Spreads one value for each unit over the elements of the parameter.

        Args:
            units: (active units,) values by hidden layer; layers may be missing.
            combine: makes one value of those of the two units that an element lies between, elementwise.

        Returns:
            A tensor that broadcasts to the parameter's shape; None if no axis is among these layers.
        """
        spread: Tensor | None = None
        for dim, axis in enumerate(self.axes):
            if axis is not None and axis in units:
                shape = [-1 if d == dim else 1 for d in range(len(self.axes))]
                along = units[axis].view(shape)
                spread = along if spread is None else combine(spread, along)
        return spread


def tied_parameters(network: nn.Module) -> list[TiedParameter]:
    """Returns the parameters over hidden units, in the network's order."""
    return [
        TiedParameter(f"{prefix}.{name}" if prefix else name, getattr(module, name), axes)
        for prefix, module in tied_modules(network).items()
        for name, axes in module.tied_axes().items()
    ]


@dataclass(frozen=True)
class UnitSlices:
    """A parameter seen as one slice for each active unit of a hidden layer.

    Attributes:
        name: of the parameter.
        parameter: its compact values.
        dim: the axis that runs over the units.
        axes: what all its axes run over.
    """

    name: str
    parameter: nn.Parameter
    dim: int
    axes: Axes

    def rows(self, tensor: Tensor | None = None) -> Tensor:
        """Returns a view of the values, or of a tensor of their shape, with the units as its first axis."""
        return (self.parameter.detach() if tensor is None else tensor).movedim(self.dim, 0)


def incoming(network: nn.Module, layer: str) -> list[UnitSlices]:
    """Returns the parameters that make the layer's units: incoming weights and biases, units along their first axis."""
    return [UnitSlices(p.name, p.parameter, 0, p.axes) for p in tied_parameters(network) if p.axes[0] == layer]


def outgoing(network: nn.Module, layer: str) -> list[UnitSlices]:
    """Returns the parameters that read the layer's units: outgoing weights, units along a later axis."""
    return [
        UnitSlices(p.name, p.parameter, dim, p.axes)
        for p in tied_parameters(network)
        for dim, axis in enumerate(p.axes)
        if dim > 0 and axis == layer
    ]


def weights_of(slices: list[UnitSlices]) -> list[UnitSlices]:
    """Returns those with more than one value for a unit: weights, not biases."""
    return [part for part in slices if part.parameter.dim() > 1]


def unit_norms(slices: list[UnitSlices]) -> Tensor:
    """Returns the Euclidean norm of each unit's weights in all these parameters together, (active units,)."""
    squares = [part.rows().flatten(1).square().sum(1) for part in weights_of(slices)]
    return torch.stack(squares).sum(0).sqrt()
