from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest
import torch

from clgrow.data.errors import DamagedFile, DataUnavailable
from clgrow.data.load import load_images, load_test_images, read_part
from clgrow.data.sources import SOURCES, Source
from clgrow.errors import UserError


def test_idx_files_become_tensors(served: Path, idx_source: Source) -> None:
    train, test = (read_part(idx_source, part, served) for part in ("train", "test"))
    assert train.pixels.dtype == torch.uint8
    assert train.labels.dtype == torch.int64
    assert torch.equal(train.pixels, torch.arange(120, dtype=torch.uint8).view(6, 1, 4, 5))
    assert train.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert (test.pixels.shape, test.labels.tolist()) == ((3, 1, 4, 5), [0, 1, 2])
    assert (train.scale, train.mean, train.std) == (255.0, (), ())


def test_cifar_batches_are_joined(tmp_path: Path, cifar_source: Source) -> None:
    train, test = (read_part(cifar_source, part, tmp_path / "unpacked") for part in ("train", "test"))
    assert (train.pixels.dtype, train.labels.dtype) == (torch.uint8, torch.int64)
    assert train.pixels.shape == (4, 3, 32, 32)
    assert train.pixels[:, 0, 0, 0].tolist() == train.labels.tolist() == [0, 1, 2, 3]
    assert (test.pixels.shape, test.labels.tolist()) == ((1, 3, 32, 32), [4])
    assert train.mean == test.mean == (0.1, 0.2, 0.3)
    assert train.std == test.std == (1.0, 2.0, 3.0)


def test_digits_are_at_hand(tmp_path: Path) -> None:
    images = load_images("digits", data_dir=tmp_path / "ignored", download=False)
    assert (images.pixels.shape, images.pixels.dtype) == ((1797, 1, 8, 8), torch.uint8)
    assert (images.labels.shape, images.labels.dtype) == ((1797,), torch.int64)
    assert images.labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images.pixels[0, 0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert (images.pixels.max(), images.scale) == (16, 16.0)


def test_digits_have_no_test_part() -> None:
    with pytest.raises(UserError, match="'digits' has no test part: hold out"):
        load_test_images("digits")


def test_an_unknown_set_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean mnist"):
        load_images("mnits")


def test_a_truncated_file_is_named_and_not_used(tmp_path: Path, served: Path, idx_source: Source) -> None:
    folder = Path(shutil.copytree(served, tmp_path / "data"))
    path = folder / idx_source.train_files[0].path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedFile) as caught:
        read_part(idx_source, "train", folder)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path} is damaged (md5 ")
    assert str(caught.value).endswith(f"delete it and run `clgrow data fetch tiny --data-dir {folder}`.")
    assert len(read_part(idx_source, "test", folder).labels) == 3


def test_the_advice_names_no_folder_where_a_fetch_goes_there(
    served: Path, idx_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLGROW_DATA_DIR", str(served))
    (served / idx_source.train_files[0].path).write_bytes(b"")
    with pytest.raises(DamagedFile, match="run `clgrow data fetch tiny`"):
        read_part(idx_source, "train", served)


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("executed",))


def test_a_damaged_pickle_is_not_executed(
    tmp_path: Path, cifar_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = pickle.dumps(Malicious())
    (tmp_path / "unpacked" / cifar_source.train_files[1].path).write_bytes(content)
    with pytest.raises(DamagedFile, match="data_batch_2 is damaged"):
        read_part(cifar_source, "train", tmp_path / "unpacked")
    assert not Path("executed").exists()
    pickle.loads(content)
    assert Path("executed").exists()


def test_a_damaged_set_is_never_silently_replaced(tmp_path: Path) -> None:
    for file in SOURCES["mnist"].files:
        path = tmp_path / "data" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"damaged")
    with pytest.raises(
        DamagedFile, match=r"train-images-idx3-ubyte.gz is damaged .*`clgrow data fetch mnist --data-dir"
    ):
        load_images("mnist", data_dir=tmp_path / "data")
    assert {(tmp_path / "data" / file.path).read_bytes() for file in SOURCES["mnist"].files} == {b"damaged"}


def test_a_missing_set_without_a_download_names_the_folders(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=f"'cifar10' is not available .not in {tmp_path}, ") as caught:
        load_images("cifar10", data_dir=tmp_path, download=False)
    assert caught.value.dataset == "cifar10"


def test_a_missing_folder_without_a_download_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        load_images("cifar10", data_dir=tmp_path / "missing", download=False)


def test_an_unreadable_file_is_one_line(tmp_path: Path, idx_source: Source) -> None:
    with pytest.raises(UserError, match=r"cannot read .*train-images.gz .No such file"):
        read_part(idx_source, "train", tmp_path)


MNIST_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize(
    ("name", "train_counts", "test_counts", "train_labels", "test_labels", "row", "pixels"),
    [
        (
            "mnist",
            MNIST_COUNTS,
            MNIST_TEST_COUNTS,
            [5, 0, 4, 1, 9, 2, 1, 3],
            [7, 2, 1, 0, 4, 1, 4, 9],
            5,
            [0] * 12 + [3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127] + [0] * 4,
        ),
        (
            "fashion-mnist",
            [6000] * 10,
            [1000] * 10,
            [9, 0, 0, 3, 0, 2, 7, 2],
            [9, 2, 1, 1, 6, 1, 4, 6],
            5,
            [0] * 12 + [6, 0, 102, 204],
        ),
        (
            "cifar10",
            [5000] * 10,
            [1000] * 10,
            [6, 9, 9, 4, 1, 1, 2, 7],
            [3, 8, 8, 0, 6, 6, 1, 6],
            0,
            [59, 43, 50, 68, 98, 119, 139, 145],
        ),
        (
            "cifar100",
            [500] * 100,
            [100] * 100,
            [19, 29, 0, 11, 1, 86, 90, 28],
            [49, 33, 72, 51, 71, 92, 15, 14],
            0,
            [255, 255, 255, 255, 255],
        ),
    ],
)
def test_real_sets(
    real_data: Path,
    name: str,
    train_counts: list[int],
    test_counts: list[int],
    train_labels: list[int],
    test_labels: list[int],
    row: int,
    pixels: list[int],
) -> None:
    source = SOURCES[name]
    train = load_images(name, data_dir=real_data, download=False)
    test = load_test_images(name, data_dir=real_data, download=False)
    shape = (3, 32, 32) if source.format == "cifar" else (1, 28, 28)
    assert train.pixels.shape == (source.train_images, *shape)
    assert test.pixels.shape == (source.test_images, *shape)
    for images, first, counts in ((train, train_labels, train_counts), (test, test_labels, test_counts)):
        assert (images.pixels.dtype, images.labels.dtype) == (torch.uint8, torch.int64)
        assert images.pixels.is_contiguous()
        assert images.labels[:8].tolist() == first
        assert images.labels.bincount().tolist() == counts
    assert train.pixels[0, 0, row, : len(pixels)].tolist() == pixels
    assert (train.scale, train.mean, train.std) == (test.scale, test.mean, test.std)


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_mean_and_std_are_those_of_the_training_part(real_data: Path, name: str) -> None:
    images = load_images(name, data_dir=real_data, download=False)
    values = torch.arange(256, dtype=torch.float64) / 255
    for channel in range(3):
        weights = images.pixels[:, channel].flatten().bincount(minlength=256).double()
        weights /= weights.sum()
        mean = (weights * values).sum()
        std = (weights * (values - mean) ** 2).sum().sqrt()
        assert (round(float(mean), 4), round(float(std), 4)) == (images.mean[channel], images.std[channel])
