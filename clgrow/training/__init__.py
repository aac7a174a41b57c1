"""Training over a stream: the Avalanche template with the fast path, and the plugins that measure and edit."""

from clgrow.torchvision_repair import import_avalanche

import_avalanche()  # or the modules of this package could not import it where torchvision needs a repair
