"""Streams of tasks cut out of a data set, as Avalanche experiences."""

from clgrow.torchvision_repair import import_torchvision

import_torchvision()  # or the modules of this package could not import Avalanche
