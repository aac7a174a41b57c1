"""Data sets as tensors: found, or fetched, and checked before a byte of them is used."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clgrow.data.errors import DamagedFile, DataUnavailable
from clgrow.data.fetch import fetch
from clgrow.data.images import Images
from clgrow.data.locate import fetch_folder, find_folder, search_folders
from clgrow.data.sources import DataFile, Source, find_source
from clgrow.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = tuple[NDArray[np.uint8], NDArray[np.int64]]

Part = Literal["train", "test"]


def load_images(name: str, *, data_dir: Path | None = None, download: bool = True) -> Images:
    """Loads the training part of a data set; of `digits`, which has one part only, all of it.

    Args:
        name: of the data set.
        data_dir: folder to look in first, and to fetch to.
        download: whether to fetch the set if no folder has it.

    Returns:
        Pixels (n, channels, height, width) uint8 and labels (n,) int64, in the order of the files. Mean and std of
        CIFAR are those of its training part, rounded to 4 digits, and so the same everywhere; the others have none.

    Raises:
        DataUnavailable: no folder has the set and it was not, or could not be, fetched.
        DamagedFile: a file of it has the wrong bytes.
        UserError: no such data set, `data_dir` does not exist, or a file cannot be read.
    """
    return _load(find_source(name), "train", data_dir, download)


def load_test_images(name: str, *, data_dir: Path | None = None, download: bool = True) -> Images:
    """Loads the test part of a data set; mean and std are those of the training part.

    Arguments, result and errors are those of `load_images`.

    Raises:
        UserError: also if the data set has no test part.
    """
    return _load(find_source(name), "test", data_dir, download)


def read_part(source: Source, part: Part, folder: Path) -> Images:
    """Reads one part of a data set from a data folder that has all its files.

    Raises:
        DamagedFile: a file has the wrong md5 sum; nothing of it was interpreted.
        UserError: a file cannot be read, or the data set has no such part.
    """
    import torch

    if part == "test" and source.test_images == 0:
        raise UserError(f"the data set '{source.name}' has no test part: hold out images of its training part.")
    if source.format == "digits":
        pixels, labels = _digits()
    else:
        files = source.train_files if part == "train" else source.test_files
        read = {"idx": _idx, "cifar": _cifar}[source.format]
        pixels, labels = read([_verified_bytes(source, file, folder) for file in files])
    return Images(
        pixels=torch.from_numpy(pixels),
        labels=torch.from_numpy(labels),
        scale=source.scale,
        mean=source.mean,
        std=source.std,
    )


def _load(source: Source, part: Part, data_dir: Path | None, download: bool) -> Images:
    folder = fetch_folder(data_dir)
    if not source.embedded:
        folders = search_folders(data_dir, must_exist=not download)
        found = find_folder(source, folders)
        if found is None and not download:
            raise DataUnavailable(source.name, f"not in {', '.join(map(str, folders))}")
        folder = found or fetch(source, folder)
    return read_part(source, part, folder)


def _verified_bytes(source: Source, file: DataFile, folder: Path) -> bytes:
    path = folder / file.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path} ({error.strerror or error}): mend its permissions.") from error
    # The bytes that are checked are the bytes that are used, so a file changed meanwhile does no harm.
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if md5 != file.md5:
        elsewhere = None if folder == fetch_folder() else folder
        raise DamagedFile(source.name, path, md5=md5, expected=file.md5, folder=elsewhere)
    return content


def _idx(contents: list[bytes]) -> Arrays:
    """Reads gzipped images and gzipped labels: big-endian sizes behind a magic number, then bytes."""
    import numpy as np

    images, labels = (gzip.decompress(content) for content in contents)
    n, height, width = np.frombuffer(images, ">i4", count=3, offset=4).tolist()
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(n, 1, height, width)
    return pixels.copy(), np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)


def _cifar(contents: list[bytes]) -> Arrays:
    """Reads pickled batches: rows of 3,072 bytes, red before green before blue; of CIFAR-100 the fine labels."""
    import numpy as np

    batches: list[dict[str, Any]] = []
    for content in contents:
        with warnings.catch_warnings():
            # The pickles were written by an early numpy and spell out a dtype in a way that numpy 2.4 deprecates.
            warnings.filterwarnings("ignore", message=r".*align should be passed")
            batches.append(pickle.loads(content, encoding="latin1"))
    pixels = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    key = "fine_labels" if "fine_labels" in batches[0] else "labels"
    return pixels, np.concatenate([np.asarray(batch[key], dtype=np.int64) for batch in batches])


def _digits() -> Arrays:
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images.astype(np.uint8)[:, None], digits.target.astype(np.int64)
