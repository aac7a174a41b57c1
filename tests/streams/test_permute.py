"""The permuted stream against one written in plain numpy, down to torch's Mersenne twister."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from clgrow.data.images import Images
from clgrow.data.load import load_images
from clgrow.experiment import make_stream, seed_training
from clgrow.registry import Registry
from clgrow.spec import Request, plan_run
from clgrow.streams.permute import permuted_stream
from clgrow.streams.stream import SlicedLoader, Stream

CPU = torch.device("cpu")


class Twister:
    """torch's CPU generator: MT19937, seeded by the lower 32 bits."""

    def __init__(self, seed: int) -> None:
        self.bits: Any = np.random.MT19937()
        self.bits._legacy_seeding(seed % 2**32)

    def draw_32(self) -> int:
        return int(self.bits.random_raw())

    def draw_64(self) -> int:
        return (self.draw_32() << 32) | self.draw_32()

    def permutation(self, n: int) -> np.ndarray:
        """Returns a Fisher-Yates shuffle of 0 to n - 1."""
        order = np.arange(n)
        for i in range(n - 1):
            j = i + self.draw_32() % (n - i)
            order[i], order[j] = order[j], order[i]
        return order


class NumpyStream:
    """What the docstrings say: a subset, then a seed for each task; a task's permutation from its own seed."""

    def __init__(self, images: Images, tasks: int, examples: int, seed: int) -> None:
        twister = Twister(seed)
        pixels = images.pixels.numpy().reshape(len(images.labels), -1)
        subset = twister.permutation(len(pixels))[:examples]
        self.pixels, self.labels = pixels[subset], images.labels.numpy()[subset]
        self.seeds = [twister.draw_64() % 2**62 for _ in range(tasks)]
        self.scale = images.scale

    def task(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        order = Twister(self.seeds[index]).permutation(self.pixels.shape[1])
        return self.pixels[:, order].astype(np.float32) / np.float32(self.scale), self.labels

    def batches(self, tasks: int, batch_size: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields the mini-batches of the first tasks, each in an order drawn from the global generator."""
        training = Twister(seed)
        for index in range(tasks):
            x, y = self.task(index)
            training.draw_64()
            rows = Twister(training.draw_64() % 2**63).permutation(len(y))
            for start in range(0, len(y), batch_size):
                chosen = rows[start : start + batch_size]
                yield x[chosen], y[chosen]


def batches(stream: Stream, batch_size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for experience in stream:
        for x, y in SlicedLoader(experience.task, batch_size, CPU):
            assert x.dtype == torch.float32
            assert y.dtype == torch.int64
            yield x.numpy(), y.numpy()


def assert_same_batches(ours: Any, theirs: Any) -> int:
    count = 0
    for (x, y), (expected_x, expected_y) in zip(ours, theirs, strict=True):
        assert np.array_equal(x, expected_x)
        assert np.array_equal(y, expected_y)
        count += 1
    return count


@pytest.mark.parametrize(("examples", "batch_size", "seed"), [(203, 16, 0), (1797, 100, 2**61 + 12345)])
def test_stream_is_the_plain_numpy_one_batch_by_batch(
    examples: int, batch_size: int, seed: int, digits: Images
) -> None:
    stream = permuted_stream(digits, tasks=3, examples=examples, generator=torch.Generator().manual_seed(seed))
    torch.manual_seed(11)
    oracle = NumpyStream(digits, 3, examples, seed)
    expected = oracle.batches(3, batch_size, 11)
    assert assert_same_batches(batches(stream, batch_size), expected) == 3 * -(-examples // batch_size)


def test_chunks_of_the_loader_do_not_show(digits: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    for chunk_bytes in (1, 20_000, 1 << 30):
        monkeypatch.setattr("clgrow.streams.stream.CHUNK_BYTES", chunk_bytes)
        stream = permuted_stream(digits, tasks=2, examples=203, generator=torch.Generator().manual_seed(0))
        torch.manual_seed(11)
        assert_same_batches(batches(stream, 16), NumpyStream(digits, 2, 203, 0).batches(2, 16, 11))


def derived(seed: int, purpose: str) -> int:
    """Returns the seed of one purpose of a run: 63 bits of a SHA-256 sum."""
    return int(hashlib.sha256(f"clgrow/{seed}/{purpose}".encode()).hexdigest()[:16], 16) // 2


def hashed(batch: tuple[np.ndarray, np.ndarray]) -> str:
    return hashlib.sha256(batch[0].tobytes() + batch[1].tobytes()).hexdigest()


def first_batches(registry: Registry, benchmark: str, images: Images) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the first mini-batch of tasks 0 and 1 of a planned run with seed 0."""
    planned = plan_run(Request(benchmark, "dense", tasks=2), 0, registry)
    seed_training(0)
    made = list(batches(make_stream(planned, images), planned.scale.batch_size))
    assert len(made) == 2 * planned.scale.task_steps
    return [made[0], made[planned.scale.task_steps]]


GOLDEN = {
    "permuted-digits": [
        "f1731638bc954758160ffeaf4a62931ef5e728f408d507bc6a525af6e78f363b",
        "5bd8dfe015599238223260489192edbb3f88b3cd5895d3e8b8383fb9d281f3c1",
    ],
    "permuted-mnist": [
        "1e8d990bcd6a0e1fab41fa4a64eb846cef92b59880d49c27db6117f9a5e0832a",
        "c08f9629c3890e9682a2774be6de2224d1a1b0a2718a5ac0500a63e95e8beccd",
    ],
}


def check_golden(registry: Registry, benchmark: str, images: Images, scale: tuple[int, int]) -> None:
    first = first_batches(registry, benchmark, images)
    tasks, examples = scale
    oracle = NumpyStream(images, tasks, examples, derived(0, "data"))
    expected = list(oracle.batches(2, 16, derived(0, "training")))
    assert_same_batches(first, [expected[0], expected[examples // 16]])
    assert [hashed(batch) for batch in first] == GOLDEN[benchmark]


def test_first_batches_of_permuted_digits_are_golden(registry: Registry, digits: Images) -> None:
    check_golden(registry, "permuted-digits", digits, (500, 1600))


def test_first_batches_of_permuted_mnist_are_golden(registry: Registry, data_dir: Path) -> None:
    images = load_images("mnist", data_dir=data_dir, download=False)
    check_golden(registry, "permuted-mnist", images, (500, 10_000))


def test_a_prefix_is_exact(registry: Registry, digits: Images) -> None:
    def made(tasks: int | None) -> Stream:
        return make_stream(plan_run(Request("permuted-digits", "dense", tasks=tasks), 0, registry), digits)

    short, whole = made(3), made(None)
    assert (len(short), len(whole)) == (3, 500)
    rows = torch.arange(50)
    for index, experience in enumerate(short):
        assert torch.equal(experience.task.inputs(rows), whole.task(index).inputs(rows))
        assert torch.equal(experience.task.labels, whole.task(index).labels)


def test_seeds_give_other_subsets_and_permutations(registry: Registry, digits: Images) -> None:
    tasks = [
        make_stream(plan_run(Request("permuted-digits", "dense"), seed, registry), digits).task(0) for seed in (0, 1)
    ]
    assert not torch.equal(tasks[0].labels, tasks[1].labels)
    assert not torch.equal(tasks[0].permutation, tasks[1].permutation)


def test_all_tasks_share_one_subset_without_copies(digits: Images) -> None:
    generator = torch.Generator().manual_seed(0)
    begin = time.perf_counter()
    stream = permuted_stream(digits, tasks=800, examples=1600, generator=generator)
    experiences = list(stream)
    assert time.perf_counter() - begin < 5
    assert [experience.current_experience for experience in experiences] == list(range(800))
    pixels = {experience.task.pixels.untyped_storage().data_ptr() for experience in experiences}
    labels = {experience.task.labels.untyped_storage().data_ptr() for experience in experiences}
    assert len(pixels) == len(labels) == 1
    task = experiences[0].task
    assert task.pixels.untyped_storage().nbytes() == 1600 * 64
    orders = {tuple(experience.task.permutation.tolist()) for experience in experiences}
    assert len(orders) == 800
    assert all(sorted(order) == list(range(64)) for order in orders)
    assert tuple(range(64)) not in orders


def test_the_images_are_left_as_they_were(digits: Images) -> None:
    before = digits.pixels.clone()
    stream = permuted_stream(digits, tasks=2, examples=100, generator=torch.Generator().manual_seed(0))
    for experience in stream:
        experience.task.inputs(torch.arange(100)).fill_(7.0)
    assert torch.equal(digits.pixels, before)
    assert stream.task(0).inputs(torch.arange(100)).max() <= 1


def test_iterating_again_gives_the_same_tasks(digits: Images) -> None:
    stream = permuted_stream(digits, tasks=4, examples=100, generator=torch.Generator().manual_seed(0))
    rows = torch.arange(100)
    twice = [[experience.task.inputs(rows) for experience in stream] for _ in range(2)]
    backwards = [stream.task(index).inputs(rows) for index in (3, 2, 1, 0)][::-1]
    for first, second, alone in zip(*twice, backwards, strict=True):
        assert torch.equal(first, second)
        assert torch.equal(first, alone)
    assert not torch.equal(twice[0][0], twice[0][1])


@pytest.mark.parametrize("shuffle", [True, False])
def test_sliced_loader_goes_in_the_order_of_torchs_dataloader(shuffle: bool, digits: Images) -> None:
    stream = permuted_stream(digits, tasks=1, examples=203, generator=torch.Generator().manual_seed(0))
    task = stream.task(0)
    plain = TensorDataset(task.inputs(torch.arange(203)), task.labels)
    torch.manual_seed(3)
    theirs = list(itertools.chain(*(DataLoader(plain, 16, shuffle=shuffle) for _ in range(3))))
    after = torch.get_rng_state()
    torch.manual_seed(3)
    sliced = [SlicedLoader(task, 16, CPU, shuffle=shuffle) for _ in range(3)]
    ours = list(itertools.chain(*sliced))
    assert torch.equal(torch.get_rng_state(), after)
    assert [len(loader) for loader in sliced] == [13, 13, 13]
    assert len(ours) == 39
    for (x, y), (expected_x, expected_y) in zip(ours, theirs, strict=True):
        assert torch.equal(x, expected_x)
        assert torch.equal(y, expected_y)


def test_a_task_is_an_avalanche_dataset_sample_by_sample(digits: Images) -> None:
    stream = permuted_stream(digits, tasks=1, examples=50, generator=torch.Generator().manual_seed(0))
    (experience,) = stream
    inputs = experience.task.inputs(torch.arange(50))
    dataset = experience.dataset
    assert len(dataset) == 50
    assert list(dataset.targets) == experience.task.labels.tolist()
    for row in (0, 7, 49):
        assert torch.equal(dataset[row][0], inputs[row])
        assert dataset[row][1] == int(experience.task.labels[row])
