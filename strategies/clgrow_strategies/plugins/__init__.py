"""Structural strategies for Avalanche users: a plugin and a template each, at home in stock `Naive` too."""

from clgrow_strategies.plugins.grow import Grow, GrowPlugin
from clgrow_strategies.plugins.prune import Prune, PrunePlugin

__all__ = ["Grow", "GrowPlugin", "Prune", "PrunePlugin"]
