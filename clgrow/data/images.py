"""A data set in memory: uint8 images, labels, and how pixels become inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Images:
    """Images of a data set's training part as they lie on disk.

    Attributes:
        pixels: (n, channels, height, width) uint8.
        labels: (n,) int64.
        scale: the value that becomes 1.0: 255 for bytes, 16 for the digits of scikit-learn.
        mean: per channel, subtracted after scaling; empty for none.
        std: per channel, divided by after that; empty for none.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    scale: float = 255.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
