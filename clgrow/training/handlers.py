"""Which plugins really handle an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from avalanche.core import BasePlugin, BaseSGDPlugin, SupervisedPlugin

Handler = Callable[..., Any]


def handlers(plugins: Sequence[Any], event: str) -> list[Handler]:
    """Returns the bound methods of the plugins for that event, in order, less those that Avalanche's base class has.

    The base classes define every event as a method that does nothing; calling these for every plugin at every
    iteration is what a stock template spends most of its overhead on.
    """
    empty = {vars(base)[event] for base in (BasePlugin, BaseSGDPlugin, SupervisedPlugin) if event in vars(base)}
    found = (getattr(plugin, event, None) for plugin in plugins)
    return [handler for handler in found if handler is not None and getattr(handler, "__func__", None) not in empty]
