"""Numbers and phrases of every experiment beside the answer: each function takes a library and names what it found."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from market.estimators import Interval
from market.units import FloatArray
from paper.classes import labs_lose, rope_of_access
from paper.drawing import interval_of
from paper.library import Library
from paper.words import NOTHING, changed, counted, direction, listed, name_of, number, significant, with_interval
from scenarios.switches import SWITCHES
from simulation.answering.verdict import NO_LAB_LOSS
from simulation.judging.verdicts import DEPENDS, REFUTED, SUPPORTED, UNTESTABLE
from simulation.measuring.capturing import FRINGE, OTHERS
from simulation.moments.targets import INSIDE, NOT_COMPUTED

Numbers = dict[str, Any]
OUTCOMES = (("access_small", "points", "access of small companies"), ("profit_lab", "USD bn a month", "labs' profit"),
            ("profit_cloud", "USD bn a month", "clouds' profit"))  # fmt: skip
EDGE = 0.1  # of a band: what lies nearer to its end is near an edge
POLICY = ("S04a", "S04b", "S04c", "S08a", "S08b", "S09", "S14", "S16", "S17", "S25", "S26", "S34")


def of_targets(results: Library, name: str) -> Numbers:
    """How many moments are inside, and which are missed by how much."""
    frame = results.csv(name, "targets.csv")
    counted_rows = frame[frame["id"] != "T8"]
    inside = counted_rows[counted_rows["verdict"] == INSIDE]
    missed = counted_rows[~counted_rows["verdict"].isin((INSIDE, NOT_COMPUTED))]
    told = [f"{row.moment} ({row.id}: {significant(row.simulated)} against {significant(row.low)} to "
            f"{significant(row.high)})" for row in missed.itertuples()]  # fmt: skip
    scenario = results.scenario(name)
    return {
        "inside": str(len(inside)), "counted": str(len(counted_rows)), "missed": str(len(missed)),
        "missed_list": listed([text[0].lower() + text[1:] if text[1].islower() else text for text in told]),
        "near": str(_near_an_edge(inside)), "all_inside": missed.empty,
        "draws": str(len(results.results(name).manifest["runs"])),
        "companies": f"{scenario.companies.count:,}",
        "not_computed": str(int((counted_rows["verdict"] == NOT_COMPUTED).sum())),
    }  # fmt: skip


def _near_an_edge(inside: pd.DataFrame) -> int:
    """How many moments inside lie in the outer tenths of their band."""
    width = inside["high"] - inside["low"]
    room = pd.concat([inside["simulated"] - inside["low"], inside["high"] - inside["simulated"]], axis=1).min(axis=1)
    return int((room < EDGE * width).sum())


def of_map(results: Library) -> Numbers:
    """How cells are classed, and where labs lose; cells without a pair of worlds that came through are only counted."""
    every = results.csv("map", "map.csv")
    frame = every[every["pairs"] > 0]
    shares = [json.loads(text) for text in frame["class_shares"]]
    modal = pd.Series([max(each, key=lambda name: each[name]) for each in shares], dtype=object)
    lost, refused = int((modal != NO_LAB_LOSS).sum()), int((~labs_lose(frame)).sum())
    common = modal.value_counts()
    theta = frame["toy_theta"].to_numpy(dtype=float)
    mixed = [name.lower() for name in dict.fromkeys(key for each in shares for key in each)]
    failed = len(every) - len(frame)
    return {
        "cells": str(len(every)), "came_through": str(len(frame)), "failed": str(failed), "any_failed": failed > 0,
        "pairs": str(int(every["pairs"].max())), "refused": str(refused), "all_refused": refused == len(frame),
        "lost": str(lost), "any_lost": lost > 0,
        "common": f"{common.index[0].lower()} in {int(common.iloc[0])}" if len(common) else NOTHING,
        "classes": listed([f"{name.lower()} ({counted(int(n), 'cell')})" for name, n in common.items()]),
        "seen": listed(mixed), "toy_low": _end(theta, np.min), "toy_high": _end(theta, np.max),
        "one_class": len(common) == 1, "x": str(every.columns[0]), "y": str(every.columns[1]),
        **_across(every),
    }  # fmt: skip


def _end(values: FloatArray, end: Callable[[FloatArray], float]) -> str:
    """The least or largest of the values that are known; a dash where none is."""
    known = values[np.isfinite(values)]
    return number(float(end(known))) if len(known) else NOTHING


def _across(frame: pd.DataFrame) -> Numbers:
    """How the change of access moves along both axes, between their ends."""
    found: Numbers = {}
    for place, axis in zip(("x", "y"), frame.columns[:2], strict=True):
        ends = frame.groupby(axis)["d_access_small"].mean()
        low, high = 100 * float(ends.iloc[0]), 100 * float(ends.iloc[-1])
        found |= {f"{place}_low": number(low, 1, signed=True), f"{place}_high": number(high, 1, signed=True)}
    return found


def of_attribution(results: Library) -> Numbers:
    """What switches and channels do to the effect of opening."""
    effects, rope = results.csv("attribute", "attribution.csv"), rope_of_access(results, "attribute")
    channels = results.csv("attribute", "mediation.csv")
    named = list(dict.fromkeys(effects[effects["kind"] == "main"]["switches"]))
    switches = [name for name in named if name != "weights open"]
    meanings = {switch.name: switch.meaning for switch in SWITCHES}
    found: Numbers = {
        "draws": str(int(effects["draws"].max())), "switches": str(len(switches)),
        "settings": str(len(results.csv("attribute", "settings.csv"))),
        "switch_list": "; ".join(f"{name}: {meanings[name]}" for name in switches),
    }  # fmt: skip
    for column, unit, _ in OUTCOMES:
        rows = effects[effects["outcome"] == column]
        least = rope if column == "access_small" else 0.0
        found[f"{column}.none"] = changed(_row(rows[rows["kind"] == "none"]), unit, least)
        found[f"{column}.all"] = changed(_row(rows[rows["kind"] == "all"]), unit, least)
        main = rows[(rows["kind"] == "main") & rows["switches"].isin(switches)]
        clear = [row for row in main.to_dict("records") if not _spans(interval_of(row, "effect"))]
        added = listed([f"{row['switches']} ({_told(row, unit)})" for row in clear])
        found[f"{column}.clear"] = added or "none of them"
        found[f"{column}.any_clear"] = bool(clear)
        paths = channels[(channels["outcome"] == column) & (channels["channel"] != "total")]
        through = [row for row in paths.to_dict("records") if not _spans(interval_of(row, "effect"))]
        found[f"{column}.through"] = listed([f"{row['channel']} ({_told(row, unit)})" for row in through]) or "none"
        found[f"{column}.any_through"] = bool(through)
    return found


def of_claims(results: Library) -> Numbers:
    """How many claims end how, and which."""
    frame, criteria = results.csv("claims", "claims.csv"), results.csv("claims", "criteria.csv")
    found: Numbers = {
        "pairs": str(int(criteria["pairs"].max())), "judged": str(len(frame)),
        "calibrations": listed(list(dict.fromkeys(criteria["calibration"]))),
        "one_calibration": criteria["calibration"].nunique() == 1, "criteria": str(len(criteria)),
    }  # fmt: skip
    for name, verdict in (("supported", SUPPORTED), ("refuted", REFUTED), ("depends", DEPENDS), ("untestable",
    UNTESTABLE)):
        rows = frame[frame["verdict"] == verdict]
        found |= {name: str(len(rows)), f"any_{name}": len(rows) > 0,
                  f"{name}_list": "; ".join(f"{row.says} ({row.claim})" for row in rows.itertuples()),
                  f"{name}_ids": listed(list(rows["claim"]))}  # fmt: skip
    built = frame[(frame["verdict"] == SUPPORTED) & frame["by_construction"].notna()]
    chance = frame[(frame["verdict"] == DEPENDS) & frame["depends_on"].fillna("").str.contains("chance")]
    return found | {"by_construction": str(len(built)), "by_chance": str(len(chance))}


def of_scenarios(results: Library) -> Numbers:
    """What opening does in the panel of scenarios, and what policies do where weights are open."""
    frame = results.csv("claims", "scenarios.csv")
    first = frame[frame["calibration"] == frame["calibration"].iloc[0]]
    rope = rope_of_access(results, "claims")
    clear = {
        "wider": first[first["d_access_small_low"] > rope], "narrower": first[first["d_access_small_high"] < -rope],
    }  # fmt: skip
    loses, gains = labs_lose(first), first["d_profit_cloud_low"] > 0
    lost, gained, failed = first[loses], first[gains], int((first["pairs"] == 0).sum())
    return {
        "count": str(len(first)), "pairs": str(int(first["pairs"].max())),
        "calibration": str(first["calibration"].iloc[0]),
        "failed": str(failed), "any_failed": failed > 0,
        **{f"access_{name}": _listed_rows(rows) for name, rows in clear.items()},
        **{f"access_{name}_count": str(len(rows)) for name, rows in clear.items()},
        "labs_lose": _listed_rows(lost), "labs_lose_count": str(len(lost)),
        "clouds_gain": _listed_rows(gained), "clouds_gain_count": str(len(gained)),
        "both": _listed_rows(first[loses & gains]),
        **_policies(first, rope),
    }  # fmt: skip


def _policies(rows: pd.DataFrame, rope: float) -> Numbers:
    """Which instruments clearly move access, by more than `rope`, and exposure where weights are open, against the
    baseline.
    """
    found: Numbers = {"any_policy": bool(rows["scenario"].isin(POLICY).any())}
    for name, column, least in (("access", "vs_access_small", rope), ("control", "vs_control_total", 0.0)):
        for end, sign in (("up", "low"), ("down", "high")):
            bound = rows.get(f"{column}_{sign}", pd.Series(math.nan, index=rows.index)).astype(float)
            clear = (bound > least if end == "up" else bound < -least) & rows["scenario"].isin(POLICY)
            found[f"policy_{name}_{end}"] = _listed_rows(rows[clear])
    return found


def of_structures(results: Library) -> Numbers:
    """Whether the class is the same under rival structures."""
    frame = results.csv("structures", "structures.csv")
    classes = frame["class"].str.partition(" (")[0].str.lower()
    usual = str(classes.iloc[0])
    others = frame[classes != usual]
    told = [f"{name} under {listed(list(rows['structure']))}" for name, rows in others.groupby(classes[others.index])]
    rope = rope_of_access(results, "structures")
    access = [direction(interval_of(row, "d_access_small"), rope) for row in frame.to_dict("records")]
    turned = [
        f"{name} (it {how})" for name, how in zip(frame["structure"], access, strict=True) if how in ("rises", "falls")
    ]
    answered = [name.lower() for name in results.answer("answer").verdict.classes]
    return {
        "as_answer": usual == " or ".join(answered),
        "count": str(len(frame) - 1), "pairs": str(int(frame["pairs"].max())),
        "same": others.empty, "usual": usual,
        "others": "; ".join(told), "access_clear": listed(turned) or "none", "any_access_clear": bool(turned),
    }  # fmt: skip


def of_sensitivity(results: Library) -> Numbers:
    """Which assumptions move the effect most, and whether any makes its sign clear."""
    frame = results.csv("sensitivity", "sensitivity.csv")
    usual = interval_of(frame[frame["parameter"].isna()].iloc[0], "d_access_small")
    rope = rope_of_access(results, "sensitivity")
    moved = frame[frame["parameter"].notna()].assign(
        moved=lambda rows: (rows["d_access_small"] - usual.value).abs() * 100.0
    )
    most = moved.sort_values("moved", ascending=False).drop_duplicates("parameter")
    turned = [
        f"{row['parameter']} at {significant(float(row['value']))}" for row in moved.to_dict("records")
        if direction(interval_of(row, "d_access_small"), rope) in ("rises", "falls")
    ]  # fmt: skip
    losing = moved[labs_lose(moved)].to_dict("records")
    lost = [f"{row['parameter']} at {significant(float(row['value']))}" for row in losing]
    return {
        "parameters": str(moved["parameter"].nunique()), "pairs": str(int(frame["pairs"].max())),
        "most": listed([f"{row.parameter} ({number(row.moved, 1)} points)" for row in most.head(3).itertuples()]),
        "turned": listed(turned) or "none", "any_turned": bool(turned), "turned_count": str(len(turned)),
        "points": str(len(moved)), "lost": listed(lost) or "none", "any_lost": bool(lost),
    }  # fmt: skip


def of_power(results: Library) -> Numbers:
    """Who is most needed and who could deny most, companies aside."""
    frame = results.csv("power", "actors.csv")
    frame = frame[(frame["layer"] != "companies") & ~frame["actor"].isin((FRINGE, OTHERS))]  # firms, no blocs
    found: Numbers = {"actors": str(frame["actor"].nunique())}
    for measure, factor, decimals in (("exposure", 100.0, 1), ("shapley", 100.0, 1)):
        rows = frame[(frame["measure"] == measure) & frame["value"].notna()].sort_values("value", ascending=False)
        top = rows.iloc[0]
        estimate = Interval(float(top["value"]), float(top["low"]), float(top["high"]))
        found |= {
            f"{measure}.actor": name_of(str(top["actor"])), f"{measure}.layer": str(top["layer"]),
            f"{measure}.value": with_interval(estimate, decimals, factor=factor, signed=False),
        }  # fmt: skip
    for row in results.csv("power", "concentration.csv").to_dict("records"):
        found[f"{row['layer'].replace(' ', '_')}.{row['index']}"] = number(float(row["value"]), 3)
    return found


def _row(rows: pd.DataFrame) -> Interval:
    return interval_of(rows.iloc[0], "effect") if len(rows) else Interval(math.nan, math.nan, math.nan)


def _spans(estimate: Interval) -> bool:
    """Whether an interval holds 0, or there is none."""
    return not (estimate.low > 0 or estimate.high < 0)


def _told(row: dict[str, Any], unit: str) -> str:
    factor, decimals = (100.0, 1) if unit == "points" else (1e-9, 2)
    return f"{number(factor * float(row['effect']), decimals, signed=True)} {unit}"


def _listed_rows(rows: pd.DataFrame) -> str:
    return listed([f"{row.title} ({row.scenario})" for row in rows.itertuples()]) or "none"
