"""All boards as GitHub Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clgrow.reports.board import Board
from clgrow.reports.layout import caption, identity_headers, lines, value_headers

COMMAND = "clgrow leaderboard --write leaderboard/LEADERBOARD.md"


def boards_as_markdown(boards: Iterable[Board]) -> str:
    """Returns the text of `LEADERBOARD.md`."""
    head = f"# Leaderboard\n\nGenerated from the records by `{COMMAND}`; edits by hand are lost.\n"
    return "\n".join([head, *(_board(board) for board in boards)])


def _board(board: Board) -> str:
    parts = [f"## {board.benchmark} ({board.scale})\n"]
    if board.rows:
        parts += [_table(board), _escaped(caption(board)) + "\n"]
    else:
        parts.append("No scored records.\n")
    if board.notes:
        parts.append("\n".join(f"- {_escaped(note)}" for note in board.notes) + "\n")
    return "\n".join(parts)


def _table(board: Board) -> str:
    identity, values = identity_headers(board), value_headers(board)
    rows = [
        _row([_escaped(header) for header in (*identity, *values)]),
        _row(["---"] * len(identity) + ["---:"] * len(values)),
    ]
    for line in lines(board, ", "):
        cells = [_escaped(text) for text in (*line.identity, *line.values)]
        rows.append(_row([f"*{cell}*" if cell else "" for cell in cells] if line.published else cells))
    return "\n".join(rows) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    """Returns the text with the characters escaped that Markdown would take for markup."""
    for character in "\\`*_|<>[]":
        text = text.replace(character, f"\\{character}")
    return text
