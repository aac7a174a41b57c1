"""Initial weights of the networks: bounds, distributions, and which generator they come from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from scipy import stats
from torch import nn

from clgrow.models import MLP, ConvNet
from clgrow.structure import EditableLinear

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "mlp": lambda **kwargs: MLP(64, (300, 200), 10, **kwargs),
    "convnet": lambda **kwargs: ConvNet(10, size=8, widths=(60, 50, 40), **kwargs),
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def uniform_p(values: torch.Tensor, bound: float) -> float:
    """Returns the p-value of the values being uniform within the bound."""
    return float(stats.kstest(values.detach().double().flatten().numpy(), stats.uniform(-bound, 2 * bound).cdf).pvalue)


@pytest.mark.parametrize("network", NETWORKS)
def test_kaiming_relu_is_uniform_within_sqrt_of_6_over_fan_in_with_zero_biases(network: str) -> None:
    made = NETWORKS[network](init="kaiming-relu", generator=generator())
    for name, value in made.named_parameters():
        if name.endswith("bias"):
            assert not value.any(), name
            continue
        bound = math.sqrt(6 / value[0].numel())
        assert value.abs().max() <= bound * (1 + 1e-6), name
        assert uniform_p(value, bound) > 1e-3, name


@pytest.mark.parametrize("network", NETWORKS)
def test_torch_is_uniform_within_one_over_sqrt_of_fan_in_biases_too(network: str) -> None:
    made = NETWORKS[network](init="torch", generator=generator())
    weights = {name.rpartition(".")[0]: value for name, value in made.named_parameters() if name.endswith("weight")}
    for name, value in made.named_parameters():
        bound = 1 / math.sqrt(weights[name.rpartition(".")[0]][0].numel())
        assert value.abs().max() <= bound * (1 + 1e-6), name
        assert uniform_p(value, bound) > 1e-3, name


@pytest.mark.parametrize("features", [7, 200])
def test_torch_init_is_distributed_as_that_of_torchs_linear(features: int) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = nn.Linear(features, 3000)
    ours = EditableLinear(features, 3000, init="torch", generator=generator(1))
    for name, value in theirs.named_parameters():
        mine = getattr(ours, name)
        assert stats.ks_2samp(value.detach().flatten().numpy(), mine.detach().flatten().numpy()).pvalue > 1e-3, name


def test_kaiming_relu_is_distributed_as_torchs_kaiming_uniform() -> None:
    theirs = torch.empty(3000, 50)
    nn.init.kaiming_uniform_(theirs, nonlinearity="relu", generator=generator())
    ours = EditableLinear(50, 3000, init="kaiming-relu", generator=generator(1)).weight.detach()
    assert stats.ks_2samp(theirs.flatten().numpy(), ours.flatten().numpy()).pvalue > 1e-3


@pytest.mark.parametrize("init", ["kaiming-relu", "torch"])
@pytest.mark.parametrize("network", NETWORKS)
def test_the_generator_given_decides_all_weights(network: str, init: str) -> None:
    def weights(seed: int, torch_seed: int) -> list[torch.Tensor]:
        with torch.random.fork_rng():
            torch.manual_seed(torch_seed)
            return list(NETWORKS[network](init=init, generator=generator(seed)).parameters())

    assert all(torch.equal(a, b) for a, b in zip(weights(3, 0), weights(3, 1), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(weights(3, 0), weights(4, 0), strict=True) if a.any())


@pytest.mark.parametrize("network", NETWORKS)
def test_a_generator_given_leaves_torchs_global_one_alone(network: str) -> None:
    before = torch.get_rng_state()
    NETWORKS[network](generator=generator())
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_generator_torchs_global_one_decides() -> None:
    made: list[Any] = []
    for seed in (0, 0, 1):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            made.append(MLP(8, (6,), 3))
    assert torch.equal(made[0].fc1.weight, made[1].fc1.weight)
    assert not torch.equal(made[0].fc1.weight, made[2].fc1.weight)
