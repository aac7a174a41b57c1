"""Counted operations against torch's own counter."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from clgrow.models import MLP, ConvNet
from clgrow.models.flops import FlopCounter
from clgrow.structure import Edit, Structure

NETWORKS = {
    "mlp": (lambda: MLP(64, (32, 24), 10), (64,)),
    "mlp-on-images": (lambda: MLP(64, (32, 24), 10), (1, 8, 8)),
    "no-hidden-layer": (lambda: MLP(64, (), 10), (64,)),
    "convnet": (lambda: ConvNet(10, size=16, widths=(40, 30, 20)), (3, 16, 16)),
    "convnet-gray": (lambda: ConvNet(10, channels=1, size=8, widths=(40, 30, 20)), (1, 8, 8)),
}


def measured(network: nn.Module, shape: tuple[int, ...], batch: int = 6) -> float:
    """Returns what torch counts for one forward and backward pass, per example."""
    with FlopCounterMode(display=False) as counter:
        nn.functional.cross_entropy(
            network(torch.zeros(batch, *shape)), torch.zeros(batch, dtype=torch.int64)
        ).backward()
    return counter.get_total_flops() / batch


@pytest.mark.parametrize("name", NETWORKS)
def test_operations_are_those_that_torch_counts(name: str) -> None:
    make, shape = NETWORKS[name]
    network = make()
    assert FlopCounter(network, torch.zeros(1, *shape)).per_example() == measured(network, shape)


@pytest.mark.parametrize("name", ["mlp", "convnet"])
def test_operations_follow_an_edit(name: str) -> None:
    make, shape = NETWORKS[name]
    network = make()
    structure = Structure(network, active={"fc1": torch.arange(9), "fc2": torch.arange(4, 11)})
    counter = FlopCounter(network, torch.zeros(1, *shape))
    small = counter.per_example()
    assert small == measured(network, shape)
    structure.apply(Edit(activate={"fc1": torch.tensor([20, 25])}, retire={"fc2": torch.tensor([5])}), step=0)
    assert counter.per_example() == measured(network, shape) != small


def test_mlp_by_hand() -> None:
    # Forward 2 * (4 * 3 + 3 * 2); backward twice that, less the gradient of the inputs, 2 * 4 * 3.
    assert FlopCounter(MLP(4, (3,), 2), torch.zeros(1, 4)).per_example() == 3 * 36 - 24


def test_counting_leaves_the_network_alone() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    network[1].eval()
    modes = [module.training for module in network.modules()]
    torch_before = torch.get_rng_state()
    FlopCounter(network, torch.ones(1, 4))
    assert [module.training for module in network.modules()] == modes
    assert int(network[1].num_batches_tracked) == 0
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert not any(module._forward_hooks for module in network.modules())
