"""What an edit is, and what it changes: the values that `Structure` works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

RewindScope = Literal["all", "editable"]


class InvalidEditError(ValueError):
    """An edit that does not fit the structure; nothing was changed."""


class NotEditableError(ValueError):
    """A network without a hidden layer that can be edited."""


@dataclass
class HiddenLayer:
    """The units of one hidden layer.

    Attributes:
        name: as the modules name it.
        width: units at full width.
        fan_in: inputs of a unit at full width.
        active: (width,) bool.
        born: (width,) int64, optimizer steps done when the unit was last activated; -1 for never.
        births: (width,) int64, how many times it was activated.
    """

    name: str
    width: int
    fan_in: int
    active: Tensor
    born: Tensor
    births: Tensor

    @property
    def count(self) -> int:
        """How many units are active."""
        return int(self.active.sum())

    def indices(self) -> Tensor:
        """Returns the active units, ascending; the order of the compact rows and columns."""
        return self.active.nonzero().flatten()

    def ages(self, step: int) -> Tensor:
        """Returns the ages of the active units in optimizer steps, (active units,)."""
        return step - self.born[self.active]


@dataclass(frozen=True)
class Edit:
    """A change of structure. Retires first, then activates, then rewinds.

    Attributes:
        retire: active units to retire, by hidden layer.
        activate: units to activate, by hidden layer: masked ones, or ones that this edit retires.
        rewind: return parameters to their initial values and make their optimizer state cold: `all` of the network, or
            those of `editable` layers alone; None for no rewind.
        redraw: draw a unit that is activated again afresh; otherwise it comes back as it was left.
    """

    retire: Mapping[str, Tensor] = field(default_factory=dict)
    activate: Mapping[str, Tensor] = field(default_factory=dict)
    rewind: RewindScope | None = None
    redraw: bool = True
