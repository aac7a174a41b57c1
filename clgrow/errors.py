"""The one exception that a user may see as a line, and the nearest-name suggestions in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend: the message says what is wrong and what to do.

    The command line prints it as one line and exits with `exit_code`; any other exception is a bug and keeps its
    traceback.

    Args:
        message: one sentence on what is wrong, one on what to do.
        exit_code: 1 for something the user can fix, 2 for wrong usage.
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Returns the error for a name that is not among `known`, with the nearest ones."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names) or 'none'}."
    return UserError(f"unknown {kind} '{name}'. {hint}")
