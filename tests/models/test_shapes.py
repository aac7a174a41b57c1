"""What the networks map to what, and how their layers are tied."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from clgrow.models import MLP, ConvNet
from clgrow.structure import EditableLinear, Structure


def test_mlp_of_the_mnist_streams() -> None:
    network = MLP()
    assert network(torch.zeros(3, 1, 28, 28)).shape == network(torch.zeros(3, 784)).shape == (3, 10)
    shapes = {name: tuple(value.shape) for name, value in network.named_parameters()}
    assert shapes == {
        "fc1.weight": (256, 784),
        "fc1.bias": (256,),
        "fc2.weight": (256, 256),
        "fc2.bias": (256,),
        "head.weight": (10, 256),
        "head.bias": (10,),
    }
    layers = Structure(network).layers
    assert {name: (layer.width, layer.fan_in) for name, layer in layers.items()} == {
        "fc1": (256, 784),
        "fc2": (256, 256),
    }


def test_convnet_of_the_cifar_streams() -> None:
    network = ConvNet(100)
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 100)
    layers = Structure(network).layers
    assert {name: (layer.width, layer.fan_in) for name, layer in layers.items()} == {
        "fc1": (512, 4096),
        "fc2": (512, 512),
        "fc3": (256, 512),
    }
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.kernel_size, c.padding) for c in convolutions] == [
        (3, 32, (3, 3), (1, 1)),
        (32, 64, (3, 3), (1, 1)),
    ]


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_mlp_equals_a_plain_stack_of_layers(depth: int) -> None:
    widths = (8, 7, 6)[:depth]
    network = MLP(5, widths, 4)
    plain: list[nn.Module] = []
    for layer in network.children():
        assert isinstance(layer, EditableLinear)
        linear = nn.Linear(layer.weight.shape[1], layer.weight.shape[0])
        linear.load_state_dict({"weight": layer.weight, "bias": layer.bias})
        plain += [linear, nn.ReLU()]
    x = torch.randn(9, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(network(x), nn.Sequential(*plain[:-1])(x))


def test_convnet_has_its_activation_after_every_layer_but_the_head() -> None:
    made: list[nn.Module] = []

    class Noted(nn.Tanh):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    network = ConvNet(4, size=8, widths=(6, 5, 4), activation=Noted)
    ran: list[nn.Module] = []
    for module in made:
        module.register_forward_hook(lambda module, *_: ran.append(module))
    network(torch.zeros(1, 3, 8, 8))
    assert len(made) == 5
    assert ran == made
