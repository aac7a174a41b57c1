"""Edits, networks and optimizers that are refused, and that nothing has changed then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from clgrow.models import MLP
from clgrow.structure import Edit, EditableLinear, Structure, check_editable
from clgrow.structure.edit import InvalidEditError, NotEditableError
from clgrow.structure.optimizer_state import UneditableOptimizerError

Make = Callable[..., Any]
Picture = Callable[[Any], Any]


def units(**layers: list[int]) -> dict[str, Tensor]:
    return {layer: torch.tensor(chosen) for layer, chosen in layers.items()}


def same_bits(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


INVALID = {
    "unknown layer": Edit(activate=units(fc1=[7], fc9=[0])),
    "unknown layer to retire": Edit(retire=units(fc9=[0])),
    "activated twice": Edit(activate=units(fc1=[7, 8, 7])),
    "retired twice": Edit(retire=units(fc2=[1, 1])),
    "retire inactive": Edit(activate=units(fc1=[7]), retire=units(fc2=[6])),
    "activate active": Edit(retire=units(fc1=[1]), activate=units(fc1=[9, 0])),
    "beyond the width": Edit(activate=units(fc1=[12])),
    "below zero": Edit(activate=units(fc1=[6]), retire=units(fc2=[-1])),
    "beyond the width of its own layer": Edit(activate=units(fc2=[9])),
    "leaves a layer empty": Edit(activate=units(fc1=[8]), retire=units(fc2=[0, 1, 2, 3, 4])),
}


@pytest.mark.parametrize("rewind", [None, "all"])
@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_edit_is_refused_and_changes_nothing(
    case: str, rewind: Any, make_subject: Make, picture: Picture
) -> None:
    subject = make_subject()
    subject.train(5)
    called: list[int] = []
    subject.structure.listeners.append(called.append)
    before = picture(subject)
    edit = Edit(retire=INVALID[case].retire, activate=INVALID[case].activate, rewind=rewind)
    with pytest.raises(InvalidEditError):
        subject.structure.apply(edit, step=5)
    assert picture(subject) == before
    assert called == []


@pytest.mark.parametrize(
    "active", [{"fc1": [1], "fc9": [0]}, {"fc1": [1], "fc2": []}, {"fc1": [1], "fc2": [9]}, {"fc1": [2, 2]}]
)
def test_an_invalid_start_is_refused_and_leaves_the_network_alone(active: dict[str, list[int]]) -> None:
    network = MLP(7, (12, 9), 5, generator=torch.Generator().manual_seed(0))
    before = {name: (id(p), p.detach().clone()) for name, p in network.named_parameters()}
    with pytest.raises(InvalidEditError):
        Structure(network, active={name: torch.tensor(chosen, dtype=torch.int64) for name, chosen in active.items()})
    for name, parameter in network.named_parameters():
        assert id(parameter) == before[name][0]
        assert same_bits(parameter.detach(), before[name][1])


class MyAdam(torch.optim.Adam):
    """Could keep any state."""


@pytest.mark.parametrize("kind", [torch.optim.Adagrad, MyAdam, torch.optim.LBFGS, torch.optim.NAdam])
def test_unknown_optimizers_are_refused_with_those_that_can(kind: Any) -> None:
    network = MLP(7, (12, 9), 5)
    optimizer = kind(network.parameters())
    for refused in (lambda: check_editable(optimizer), lambda: Structure(network, optimizer)):
        with pytest.raises(UneditableOptimizerError, match=kind.__name__) as caught:
            refused()
        assert all(name in str(caught.value) for name in ("SGD", "Adam", "AdamW", "RMSprop"))


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3)),
        EditableLinear(7, 3),
        nn.Sequential(EditableLinear(7, 5, units="a"), EditableLinear(5, 5, units="a", inputs="a")),
    ],
    ids=["plain", "head", "name-taken"],
)
def test_a_network_without_editable_layers_is_refused(network: nn.Module) -> None:
    with pytest.raises(NotEditableError):
        Structure(network)
