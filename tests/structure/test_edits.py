"""What an edit changes, and what it leaves alone, bit for bit."""

from __future__ import annotations

import copy
import io
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from clgrow.models import MLP
from clgrow.structure import Edit, EditableLinear, Structure, check_editable
from clgrow.structure.optimizer_state import UneditableOptimizerError
from clgrow.structure.structure import InvalidEditError, NotEditableError

Make = Callable[..., Any]
Spread = Callable[..., np.ndarray]
Picture = Callable[[Any], Any]

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
    "adamw-fused": lambda p: torch.optim.AdamW(p, lr=1e-2, fused=True, amsgrad=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-3, momentum=0.9, centered=True),
}
START = {"fc1": [0, 1, 2, 3, 4, 5], "fc2": [0, 1, 2, 3, 4]}


def units(**layers: list[int]) -> dict[str, Tensor]:
    return {layer: torch.tensor(chosen) for layer, chosen in layers.items()}


def same_bits(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


# Incumbents


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (Edit(activate=units(fc1=[8, 11], fc2=[6])), {"fc1": [*START["fc1"], 8, 11], "fc2": [*START["fc2"], 6]}),
        (Edit(retire=units(fc1=[0, 4], fc2=[2])), {"fc1": [1, 2, 3, 5], "fc2": [0, 1, 3, 4]}),
        (
            Edit(retire=units(fc1=[2]), activate=units(fc1=[7], fc2=[8])),
            {"fc1": [0, 1, 3, 4, 5, 7], "fc2": [0, 1, 2, 3, 4, 8]},
        ),
    ],
    ids=["activate", "retire", "exchange"],
)
def test_incumbents_keep_weights_and_optimizer_state(
    name: str, edit: Edit, after: dict[str, list[int]], make_subject: Make, spread: Spread
) -> None:
    subject = make_subject(OPTIMIZERS[name])
    subject.train(20)
    weights, states = subject.parameters(), subject.state()
    subject.structure.apply(edit, step=20)
    assert subject.structure.counts() == {layer: len(chosen) for layer, chosen in after.items()}
    stay = {layer: sorted(set(START[layer]) & set(after[layer])) for layer in START}
    for parameter, value in subject.parameters().items():
        incumbent = ~np.isnan(spread(parameter, torch.ones_like(_of_size(value, parameter, stay)), stay))
        before = spread(parameter, weights[parameter], START)
        assert same_bits(spread(parameter, value, after)[incumbent], before[incumbent]), parameter
        state = subject.state()[parameter]
        assert list(state) == list(states[parameter])
        for key, was in states[parameter].items():
            if key == "step":
                assert float(state[key]) == float(was) == 20
                continue
            now = spread(parameter, state[key], after)
            assert same_bits(now[incumbent], spread(parameter, was, START)[incumbent]), (parameter, key)
            newborn = ~incumbent & ~np.isnan(now)
            assert (now[newborn] == 0).all(), (parameter, key)


def _of_size(like: Tensor, parameter: str, active: dict[str, list[int]]) -> Tensor:
    """Returns a tensor of the shape that the parameter has with those units active."""
    rows = {"fc1": len(active["fc1"]), "fc2": len(active["fc2"]), "head": 5}[parameter.split(".")[0]]
    columns = {"fc1": 7, "fc2": len(active["fc1"]), "head": len(active["fc2"])}[parameter.split(".")[0]]
    return torch.empty(rows, columns) if like.dim() == 2 else torch.empty(rows)


def test_activating_and_retiring_again_gives_back_the_same_function(make_subject: Make) -> None:
    subject = make_subject()
    subject.train(20)
    x = torch.randn(32, 7, generator=torch.Generator().manual_seed(4))
    before, states, outputs = subject.parameters(), subject.state(), subject.network(x)
    newborns = units(fc1=[6, 9, 10], fc2=[5, 8])
    subject.structure.apply(Edit(activate=newborns), step=20)
    assert not torch.allclose(subject.network(x), outputs)
    subject.structure.apply(Edit(retire=newborns), step=20)
    assert same_bits(subject.network(x).detach(), outputs.detach())
    assert list(subject.parameters()) == list(before)
    for name, value in subject.parameters().items():
        assert same_bits(value, before[name]), name
        for key, was in states[name].items():
            assert same_bits(subject.state()[name][key], was), (name, key)


def test_a_unit_that_comes_back_undrawn_is_as_it_was_left(make_subject: Make) -> None:
    subject = make_subject()
    subject.train(20)
    before, states = subject.parameters(), subject.state()
    gone = units(fc1=[1, 5], fc2=[0])
    subject.structure.apply(Edit(retire=gone), step=20)
    subject.structure.apply(Edit(activate=gone, redraw=False), step=20)
    for name, value in subject.parameters().items():
        assert same_bits(value, before[name]), name
        for key, was in states[name].items():
            assert same_bits(subject.state()[name][key], was), (name, key)


# Newborns


def test_newborns_start_at_their_untouched_initial_weights(
    make_subject: Make, spread: Spread, initial_values: dict[str, Tensor]
) -> None:
    subject = make_subject(OPTIMIZERS["adamw-fused"])
    subject.train(30)
    generator = subject.structure.generator.get_state()
    subject.structure.apply(Edit(activate=units(fc1=[7, 10], fc2=[5, 6])), step=30)
    after = {"fc1": [*START["fc1"], 7, 10], "fc2": [*START["fc2"], 5, 6]}
    values = {name: spread(name, value, after) for name, value in subject.parameters().items()}
    initial = {name: value.numpy() for name, value in initial_values.items()}
    assert same_bits(values["fc1.weight"][[7, 10]], initial["fc1.weight"][[7, 10]])
    assert same_bits(values["fc1.bias"][[7, 10]], initial["fc1.bias"][[7, 10]])
    into = np.ix_([5, 6], after["fc1"])
    assert same_bits(values["fc2.weight"][into], initial["fc2.weight"][into])
    outof = np.ix_(after["fc2"], [7, 10])
    assert same_bits(values["fc2.weight"][outof], initial["fc2.weight"][outof])
    assert same_bits(values["head.weight"][:, [5, 6]], initial["head.weight"][:, [5, 6]])
    assert same_bits(values["fc2.bias"][[5, 6]], initial["fc2.bias"][[5, 6]])
    assert not (values["fc1.weight"][:6] == initial["fc1.weight"][:6]).any()
    assert torch.equal(subject.structure.generator.get_state(), generator)


@pytest.mark.parametrize("at_once", [True, False], ids=["one-edit", "two-edits"])
def test_a_second_activation_draws_afresh_from_the_generator_given(
    at_once: bool, make_subject: Make, spread: Spread, initial_values: dict[str, Tensor]
) -> None:
    again = units(fc1=[2, 4], fc2=[1])

    def reborn(draw_seed: int) -> Any:
        subject = make_subject(OPTIMIZERS["adamw-fused"], draw_seed=draw_seed)
        subject.train(15)
        before = subject.parameters()
        if at_once:
            subject.structure.apply(Edit(retire=again, activate=again), step=15)
        else:
            subject.structure.apply(Edit(retire=again), step=15)
            subject.structure.apply(Edit(activate=again), step=15)
        return subject, before

    torch_before = torch.get_rng_state()
    subject, before = reborn(2)
    assert torch.equal(torch.get_rng_state(), torch_before)
    after = {name: spread(name, value, START) for name, value in subject.parameters().items()}
    same = {name: spread(name, value, START) for name, value in reborn(2)[0].parameters().items()}
    other = {name: spread(name, value, START) for name, value in reborn(3)[0].parameters().items()}

    drawn = {name: np.zeros(value.shape, dtype=bool) for name, value in after.items()}
    drawn["fc1.weight"][[2, 4]] = True
    drawn["fc1.bias"][[2, 4]] = True
    drawn["fc2.weight"][:, [2, 4]] = True
    drawn["fc2.weight"][1] = True
    drawn["fc2.bias"][1] = True
    drawn["head.weight"][:, 1] = True
    bounds = {"fc1.weight": math.sqrt(6 / 7), "fc2.weight": math.sqrt(6 / 12), "head.weight": math.sqrt(6 / 9)}
    for name, value in after.items():
        alive = ~np.isnan(value)
        fresh, was = value[alive & drawn[name]], spread(name, before[name], START)
        assert same_bits(value[alive & ~drawn[name]], was[alive & ~drawn[name]]), name
        assert same_bits(value, same[name]), name
        if name.endswith("bias"):
            assert (fresh == 0).all()
            continue
        here = alive & drawn[name]
        for elsewhere in (was[here], initial_values[name].numpy()[here], other[name][here]):
            assert not (fresh == elsewhere).any(), name
        assert np.abs(fresh).max() <= bounds[name]
        assert bounds[name] / 3 < np.abs(fresh).max()
        assert len(np.unique(fresh)) == len(fresh)
        for key, state in subject.state()[name].items():
            if key != "step":
                assert (spread(name, state, START)[here] == 0).all(), (name, key)


SCRIPT = """
import hashlib, torch
from clgrow.models import MLP
from clgrow.structure import Edit, Structure
network = MLP(7, (6, 5, 4), 3, generator=torch.Generator().manual_seed(0))
structure = Structure(network, generator=torch.Generator().manual_seed(1))
units = {name: torch.tensor([1, 2]) for name in ("fc1", "fc2", "fc3")}
structure.apply(Edit(retire=units, activate=units), step=0)
data = b"".join(p.detach().numpy().tobytes() for p in network.parameters())
print(hashlib.sha256(data).hexdigest())
"""


def test_what_is_drawn_afresh_does_not_depend_on_the_hash_seed_of_the_process() -> None:
    import os
    import subprocess
    import sys

    children = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2", "3")
    ]
    outputs = [child.communicate()[0] for child in children]
    assert all(child.returncode == 0 for child in children)
    assert len(set(outputs)) == 1


def test_births_and_ages_count_from_the_latest_activation(make_subject: Make) -> None:
    structure = make_subject().structure
    layer = structure.layers["fc1"]
    assert layer.births.tolist() == [1] * 6 + [0] * 6
    assert layer.born.tolist() == [0] * 6 + [-1] * 6
    structure.apply(Edit(activate=units(fc1=[9])), step=7)
    structure.apply(Edit(retire=units(fc1=[0, 3])), step=11)
    structure.apply(Edit(activate=units(fc1=[3])), step=13)
    structure.apply(Edit(rewind="all"), step=17)
    assert layer.births.tolist() == [1, 1, 1, 2, 1, 1, 0, 0, 0, 1, 0, 0]
    assert layer.active.nonzero().flatten().tolist() == [1, 2, 3, 4, 5, 9]
    assert layer.ages(20).tolist() == [20, 20, 7, 20, 20, 13]
    assert structure.layers["fc2"].births.tolist() == [1] * 5 + [0] * 4


def test_a_layer_left_out_at_the_start_is_full(make_subject: Make, initial_values: dict[str, Tensor]) -> None:
    subject = make_subject(active={"fc1": [5, 2, 11]})
    assert subject.structure.counts() == {"fc1": 3, "fc2": 9}
    for name, want in {
        "fc1.weight": initial_values["fc1.weight"][[2, 5, 11]],
        "fc1.bias": initial_values["fc1.bias"][[2, 5, 11]],
        "fc2.weight": initial_values["fc2.weight"][:, [2, 5, 11]],
        "fc2.bias": initial_values["fc2.bias"],
        "head.weight": initial_values["head.weight"],
    }.items():
        assert same_bits(subject.parameters()[name], want), name


# Rewinding


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_rewind_returns_to_initial_values_with_a_cold_optimizer(
    name: str, make_subject: Make, spread: Spread, initial_values: dict[str, Tensor]
) -> None:
    subject = make_subject(OPTIMIZERS[name])
    subject.train(20)
    subject.structure.apply(Edit(retire=units(fc1=[5], fc2=[0]), activate=units(fc1=[11]), rewind="all"), step=20)
    after = {"fc1": [0, 1, 2, 3, 4, 11], "fc2": [1, 2, 3, 4]}
    for parameter, value in subject.parameters().items():
        laid = spread(parameter, value, after)
        alive = ~np.isnan(laid)
        assert same_bits(laid[alive], initial_values[parameter].numpy()[alive]), parameter
    assert all(not state for state in subject.state().values())
    subject.train(1)
    steps = {float(state["step"]) for state in subject.state().values() if "step" in state}
    assert steps in ({1.0}, set())


def test_a_rewind_of_the_editable_layers_spares_the_head(
    make_subject: Make, spread: Spread, initial_values: dict[str, Tensor]
) -> None:
    subject = make_subject()
    subject.train(20)
    head = {name: value for name, value in subject.parameters().items() if name.startswith("head")}
    subject.structure.apply(Edit(rewind="editable"), step=20)
    states = subject.state()
    for name, value in subject.parameters().items():
        if name in head:
            assert same_bits(value, head[name])
            assert float(states[name]["step"]) == 20
            assert states[name]["exp_avg"].abs().sum() > 0
        else:
            laid = spread(name, value, START)
            alive = ~np.isnan(laid)
            assert same_bits(laid[alive], initial_values[name].numpy()[alive])
            assert not states[name]


def test_a_rewound_unit_comes_back_at_its_initial_weights_without_state(
    make_subject: Make, spread: Spread, initial_values: dict[str, Tensor]
) -> None:
    subject = make_subject()
    subject.train(20)
    subject.structure.apply(Edit(retire=units(fc1=[3])), step=20)
    subject.structure.apply(Edit(rewind="all"), step=20)
    subject.train(5)
    subject.structure.apply(Edit(activate=units(fc1=[3]), redraw=False), step=25)
    laid = spread("fc1.weight", subject.parameters()["fc1.weight"], START)
    assert same_bits(laid[3], initial_values["fc1.weight"].numpy()[3])
    for key in ("exp_avg", "exp_avg_sq"):
        assert not spread("fc1.weight", subject.state()["fc1.weight"][key], START)[3].any()


# Edits that do not fit

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


def test_a_layer_may_exchange_all_its_units(make_subject: Make) -> None:
    subject = make_subject()
    subject.structure.apply(Edit(retire=units(fc2=[0, 1, 2, 3, 4]), activate=units(fc2=[8, 5])), step=0)
    assert subject.structure.layers["fc2"].indices().tolist() == [5, 8]


# The network and the optimizer around the edit


def test_names_and_their_order_stay(make_subject: Make) -> None:
    subject = make_subject()
    names, keys = [name for name, _ in subject.network.named_parameters()], list(subject.network.state_dict())
    subject.structure.apply(Edit(activate=units(fc1=[7], fc2=[7]), retire=units(fc1=[0, 1])), step=0)
    assert [name for name, _ in subject.network.named_parameters()] == names
    assert list(subject.network.state_dict()) == keys


def test_groups_keep_order_options_and_members(make_subject: Make) -> None:
    def two_groups(parameters: Any) -> torch.optim.Optimizer:
        w1, b1, w2, b2, w3, b3 = parameters
        first = {"params": [b3, w2, b1], "lr": 0.5, "weight_decay": 0.0}
        return torch.optim.AdamW([first, {"params": [w1, w3, b2], "betas": (0.5, 0.9)}], lr=1e-3)

    subject = make_subject(two_groups)
    subject.train(3)
    options = [{k: v for k, v in group.items() if k != "params"} for group in subject.optimizer.param_groups]
    subject.structure.apply(Edit(activate=units(fc1=[7], fc2=[7, 8])), step=3)
    now = dict(subject.network.named_parameters())
    members = [["head.bias", "fc2.weight", "fc1.bias"], ["fc1.weight", "head.weight", "fc2.bias"]]
    for group, names, before in zip(subject.optimizer.param_groups, members, options, strict=True):
        assert [id(parameter) for parameter in group["params"]] == [id(now[name]) for name in names]
        assert {k: v for k, v in group.items() if k != "params"} == before
    assert {id(parameter) for parameter in subject.optimizer.state} == {id(parameter) for parameter in now.values()}
    subject.train(3)


def test_a_frozen_parameter_stays_frozen(make_subject: Make, initial_values: dict[str, Tensor], spread: Spread) -> None:
    subject = make_subject()
    subject.network.fc1.weight.requires_grad_(False)
    subject.train(5)
    subject.structure.apply(Edit(activate=units(fc1=[9]), retire=units(fc1=[0, 1])), step=5)
    subject.train(5)
    requires = {name: parameter.requires_grad for name, parameter in subject.network.named_parameters()}
    assert requires == {name: name != "fc1.weight" for name in requires}
    laid = spread("fc1.weight", subject.parameters()["fc1.weight"], {"fc1": [2, 3, 4, 5, 9]})
    assert same_bits(laid[[2, 3, 4, 5, 9]], initial_values["fc1.weight"].numpy()[[2, 3, 4, 5, 9]])


def test_a_parameter_that_the_optimizer_does_not_have_stays_out_of_it(make_subject: Make) -> None:
    subject = make_subject(lambda parameters: torch.optim.Adam(list(parameters)[1:]))
    subject.train(2)
    subject.structure.apply(Edit(activate=units(fc1=[9])), step=2)
    subject.train(2)
    held = {id(parameter) for group in subject.optimizer.param_groups for parameter in group["params"]}
    assert held == {id(p) for name, p in subject.network.named_parameters() if name != "fc1.weight"}


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        (Edit(activate=units(fc1=[7])), {"fc1.weight", "fc1.bias", "fc2.weight"}),
        (Edit(retire=units(fc2=[0])), {"fc2.weight", "fc2.bias", "head.weight"}),
        (Edit(retire=units(fc1=[0]), activate=units(fc1=[7])), set()),
        (Edit(rewind="all"), set()),
        (Edit(), set()),
        (Edit(retire=units(fc1=[0]), rewind="all"), {"fc1.weight", "fc1.bias", "fc2.weight"}),
    ],
    ids=["activate", "retire", "exchange", "rewind", "nothing", "retire-and-rewind"],
)
def test_replaced_parameters_are_returned_by_name_and_no_others(
    edit: Edit, names: set[str], make_subject: Make
) -> None:
    subject = make_subject()
    subject.train(2)
    before = dict(subject.network.named_parameters())
    replaced = subject.structure.apply(edit, step=2)
    now = dict(subject.network.named_parameters())
    assert set(replaced) == names
    for name, parameter in now.items():
        assert parameter is (replaced[name] if name in names else before[name])
        assert (parameter is before[name]) == (name not in names)
        assert isinstance(parameter, nn.Parameter)
        assert parameter.is_leaf


def test_listeners_hear_of_each_edit_once_it_is_done(make_subject: Make) -> None:
    structure = make_subject().structure
    heard: list[Any] = []
    structure.listeners.append(
        lambda step: heard.append((step, structure.counts()["fc1"], len(structure.network.fc1.weight)))
    )
    structure.apply(Edit(activate=units(fc1=[9])), step=3)
    structure.apply(Edit(retire=units(fc1=[9, 0])), step=8)
    assert heard == [(3, 7, 7), (8, 5, 5)]


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


@pytest.mark.parametrize("how", ["deepcopy", "pickle", "torch.save"])
def test_a_network_is_copied_and_pickled_after_edits(how: str, make_subject: Make) -> None:
    subject = make_subject()
    subject.train(3)
    subject.structure.apply(Edit(activate=units(fc1=[9]), retire=units(fc1=[0, 2])), step=3)
    if how == "deepcopy":
        twin = copy.deepcopy(subject.network)
    elif how == "pickle":
        twin = pickle.loads(pickle.dumps(subject.network))
    else:
        buffer = io.BytesIO()
        torch.save(subject.network, buffer)
        buffer.seek(0)
        twin = torch.load(buffer, weights_only=False)
    x = torch.randn(8, 7, generator=torch.Generator().manual_seed(0))
    outputs = subject.network(x).detach()
    assert same_bits(twin(x).detach(), outputs)
    subject.train(1)
    subject.structure.apply(Edit(activate=units(fc2=[8])), step=4)
    assert same_bits(twin(x).detach(), outputs)
