"""What the code declares of its own structure, read from its syntax: the month, state, chance and flows, as Markdown.

`docs/generate.py` prints it as docs/declarations.md. Meanings are the docstrings and the comments behind a line.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from agents.companies import COLUMNS
from market.chance import Mechanism
from market.flows import TREATMENT, Exchange, Flow, OwnBooks, Trade, WriteOff

ROOT = Path(__file__).resolve().parents[1]
ECONOMY = "simulation/economy.py"
STATE = (  # file, classes whose fields outlive a month
    ("simulation/world.py", ("World", "ComputeBuyers", "Panel")),
    ("agents/sellers.py", (
        "Seller", "CloudProvider", "Hoster", "TrainingRun", "Trainer", "ModelLab", "OpenWeightReleaser",
        "ChipVendor",
    )),
    ("market/fleet.py", ("Fleet", "Delivery")),
    ("market/vintages.py", ("Vintage",)),
    ("market/goods.py", ("Model", "ModelLine", "Offer")),
    ("market/reservations.py", ("Reservation",)),
    ("market/labour_market.py", ("LabourMarket",)),
    ("market/community.py", ("Communities",)),
    ("market/safety.py", ("Unpatched",)),
    ("market/misuse.py", ("Misuse",)),
    ("simulation/financial_state.py", ("FinancialState",)),
    ("simulation/deal_state.py", ("DealBook", "Tie")),
    ("agents/regulator.py", ("Review",)),
    ("market/bulletin.py", ("Bulletin",)),
)  # fmt: skip


@cache
def source(name: str) -> tuple[ast.Module, dict[int, str]]:
    """The syntax tree of a file, and the comment behind each line."""
    text = (ROOT / name).read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
    return ast.parse(text), comments


def class_of(name: str, title: str) -> ast.ClassDef:
    """A class of a file."""
    tree, _ = source(name)
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == title)


def first_line(text: str | None) -> str:
    """The first sentence or paragraph of a docstring, in one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


# the month


def month() -> str:
    """The phases in their order, with what each calls."""
    rows = [f"|{number}|`{name}`|{told}|{calls}|" for number, (name, told, calls) in enumerate(phases(), start=1)]
    return "\n".join(["|  |phase|what happens|functions it calls, in order|", "|---|---|---|---|", *rows])


def phases() -> Iterator[tuple[str, str, str]]:
    """Name, comment and calls of every phase of `ComputeEconomy.step`."""
    _, comments = source(ECONOMY)
    body = class_of(ECONOMY, "ComputeEconomy").body
    methods = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    homes = imported(ECONOMY)
    for node in ast.walk(methods["step"]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.lineno in comments:
            name = node.func.attr
            if name in methods:
                calls = [f"`{home}.{called}`" for called, home in called_in(methods[name], homes)]
                yield name, comments[node.lineno], ", ".join(calls)


def imported(name: str) -> dict[str, str]:
    """Module of every function that a file imports from the packages."""
    tree, _ = source(name)
    return {
        alias.asname or alias.name: node.module
        for node in tree.body if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names if alias.name[:1].islower() and node.module.split(".")[0] in ("simulation", "market")
    }  # fmt: skip


def called_in(method: ast.FunctionDef, homes: dict[str, str]) -> list[tuple[str, str]]:
    """Imported functions that a method calls, in the order of its lines."""
    calls = [node for node in ast.walk(method) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    calls.sort(key=lambda node: (node.end_lineno or 0, node.lineno))
    return [(name, homes[name]) for node in calls if (name := node.func.id) in homes]  # type: ignore[attr-defined]


# state


def state() -> str:
    """Every class of mutable state with its fields, then the columns of the companies."""
    sections = [describe(name, title) for name, titles in STATE for title in titles]
    return "\n".join([*sections, companies()])


def describe(name: str, title: str) -> str:
    """One class: its meaning and its fields."""
    node = class_of(name, title)
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    lead = f"`{name}`" + (f", a {bases[0]}" if bases else "")
    rows = [f"|`{field}`|{kind}|{meaning}|" for field, kind, meaning in fields(name, node)]
    head = ["|field|type|meaning|", "|---|---|---|"]
    return "\n".join([f"### {title}", "", f"{first_line(ast.get_docstring(node))} ({lead})", "", *head, *rows, ""])


def fields(name: str, node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Name, type and comment of every field of a class: annotated ones, and attributes set when one is made."""
    _, comments = source(name)
    made = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
    arguments = {
        arg.arg: ast.unparse(arg.annotation)
        for item in made for arg in (*item.args.args, *item.args.kwonlyargs) if arg.annotation
    }  # fmt: skip
    for item in (*node.body, *(line for init in made for line in init.body)):
        if not isinstance(item, ast.Assign | ast.AnnAssign):
            continue
        target = item.target if isinstance(item, ast.AnnAssign) else item.targets[0]
        field = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
        if field and not field.startswith("_") and (field != "kind" or node.name == "Seller"):
            comment = comments.get(item.end_lineno or item.lineno, "") or comments.get(item.lineno, "")
            yield field, plain(type_of(item, arguments, field)), comment.replace("|", "\\|")


def type_of(item: ast.Assign | ast.AnnAssign, arguments: dict[str, str], field: str) -> str:
    """The declared type of a field, that of the argument it is made from, or that of its first value."""
    if isinstance(item, ast.AnnAssign):
        return ast.unparse(item.annotation)
    if isinstance(item.value, ast.Name) and item.value.id in arguments:
        return arguments[item.value.id]
    return type(item.value.value).__name__ if isinstance(item.value, ast.Constant) else arguments.get(field, "")


def plain(kind: str) -> str:
    """A type in short."""
    kind = re.sub(r"npt\.NDArray\[np\.(\w+?)_?\]", r"array of \1", kind)
    return kind.replace("FloatArray", "array of float64").replace("IntArray", "array of int64").replace("|", "or")


def companies() -> str:
    """The columns of the adopting companies."""
    _, title = "agents/companies.py", "Companies"
    node = class_of("agents/companies.py", title)
    rows = [
        f"|`{name}`|{spec.per}|{spec.dtype}|{spec.unit}|{spec.meaning}|{spec.writer}|" for name, spec in COLUMNS.items()
    ]
    head = ["|column|per|type|unit|meaning|written by|", "|---|---|---|---|---|---|"]
    lead = f"{first_line(ast.get_docstring(node))} (`agents/companies.py`)"
    return "\n".join([f"### {title}", "", lead, "", *head, *rows, ""])


# chance and flows


def members_told(name: str, title: str) -> dict[str, str]:
    """The comment behind each member of an enumeration."""
    _, comments = source(name)
    return {
        item.targets[0].id: comments.get(item.lineno, "")
        for item in class_of(name, title).body
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)
    }


def chance() -> str:
    """Every random mechanism with its number, what addresses a draw, and what it decides."""
    told, rows = members_told("market/chance.py", "Mechanism"), []
    for each in Mechanism:
        address, _, meaning = told[each.name].rpartition(": ")
        rows.append(f"|{each.value}|`{each.name}`|{address}|{meaning}|")
    return "\n".join(["|number|mechanism|addressed by|decides|", "|---|---|---|---|", *rows])


def flows() -> str:
    """Every flow with who pays whom and the accounts it changes."""
    told = members_told("market/flows.py", "Flow")
    rows = [f"|{flow.value}|`{flow.name.lower()}`|{told[flow.name]}|{treatment(flow)}|" for flow in Flow]
    return "\n".join(["|number|flow|from -> to: why|accounts|", "|---|---|---|---|", *rows])


def treatment(flow: Flow) -> str:
    """What a flow changes besides deposits."""
    how = TREATMENT[flow]
    if isinstance(how, OwnBooks):
        return f"own books, no cash: debit {how.debit.name.lower()}, credit {how.credit.name.lower()}"
    if isinstance(how, WriteOff):
        return f"no cash: the creditor's {how.asset.name.lower()} and the debtor's {how.liability.name.lower()} end"
    if isinstance(how, Exchange):
        payer = f"payer debits {how.payer_debit.name.lower()}, credits {how.payer_credit.name.lower()}"
        return f"no cash: {payer}; payee debits {how.payee_debit.name.lower()}, credits {how.payee_credit.name.lower()}"
    assert isinstance(how, Trade)
    owed = "; may be owed" if how.invoiceable else ""
    return f"payer debits {how.payer.name.lower()}, payee credits {how.payee.name.lower()}{owed}"
