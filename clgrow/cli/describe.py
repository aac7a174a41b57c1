"""`clgrow describe`: what a benchmark, a strategy or a modifier is, where it comes from, what it takes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from clgrow.benchmark import Benchmark, Scale
from clgrow.cli.app import app, escape, out, print_json
from clgrow.cli.options import JsonOption, PluginOption, registry_with
from clgrow.errors import unknown_name
from clgrow.registry import Entry, Registry
from clgrow.strategy import Modifier, Part


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A benchmark, a strategy or a modifier, or a whole strategy text.")],
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Describe a benchmark (protocol, scales, budgets) or the parts of a strategy (method, source, options)."""
    registry = registry_with(plugin)
    described = _described(name, registry)
    if as_json:
        print_json(described)
        return
    for number, thing in enumerate(described):
        if number:
            out.print()
        _show(thing)


def _described(name: str, registry: Registry) -> list[dict[str, Any]]:
    if name in registry.benchmarks:
        entry = registry.benchmarks[name]
        return [_benchmark(entry.value, entry.origin)]
    if "+" in name or "(" in name:
        from clgrow.strategy_text import resolve_strategy

        resolved = resolve_strategy(name, registry)
        parts: list[Entry[Any]] = [registry.strategies[resolved.base.name]]
        parts += [registry.modifiers[modifier.name] for modifier, _ in resolved.modifiers]
    else:
        tables: tuple[dict[str, Any], ...] = (registry.strategies, registry.modifiers)
        parts = [table[name] for table in tables if name in table]
    if not parts:
        known = [*registry.benchmarks, *registry.strategies, *registry.modifiers]
        raise unknown_name("name", name, known)
    return [_part(entry.value, entry.origin) for entry in parts]


def _part(part: Part, origin: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": "modifier" if isinstance(part, Modifier) else "strategy",
        "name": part.name,
        "version": part.version,
        "from": origin,
        "summary": part.summary,
        "details": part.details,
        "source": part.source,
        "uses": sorted(part.uses),
        "options": {
            key: {"default": default, "choices": list(part.choices(key) or []) or None}
            for key, default in part.options.items()
        },
    }
    if isinstance(part, Modifier):
        described |= {"applies to": list(part.applies_to) or ["all"], "changes": part.changes, "clashes": part.clashes}
    return described


def _benchmark(benchmark: Benchmark, origin: str) -> dict[str, Any]:
    return {
        "kind": "benchmark",
        "name": benchmark.name,
        "version": benchmark.version,
        "from": origin,
        "summary": benchmark.summary,
        "details": benchmark.protocol,
        "source": "; ".join(benchmark.sources),
        "data set": benchmark.dataset,
        "optimizer": benchmark.optimizer,
        "lr": benchmark.lr,
        "init": benchmark.init,
        "substitute": benchmark.substitute,
        "scales": {"full": _scale(benchmark.full), "lite": _scale(benchmark.lite)},
    }


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "tasks": scale.tasks,
        "steps per task": scale.task_steps,
        "horizon": scale.horizon,
        "examples": scale.examples,
        "batch size": scale.batch_size,
        "epochs": scale.epochs,
        "integration budgets": list(scale.budgets),
        "loss of plasticity": _phenomenon(scale),
    }


def _phenomenon(scale: Scale) -> str:
    measured = scale.phenomenon
    if measured is None:
        return "not measured at this scale"
    figures = (
        f"last fifth of the tasks: dense {measured.dense:.1f}, reset {measured.reset:.1f} ({measured.seeds} seeds)"
    )
    return figures if measured.shown else f"NOT shown at this scale; {figures}"


def _show(thing: dict[str, Any]) -> None:
    out.print(
        f"[bold]{thing['name']}[/bold] ({thing['kind']}, version {thing['version']}, from {escape(thing['from'])})"
    )
    for text in (thing["details"] or thing["summary"]).split("\n\n"):
        out.print(escape(" ".join(text.split())))
    shown = {"kind", "name", "version", "from", "summary", "details", "scales", "options"}
    for key, value in thing.items():
        if key not in shown and value not in (None, "", [], {}):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            out.print(f"  [dim]{key}:[/dim] {escape(text)}")
    for key, option in thing.get("options", {}).items():
        choices = f", one of {', '.join(map(str, option['choices']))}" if option["choices"] else ""
        out.print(f"  [dim]option[/dim] {key}={option['default']}{escape(choices)}")
    if "scales" in thing:
        _show_scales(thing["scales"])


def _show_scales(scales: dict[str, dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("", *scales, box=None, pad_edge=False)
    for key in scales["full"]:
        values = (scale[key] for scale in scales.values())
        table.add_row(key, *(", ".join(map(str, v)) if isinstance(v, list) else str(v) for v in values))
    out.print(table)
