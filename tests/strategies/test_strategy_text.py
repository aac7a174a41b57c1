"""The grammar of strategies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clgrow.errors import UserError
from clgrow.registry import Entry, Registry
from clgrow.strategy import Assembly, Setup, modifier, strategy
from clgrow.strategy_text import resolve_strategy


@strategy("host", uses=("integrate_steps",))
def host(setup: Setup, *, rate: float = 0.5, count: int = 3, loud: bool = False, name: str = "a") -> Assembly:
    """Hosts."""
    return setup.assemble()


@modifier("first", changes="selection", uses=("compactness",))
def first(assembly: Assembly, *, r: float = 5.0) -> Assembly:
    """Is first."""
    return assembly


@modifier("second", changes="selection")
def second(assembly: Assembly) -> Assembly:
    """Is second."""
    return assembly


@modifier("third", clashes={"first": "it has no state"})
def third(assembly: Assembly) -> Assembly:
    """Is third."""
    return assembly


@modifier("apart", applies_to=("other",))
def apart(assembly: Assembly) -> Assembly:
    """Stands apart."""
    return assembly


@pytest.fixture
def parts() -> Registry:
    registry = Registry()
    for value in (host, first, second, third, apart):
        registry.add(value, "test")
    return registry


def test_options_are_converted_and_shown_only_where_they_differ(parts: Registry) -> None:
    resolved = resolve_strategy("host( rate = 0.25, count=3,loud=true )", parts)
    assert resolved.text == "host(loud=true,rate=0.25)"
    assert resolved.options == {"host": {"rate": 0.25, "count": 3, "loud": True, "name": "a"}}


def test_papers_names_of_options_and_the_short_form_are_understood(registry: Registry) -> None:
    assert resolve_strategy("prune+rewind-to=50", registry).text == "prune+rewind-to(step=50)"
    assert resolve_strategy("prune+rewind-to(K=50)", registry).text == "prune+rewind-to(step=50)"
    assert resolve_strategy("grow+two-speed(r=2,N=782)", registry).options["two-speed"] == {"r": 2.0, "steps": 782}
    with pytest.raises(UserError, match="does not say which option"):
        resolve_strategy("grow+two-speed=5", registry)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "99999999999999999999"])
def test_numbers_that_make_no_sense_are_refused(value: str, registry: Registry) -> None:
    with pytest.raises(UserError, match=r"makes sense|whole number"):
        resolve_strategy(f"grow+two-speed(r={value})", registry)
    with pytest.raises(UserError, match=r"makes sense|whole number"):
        resolve_strategy(f"grow+two-speed(steps={value})", registry)


def test_the_canonical_text_is_a_fixed_point_and_ignores_the_order_of_modifiers(parts: Registry) -> None:
    one = resolve_strategy("host(count=7)+third+second", parts)
    two = resolve_strategy("host(count=7)+second+third", parts)
    assert one.text == two.text == "host(count=7)+second+third"
    assert resolve_strategy(one.text, parts).text == one.text
    assert one.version == "host:1+second:1+third:1"


def test_close_option_values_do_not_share_a_text(parts: Registry) -> None:
    texts = {resolve_strategy(f"host(rate={rate})", parts).text for rate in (0.12345678, 0.12345679)}
    assert len(texts) == 2


def test_knobs_are_those_of_all_parts(parts: Registry) -> None:
    assert resolve_strategy("host", parts).uses == {"integrate_steps"}
    assert resolve_strategy("host+first", parts).uses == {"integrate_steps", "compactness"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hots", "unknown strategy 'hots'. Did you mean host?"),
        ("host+secnd", "unknown modifier 'secnd'. Did you mean second?"),
        ("host(rat=1)", "unknown option of 'host' 'rat'. Did you mean rate?"),
        ("host(rate=fast)", "option 'rate' of 'host' is a number, not 'fast'"),
        ("host(count=1.5)", "option 'count' of 'host' is a whole number"),
        ("host(loud=1)", "true or false"),
        ("host(rate)", "write key=value"),
        ("host(rate=1,rate=2)", "there twice"),
        ("host+second+second", "there twice"),
        ("host+first+second", "both change the selection"),
        ("host+first+third", "it has no state"),
        ("host+third+first", "it has no state"),
        ("host+apart", "it applies to other"),
        ("second", "'second' is a modifier, not a strategy"),
        ("host+host", "'host' is a strategy, not a modifier"),
        ("", "is not a strategy"),
        ("host+", "is not a strategy"),
        ("host(rate=1", "is not a strategy"),
        ("Host", "is not a strategy"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(text: str, says: str, parts: Registry) -> None:
    with pytest.raises(UserError) as caught:
        resolve_strategy(text, parts)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_choices_of_an_option_are_enforced(registry: Registry) -> None:
    assert resolve_strategy("prune(rewind-scope=editable)", registry).options == {"prune": {"rewind-scope": "editable"}}
    with pytest.raises(UserError, match="one of all, editable, not 'some'"):
        resolve_strategy("prune(rewind-scope=some)", registry)


def test_rewind_modifiers_clash_and_reset_needs_small(registry: Registry) -> None:
    with pytest.raises(UserError, match="both change the rewind"):
        resolve_strategy("prune+no-rewind+rewind-on-removal", registry)
    with pytest.raises(UserError, match="applies to small"):
        resolve_strategy("grow+reset", registry)


def test_a_source_hash_of_any_part_is_the_strategys(parts: Registry) -> None:
    parts.modifiers["third"] = replace(parts.modifiers["third"], source_hash="abc")
    assert isinstance(parts.modifiers["third"], Entry)
    assert resolve_strategy("host+third", parts).source_hash == "abc"
    assert resolve_strategy("host", parts).source_hash is None
