"""Every declared parameter is read by some equation: found in the syntax trees, not by the look of a name.

A read is an attribute of something known to be that group: `assumptions.selfhost.overhead`, an argument annotated with
the group's class, a name assigned from either, or `self` inside the class. Another thing's attribute of the same name
does not count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from market.parameters import declarations
from scenarios.dated import FOUNDING, FOUNDING_PARAMETERS
from scenarios.scenario import GROUPS, Scenario
from scenarios.sellers import SPEC_OF_KIND

ROOT = Path(__file__).parents[2]
GROUP_CLASSES = (*GROUPS.values(), *SPEC_OF_KIND.values())
CLASSES = {model.__name__: model for model in (*GROUP_CLASSES, Scenario)}
DECLARED = {f"{model.__name__}.{item.name}" for model in GROUP_CLASSES for item in declarations(model)}
SCENARIO, SELLERS = frozenset({"Scenario"}), frozenset(model.__name__ for model in SPEC_OF_KIND.values())
NOTHING: frozenset[str] = frozenset()
Names = Mapping[str, frozenset[str]]  # what a name stands for: classes of groups, or the scenario


def what(node: ast.expr, names: Names) -> frozenset[str]:
    """The groups an expression may stand for; nothing where that cannot be told."""
    match node:
        case ast.Name(id=name):
            return names.get(name, NOTHING)
        case ast.Attribute(attr="assumptions" | "plan"):
            return SCENARIO
        case ast.Attribute(value=owner, attr=name) if name in GROUPS and what(owner, names) == SCENARIO:
            return frozenset({GROUPS[name].__name__})
        case ast.Attribute(value=owner, attr="sellers") if what(owner, names) == SCENARIO:
            return SELLERS
        case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner, attr="get" | "model_copy" | "at")):
            return what(inner, names)
        case ast.Call(func=ast.Name(id="enumerate" | "list"), args=[inner]):
            return what(inner, names)
        case ast.Call(func=ast.Name(id=function)):
            return names.get(f"{function}()", NOTHING)
    return NOTHING


def annotated(annotation: ast.expr | None, names: Names) -> frozenset[str]:
    """The groups an annotation names."""
    parts = ast.walk(annotation) if annotation is not None else ()
    classes = (names.get(f"class {part.id}", NOTHING) for part in parts if isinstance(part, ast.Name))
    return frozenset().union(*classes)


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope; functions and classes inside are named but not entered."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield from own_nodes(child)


def scopes(scope: ast.AST, outer: Names) -> Iterator[tuple[ast.AST, Names]]:
    """A module, class or function and every one inside, each with what its names stand for."""
    names = dict(outer)
    if isinstance(scope, ast.ClassDef):
        names["self"] = names["cls"] = names.get(f"class {scope.name}", NOTHING)
    if isinstance(scope, ast.FunctionDef):
        for argument in (*scope.args.args, *scope.args.kwonlyargs):
            if argument.arg not in ("self", "cls"):
                names[argument.arg] = annotated(argument.annotation, names)
    for node in own_nodes(scope):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=places)], value=ast.Tuple(elts=values)):
                pairs = zip(places, values, strict=True)
                names |= {place.id: what(value, names) for place, value in pairs if isinstance(place, ast.Name)}
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                names[name] = what(value, names)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                names[name] = annotated(annotation, names)
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), ast.Name(id=kind)]):
                names[name] = names.get(name, NOTHING) | names.get(f"class {kind}", NOTHING)
            case ast.comprehension(target=target, iter=source) | ast.For(target=target, iter=source):
                elements = what(source, names)
                names |= {part.id: elements for part in ast.walk(target) if elements and isinstance(part, ast.Name)}
            case ast.FunctionDef(name=name, returns=returns):
                names[f"{name}()"] = annotated(returns, names)
    yield scope, names
    for node in own_nodes(scope):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield from scopes(node, names)


def classes_of(module: str, tree: ast.Module) -> dict[str, frozenset[str]]:
    """The groups a module declares, or imports from where they are declared."""
    known = {f"class {name}": frozenset({name}) for name, model in CLASSES.items() if model.__module__ == module}
    for node in ast.walk(tree):
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            model = CLASSES.get(alias.name)
            if model is not None and node.module in (model.__module__, model.__module__.partition(".")[0]):
                known[f"class {alias.asname or alias.name}"] = frozenset({alias.name})
    return known


def reads(module: str, source: str) -> set[str]:
    """`Group.parameter` of every read in a module."""
    tree = ast.parse(source)
    found = set()
    for scope, names in scopes(tree, classes_of(module, tree)):
        for node in own_nodes(scope):
            match node:
                case ast.Attribute(value=owner, attr=name, ctx=ast.Load()):
                    found |= {f"{group}.{name}" for group in what(owner, names)}
                case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str(name)), *_]):
                    found |= {f"{group}.{name}" for group in what(owner, names)}
    return found


@pytest.fixture(scope="module")
def readers() -> dict[str, set[str]]:
    """The modules that read each `Group.parameter`."""
    found: dict[str, set[str]] = {}
    for package in ("market", "agents", "scenarios", "simulation"):
        for path in (ROOT / package).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for parameter in reads(module, path.read_text()):
                found.setdefault(parameter, set()).add(module)
    return found


def test_every_parameter_is_read_by_some_equation(readers: dict[str, set[str]]) -> None:
    assert sorted(DECLARED - readers.keys()) == []


def test_what_only_founding_reads_cannot_change_at_a_date(readers: dict[str, set[str]]) -> None:
    """Births read `agents.peopling` every month; `lab.training_spend` decides which worlds are run at all."""
    at_founding = ("simulation.found", "simulation.opening", "market.network", "scenarios.checking")
    first_draws = {"adopt.ready_at_start", "adopt.developers_ready_at_start", "lab.training_spend"}
    once = {
        f"{group}.{item.name}"
        for group, model in GROUPS.items()
        for item in declarations(model)
        if group not in FOUNDING
        and all(module.startswith(at_founding) for module in readers[f"{model.__name__}.{item.name}"])
    }
    assert once | first_draws == set(FOUNDING_PARAMETERS)


def test_a_namesake_is_no_read() -> None:
    source = """
from market.serving import SelfHosting
def bill(selfhost: SelfHosting, gadget: Gadget, record: Record) -> float:
    return gadget.overhead + record.selfhost.bytes_per_weight + selfhost.staff_base
"""
    assert reads("simulation.made_up", source) == {"SelfHosting.staff_base"}


def test_a_read_through_the_scenario_or_a_short_name_is_one() -> None:
    source = """
from scenarios.scenario import Scenario
def bill(assumptions: Scenario) -> float:
    cost, other = assumptions.selfhost, assumptions.at(3).other
    return cost.overhead * other.level
"""
    assert {"SelfHosting.overhead", "Other.level"} <= reads("simulation.made_up", source)
