"""Imports every command, which registers it."""

from clgrow.cli import (
    compare,  # noqa: F401
    data,  # noqa: F401
    leaderboard,  # noqa: F401
    run,  # noqa: F401
)
