"""`clgrow list`: what there is to run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from clgrow.cli.app import app, escape, out, print_json
from clgrow.cli.options import JsonOption, PluginOption, registry_with
from clgrow.registry import Entry


@app.command("list")
def list_names(
    kind: Annotated[Literal["benchmarks", "strategies", "modifiers"], typer.Argument(help="What to list.")],
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """List benchmarks, strategies or modifiers, and where each comes from."""
    from rich.table import Table

    registry = registry_with(plugin)
    entries: dict[str, Entry[Any]] = vars(registry)[kind]
    rows = [
        {"name": name, "summary": entry.value.summary, "version": entry.value.version, "origin": entry.origin}
        for name, entry in sorted(entries.items())
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "summary", "from", box=None, pad_edge=False)
    for row in rows:
        table.add_row(str(row["name"]), escape(str(row["summary"])), escape(str(row["origin"])))
    out.print(table)
