"""A run that is saved and taken up again goes on as if it had not been interrupted, bit for bit."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from clgrow.models import MLP
from clgrow.structure import Edit, Structure
from clgrow.structure.edit import InvalidEditError

Make = Callable[..., Any]

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam-amsgrad": lambda p: torch.optim.Adam(p, lr=1e-2, amsgrad=True),
    "adamw-fused": lambda p: torch.optim.AdamW(p, lr=1e-2, fused=True),
    "rmsprop-centered": lambda p: torch.optim.RMSprop(p, lr=1e-3, centered=True, momentum=0.9),
}


def units(**layers: list[int]) -> dict[str, Tensor]:
    return {layer: torch.tensor(chosen) for layer, chosen in layers.items()}


def first_half(subject: Any) -> None:
    subject.train(10, seed=1)
    subject.structure.apply(Edit(activate=units(fc1=[7, 9], fc2=[6])), step=10)
    subject.train(10, seed=2)
    subject.structure.apply(Edit(retire=units(fc1=[0, 9], fc2=[1])), step=20)
    subject.train(10, seed=3)


def second_half(subject: Any) -> None:
    subject.structure.apply(Edit(activate=units(fc1=[0], fc2=[1]), redraw=False), step=30)
    subject.train(5, seed=4)
    subject.structure.apply(Edit(activate=units(fc1=[9, 11]), retire=units(fc1=[3])), step=35)
    subject.train(5, seed=5)
    subject.structure.apply(Edit(retire=units(fc2=[0]), activate=units(fc2=[0]), rewind="editable"), step=40)
    subject.train(5, seed=6)


def saved_and_loaded(*states: Any) -> Any:
    buffer = io.BytesIO()
    torch.save(states, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_bit_identically_after_loading(name: str, make_subject: Make, picture: Any) -> None:
    uninterrupted = make_subject(OPTIMIZERS[name])
    first_half(uninterrupted)
    interrupted = make_subject(OPTIMIZERS[name])
    first_half(interrupted)
    states = saved_and_loaded(interrupted.structure.state_dict(), interrupted.optimizer.state_dict())
    second_half(interrupted)  # what goes on with the old one must not reach into what was saved

    fresh = make_subject(OPTIMIZERS[name], {}, init_seed=8, draw_seed=9)
    before = dict(fresh.network.named_parameters())
    replaced = fresh.structure.load_state_dict(states[0])
    fresh.optimizer.load_state_dict(states[1])
    now = dict(fresh.network.named_parameters())
    assert {id(p) for p in replaced.values()} == {id(now[key]) for key in now if now[key] is not before[key]}

    for subject in (uninterrupted, fresh):
        second_half(subject)
    for key, value in uninterrupted.parameters().items():
        assert value.numpy().tobytes() == fresh.parameters()[key].numpy().tobytes(), key
        for entry, state in uninterrupted.state()[key].items():
            assert state.numpy().tobytes() == fresh.state()[key][entry].numpy().tobytes(), (key, entry)
    assert comparable(uninterrupted, picture) == comparable(fresh, picture)


def comparable(subject: Any, picture: Any) -> Any:
    """Returns all that matters of a subject but the identities of its tensors."""
    left_out = ("identities", "groups", "stateful", "torch")
    return [(key, value) for key, value in picture(subject) if key not in left_out]


def test_a_saved_state_is_a_copy(make_subject: Make) -> None:
    subject = make_subject()
    first_half(subject)
    state = subject.structure.state_dict()
    before = saved_and_loaded(state)[0]
    subject.train(3, seed=9)
    subject.structure.apply(Edit(activate=units(fc1=[0]), rewind="all"), step=33)
    for part in ("full", "initial"):
        assert all(torch.equal(value, before[part][name]) for name, value in state[part].items())
    for name, bank in state["optimizer"].items():
        assert all(torch.equal(value, before["optimizer"][name][key]) for key, value in bank.items())
    for layer, entries in state["units"].items():
        assert all(torch.equal(value, before["units"][layer][key]) for key, value in entries.items())


OTHERS: dict[str, tuple[int, tuple[int, ...], int]] = {
    "other-width": (7, (12, 8), 5),
    "fewer-layers": (7, (12,), 5),
    "more-layers": (7, (12, 9, 4), 5),
    "other-features": (6, (12, 9), 5),
    "one-feature": (1, (12, 9), 5),
    "other-classes": (7, (12, 9), 4),
    "one-class": (7, (12, 9), 1),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_state_of_another_network_is_refused_and_changes_nothing(case: str, make_subject: Make, picture: Any) -> None:
    features, widths, classes = OTHERS[case]
    other = Structure(MLP(features, widths, classes), generator=torch.Generator())
    subject = make_subject()
    subject.train(3)
    before = picture(subject)
    state = other.state_dict()
    with pytest.raises(InvalidEditError, match="another network"):
        subject.structure.load_state_dict(state)
    assert picture(subject) == before
