"""What the effect of open weights is made of: conditions that add to it or take from it, and the channels of it.

Left, Shapley values over a full factorial of switches, each run in both arms; right, what is missing from the effect
when one channel is held on its closed path.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from paper import drawing
from paper.library import Library

NEEDS = ("attribute",)
OUTCOMES = (  # column, title, unit, factor, colour
    ("access_small", "access", "points, small companies", 100.0, "companies"),
    ("profit_lab", "profit of labs", "USD bn a month", 1e-9, "lab"),
    ("profit_cloud", "profit of clouds", "USD bn a month", 1e-9, "cloud"),
)


def data(results: Library) -> pd.DataFrame:
    """One row per outcome and effect: none of the switches on, each switch, all on, and each channel."""
    effects = results.csv("attribute", "attribution.csv")
    effects = effects[effects["kind"].isin(("none", "main", "all")) & (effects["switches"] != "weights open")]
    named = effects.assign(
        what=[
            {"none": "opening, no switch on", "all": "opening, all switches on"}.get(kind, f"+ {name}")
            for kind, name in zip(effects["kind"], effects["switches"], strict=True)
        ]
    )[["outcome", "what", "effect", "effect_low", "effect_high"]]
    channels = results.csv("attribute", "mediation.csv")
    channels = channels.assign(
        what=["opening, all channels" if name == "total" else f"through {name}" for name in channels["channel"]]
    )
    return pd.concat([named.assign(part="conditions"), channels[named.columns].assign(part="channels")])


def caption(results: Library) -> str:
    """What points and lines are."""
    draws = int(results.csv("attribute", "attribution.csv")["draws"].max())
    settings = len(results.csv("attribute", "settings.csv"))
    return (
        f"Attribution of what opening does (open less closed). Above: effect with no and with all switches on, and the "
        f"Shapley value of each switch over {settings} settings in both arms, {draws} draws. Below: what of the "
        "effect runs "
        "through a channel, the effect less the effect with the channel held as it was closed; the parts need not "
        "add up. "
        "Lines are 95% intervals over draws, and end at the edge where they are wider than the panel."
    )


def draw(results: Library) -> Figure:
    """Draw conditions above, channels below, a column for each outcome."""
    frame = data(results)
    parts = [frame[frame["part"] == name] for name in ("conditions", "channels")]
    rows = [_in_order(list(dict.fromkeys(part["what"]))) for part in parts]
    figure = drawing.new_figure(34.0 + 4.6 * sum(map(len, rows)))
    panels = figure.subplots(2, 3, sharey="row", height_ratios=[len(names) + 0.6 for names in rows])
    for line, (part, names) in enumerate(zip(parts, rows, strict=True)):
        for column, (outcome, title, unit, factor, colour) in enumerate(OUTCOMES):
            axes = panels[line][column]
            estimates = []
            for row in part[part["outcome"] == outcome].to_dict("records"):
                estimates.append(drawing.interval_of(row, "effect"))
                whole = row["what"].startswith("opening")
                drawing.draw_interval(axes, names.index(row["what"]), estimates[-1], factor=factor, filled=whole,
                                      colour=drawing.COLOURS[colour], marker="D" if whole else "o")  # fmt: skip
            drawing.zero_line(axes)
            axes.set_xlim(*drawing.limits_clear_of(estimates, factor=factor, most=2.0))
            if line == 0:
                drawing.titled(axes, "abc"[column], title)
            else:
                axes.set_xlabel(unit)
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
        drawing.name_rows(panels[line][0], names)
    return figure


def _in_order(names: list[str]) -> list[str]:
    """The whole effects first."""
    return sorted(names, key=lambda name: (not name.startswith("opening"), names.index(name)))
