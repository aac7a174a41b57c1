from __future__ import annotations

import pytest

from clgrow.data.sources import SOURCES, find_source
from clgrow.errors import UserError
from clgrow.torchvision_repair import import_torchvision


@pytest.mark.parametrize(("name", "class_name"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_mnist_sets_are_those_of_torchvision(name: str, class_name: str) -> None:
    import_torchvision()
    from torchvision import datasets

    theirs = getattr(datasets, class_name)
    ours = SOURCES[name]
    assert [(file.name, file.md5) for file in ours.files] == list(theirs.resources)
    assert {file.path.removesuffix(file.name) for file in ours.files} == {f"{class_name}/raw/"}
    assert set(theirs.mirrors) == set(ours.mirrors)


@pytest.mark.parametrize(("name", "class_name"), [("cifar10", "CIFAR10"), ("cifar100", "CIFAR100")])
def test_cifar_sets_are_those_of_torchvision(name: str, class_name: str) -> None:
    import_torchvision()
    from torchvision import datasets

    theirs = getattr(datasets, class_name)
    ours = SOURCES[name]

    def files(rows: list[list[str]]) -> list[tuple[str, str]]:
        return [(f"{theirs.base_folder}/{filename}", md5) for filename, md5 in rows]

    assert [(file.path, file.md5) for file in ours.train_files] == files(theirs.train_list)
    assert [(file.path, file.md5) for file in ours.test_files] == files(theirs.test_list)
    assert [(file.path, file.md5) for file in ours.other_files] == files(
        [[theirs.meta["filename"], theirs.meta["md5"]]]
    )
    assert ours.archive is not None
    assert (ours.archive.path, ours.archive.md5) == (theirs.filename, theirs.tgz_md5)
    assert [prefix + theirs.filename for prefix in ours.mirrors] == [theirs.url]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown data set 'cifar-10'. Did you mean cifar10"):
        find_source("cifar-10")


def test_only_digits_is_embedded() -> None:
    assert [name for name, source in SOURCES.items() if source.embedded] == ["digits"]
