"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from clgrow.data.images import Images
from clgrow.registry import Registry, load_registry
from clgrow.torchvision_repair import import_avalanche

import_avalanche()  # before any test module imports Avalanche


@pytest.fixture(scope="session")
def registry() -> Registry:
    """All that is found without plugins."""
    return load_registry()


@pytest.fixture(scope="session")
def digits() -> Images:
    """The embedded data set."""
    from clgrow.data.load import load_images

    return load_images("digits")


@pytest.fixture
def data_dir() -> Path:
    """The folder with the real data sets."""
    folder = os.environ.get("CLGROW_DATA_DIR")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CLGROW_DATA_DIR names no folder with the real data sets")
    return Path(folder)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
