"""The figure of the answer: what open weights do to access, to the money of every layer, and where that is on the map.

Left, the access of the smaller half of companies in both arms and its paired difference. Middle, who gains, who loses.
Right, every pair as a point between spread (left) and shift (right), with the regions of the verdict and what the
three-layer toy predicts. `draw` is pure; matplotlib is imported when a figure is wanted.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from market.estimators import Interval
from market.units import FloatArray
from simulation.answering.answer import Answer
from simulation.answering.plane import draw_plane
from simulation.answering.verdict import NO_LAB_LOSS
from simulation.timeline import FIRST_YEAR, month_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HARM = "external_harm"
LAYER_COLOURS = {  # Okabe and Ito (2008): told apart by every kind of colour vision; the same in app and paper
    "companies": "#009E73",
    "lab": "#0072B2",
    "cloud": "#D55E00",
    "host": "#56B4E9",
    "releaser": "#E69F00",
    "chip": "#CC79A7",
    "specialists": "#8C6D31",
    "state": "#999999",
    "public": "#882255",
    "other": "#555555",
}
ARM_COLOURS = {"open": "#000000", "closed": "#8A8A8A"}
TITLE_WIDTH, EXPLANATION_WIDTH = 88, 172  # characters
WIDTH, HEIGHT = 7.2, 3.45  # inches: a journal's two columns, and a slide's width without loss
LAYERS = (  # label, term of welfare, layer whose colour it takes
    ("Companies (surplus)", "consumer_surplus_systematic", "companies"),
    ("Companies (variety)", "consumer_surplus_taste", "companies"),
    ("Labs", "profit_lab", "lab"),
    ("Clouds", "profit_cloud", "cloud"),
    ("Hosters", "profit_host", "host"),
    ("Releasers", "profit_releaser", "releaser"),
    ("Chip vendor", "profit_chip", "chip"),
    ("Specialists", "wage_rent", "specialists"),
    ("Public cloud", "profit_public", "public"),
    ("Bank", "profit_bank", "state"),
    ("State", "net_tax", "state"),
    ("Other buyers", "other_surplus", "other"),
    ("Harm to others", HARM, "other"),
)
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7.0,
    "axes.titlesize": 8.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.frameon": False,
    "pdf.fonttype": 42,
}


_PLAIN: dict[str, dict[str, Any]] = {  # how each kind of file is written so that the same figure gives the same bytes
    "pdf": {"metadata": {"CreationDate": None, "Producer": None, "Creator": None}},
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": 300},
}


def answer_figure(answer: Answer) -> dict[str, bytes]:
    """The figure as `pdf` and `png` bytes; the same answer gives the same bytes."""
    return saved_as(draw(answer))


def saved_as(figure: Figure, kinds: Sequence[str] = ("pdf", "png")) -> dict[str, bytes]:
    """A figure as bytes of each kind (`pdf`, `svg`, `png`), without a date or the name of a program."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "commonweight"}):
        return {kind: _saved(figure, format=kind, **_PLAIN[kind]) for kind in kinds}


def draw(answer: Answer) -> Figure:
    """Draw the three panels."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with mpl.rc_context(STYLE):
        engine = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.04, wspace=0.03, hspace=0.02)
        figure = Figure(figsize=(WIDTH, HEIGHT), layout=engine)
        columns = figure.add_gridspec(1, 3, width_ratios=(1.15, 0.85, 1.2))
        left = columns[0].subgridspec(2, 1, height_ratios=(2.0, 1.0))
        paths = figure.add_subplot(left[0])
        _draw_access(paths, figure.add_subplot(left[1], sharex=paths), answer)
        _draw_money(figure.add_subplot(columns[1]), answer)
        draw_plane(figure.add_subplot(columns[2]), answer)
        figure.suptitle(_headline(answer), fontsize=9.0, fontweight="bold", x=0.008, ha="left")
        figure.supxlabel(_explanation(answer), fontsize=5.5, color="#555555", x=0.008, ha="left")
    return figure


def _saved(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, **options)
    return buffer.getvalue()


def _headline(answer: Answer) -> str:
    """What the figure shows: the class, in a second line where it is long, and the ratios."""
    lead = f"Open weights, {answer.basis.scenario} world: "
    ratios = "" if answer.theta.refused else f" (Theta {answer.theta.value:.2f}, Sigma {answer.sigma.value:.2f})"
    finding = f"{answer.verdict}{ratios}"
    if len(lead) + len(finding) <= TITLE_WIDTH:
        return lead + finding
    return "\n".join([lead, *textwrap.wrap(finding, width=TITLE_WIDTH)])


def _explanation(answer: Answer) -> str:
    """What lines, bands and boxes are, and what they rest on."""
    basis = answer.basis
    hidden = answer.headline.pair_classes.count(NO_LAB_LOSS)
    without = f" Labs do not lose in {hidden} of {basis.pairs} pairs: these have no Theta." if hidden else ""
    return textwrap.fill(
        f"{basis.pairs} paired worlds of {basis.companies:,} companies, {basis.calibration} calibration. a: means; "
        "bands from the 10th to the 90th percentile of draws; below, the paired difference with its 95% interval. "
        f"b, c: means over {month_name(basis.first_month)} to {month_name(basis.last_month)}; whiskers and box are 95% "
        f"intervals over pairs. Dotted: the toy with compute to spare, dashed: with the machines there are.{without}",
        width=EXPLANATION_WIDTH,
    )


def _draw_access(levels: Axes, differences: Axes, answer: Answer) -> None:
    """Access of small companies in both arms, bands over draws, and the paired difference below."""
    from matplotlib.ticker import MaxNLocator

    closed, open_ = (100.0 * side["access_small"] for side in (answer.closed_paths, answer.open_paths))
    years = FIRST_YEAR + np.arange(closed.shape[1]) / 12.0
    for arm, path, dashes in (("closed", closed, (4, 2)), ("open", open_, (None, None))):
        low, high = np.quantile(path, (0.1, 0.9), axis=0)
        levels.fill_between(years, low, high, color=ARM_COLOURS[arm], alpha=0.15, linewidth=0)
        levels.plot(years, path.mean(axis=0), color=ARM_COLOURS[arm], linewidth=1.3, dashes=dashes, label=arm)
    levels.set_title("a  Access")
    levels.set_ylabel("small companies\n(% of potential value)")
    levels.legend(loc="upper left", borderaxespad=0.2, handlelength=2.2)
    levels.tick_params(labelbottom=False)
    levels.set_ylim(bottom=0.0)
    change = open_ - closed
    centre, half = change.mean(axis=0), half_width(change)
    differences.axhline(0.0, color="#BBBBBB", linewidth=0.6)
    differences.fill_between(
        years, centre - half, centre + half, color=LAYER_COLOURS["companies"], alpha=0.25, linewidth=0
    )
    differences.plot(years, centre, color=LAYER_COLOURS["companies"], linewidth=1.3)
    differences.set_ylabel("open − closed\n(points)")
    differences.set_xlim(years[0], years[-1])
    differences.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))


def _draw_money(axes: Axes, answer: Answer) -> None:
    """Change of every layer's money, open less closed, with 95% intervals."""
    layers = gains(answer)
    for place, (_, column, layer, change) in enumerate(layers):
        whiskers = np.nan_to_num(np.array([[change.value - change.low], [change.high - change.value]])) / 1e9
        faded = 0.45 if column == "consumer_surplus_taste" else 1.0
        axes.barh(place, change.value / 1e9, height=0.62, color=LAYER_COLOURS[layer], alpha=faded, linewidth=0)
        axes.errorbar(
            change.value / 1e9, place, xerr=whiskers, color="#222222", elinewidth=0.8, capsize=1.8, capthick=0.8
        )
    axes.axvline(0.0, color="#444444", linewidth=0.6)
    axes.set_yticks(range(len(layers)), [label for label, *_ in layers])
    axes.tick_params(axis="y", length=0, labelsize=6.3)
    axes.spines["left"].set_visible(False)
    axes.invert_yaxis()
    axes.set_title("b  Who gains, who loses")
    axes.set_xlabel("USD bn a month, open − closed")


def gains(answer: Answer) -> list[tuple[str, str, str, Interval]]:
    """Label, term, layer and change of every term of welfare that moves, more of it being a gain; USD a month."""
    found = []
    for label, term, layer in LAYERS:
        change = answer.headline.difference(term)
        if np.isfinite(change.value) and (change.value or change.high > change.low):
            found.append((label, term, layer, -change if term == HARM else change))
    return found


def half_width(change: FloatArray) -> FloatArray:
    """Half the 95% interval of the mean over pairs, by month; (months,)."""
    from scipy.stats import t

    pairs = change.shape[0]
    if pairs < 2:
        return np.zeros(change.shape[1])
    return np.asarray(t.ppf(0.975, pairs - 1) * change.std(axis=0, ddof=1) / np.sqrt(pairs))
