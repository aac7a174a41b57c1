"""What the columns of a board say, apart from whether they are drawn in a terminal or written as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clgrow.reports.board import Board, Cell, Column, Row
from clgrow.reports.numbers import NOTHING, listed, mean_and_ci, percent, whole


@dataclass(frozen=True)
class Line:
    """One line of a board's table.

    Attributes:
        identity: strategy, compactness, and settings if the board has any.
        values: one text for each value column.
        published: whether it is the paper's.
    """

    identity: tuple[str, ...]
    values: tuple[str, ...]
    published: bool = False


def identity_headers(board: Board) -> tuple[str, ...]:
    """Returns the headers of the columns that say what a row is."""
    return ("strategy", "c", "settings") if _any_settings(board) else ("strategy", "c")


def value_headers(board: Board) -> tuple[str, ...]:
    """Returns the headers of the budgets and of the further columns."""
    return (*(_budget(column, board) for column in board.columns), "plasticity", "params", "width", "steps/s")


def caption(board: Board) -> str:
    """Returns what the columns mean."""
    budget = board.columns[board.reference].budget
    return (
        "N: optimizer steps between edits; under it TAOA, the mean online accuracy in percent: mean ± 95% CI over n "
        "seeds (one number for all N where a strategy ignores N). c: compactness. plasticity: last fifth of the tasks "
        "minus the first, in points; params: trained parameters at the end; width: mean share of active hidden units; "
        f"these three at the row's N closest to the task length ({board.task_steps} steps). steps/s: median over the "
        f"row's runs. Sorted by TAOA at N={budget}."
    )


def lines(board: Board, separator: str) -> Iterator[Line]:
    """Yields the lines of the table; the paper's right under the row it may be laid beside.

    Args:
        board: with at least one row.
        separator: between a mean and its n, and between settings.
    """
    for row in board.rows:
        yield Line(_identity(row, board, separator), (*_scores(row, separator), *_further(row)))
        if row.published is not None:
            published = _score(row.published.n, mean_and_ci(row.published), separator)
            scores = (published if column.budget == board.task_steps else "" for column in board.columns)
            compactness = _identity(row, board, separator)[1]
            blank = ("",) * (len(identity_headers(board)) - 2)
            yield Line(("paper", compactness, *blank), (*scores, "", "", "", ""), published=True)


def _any_settings(board: Board) -> bool:
    return any(row.settings or row.source_hash for row in board.rows)


def _budget(column: Column, board: Board) -> str:
    return f"N={column.budget}{'' if column.on_grid else '*'}"


def _identity(row: Row, board: Board, separator: str) -> tuple[str, ...]:
    names = (row.strategy, percent(row.compactness))
    if not _any_settings(board):
        return names
    source = {} if row.source_hash is None else {"source": row.source_hash[:8]}
    return (*names, listed({**row.settings, **source}, separator))


def _scores(row: Row, separator: str) -> list[str]:
    return [NOTHING if cell is None else _cell(cell, separator) for cell in row.cells]


def _cell(cell: Cell, separator: str) -> str:
    return _score(cell.taoa.n, mean_and_ci(cell.taoa), separator)


def _score(n: int, text: str, separator: str) -> str:
    return f"{text}{separator}n={n}"


def _further(row: Row) -> tuple[str, ...]:
    cell = row.reference
    return (
        mean_and_ci(cell.plasticity, signed=True),
        whole(cell.active_parameters),
        percent(round(cell.mean_width, 3)),
        whole(row.steps_per_second),
    )
