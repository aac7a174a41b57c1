"""Streams of tasks cut out of a data set, as Avalanche experiences."""

from clgrow.torchvision_repair import import_avalanche

import_avalanche()  # or the modules of this package could not import it where torchvision needs a repair
