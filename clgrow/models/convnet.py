"""The convolutional network of the CIFAR and ImageNet streams; the hidden layers of its head can be edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from clgrow.models.mlp import hidden_stack
from clgrow.structure.layers import EditableLinear, InitName


class ConvNet(nn.Module):
    """conv 3-32, pool, conv 32-64, pool (3x3, padding 1), then fully connected layers fc1 to fc3 and a linear head.

    The trunk keeps its width; fc1 to fc3 are editable.

    Args:
        classes: outputs.
        channels: of the images.
        size: height and width of the images, a multiple of 4.
        widths: units of the hidden layers at full width.
        activation: makes the activation of a layer.
        init: `torch`: torch's default everywhere; `kaiming-relu`: ReLU gain and zero biases everywhere.
        generator: for the initial weights.
    """

    def __init__(
        self,
        classes: int = 10,
        *,
        channels: int = 3,
        size: int = 32,
        widths: Sequence[int] = (512, 512, 256),
        activation: Callable[[], nn.Module] = nn.ReLU,
        init: InitName = "torch",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _conv(channels, 32, init, generator),
            activation(),
            nn.MaxPool2d(2),
            _conv(32, 64, init, generator),
            activation(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        features = 64 * (size // 4) ** 2
        hidden = hidden_stack(features, widths, activation=activation, init=init, generator=generator)
        self.hidden = nn.ModuleDict(dict(hidden))
        self.head = EditableLinear(widths[-1], classes, inputs=hidden[-1][0], init=init, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (batch, channels, size, size) images to (batch, classes) logits."""
        x = self.trunk(x)
        for layer in self.hidden.values():
            x = layer(x)
        return self.head(x)  # type: ignore[no-any-return]


def _conv(inputs: int, outputs: int, init: InitName, generator: torch.Generator | None) -> nn.Conv2d:
    """Returns a 3x3 convolution with padding 1, its weights drawn with the generator."""
    # Without torch's own draw, which would take numbers from the global generator.
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, device="meta").to_empty(device="cpu")
    bound = (1 / layer.weight[0].numel()) ** 0.5
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        assert layer.bias is not None
        layer.bias.uniform_(-bound, bound, generator=generator)
        if init == "kaiming-relu":
            layer.weight.mul_(6**0.5)
            layer.bias.zero_()
    return layer
