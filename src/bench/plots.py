"""The results as pictures for the book."""

import io
from collections.abc import Callable, Mapping
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.measure import FULL
from bench.tables import DATABASES, LAYER_LABELS
from bench.work import OPERATIONS

Series = Mapping[str, Mapping[str, float]]
"""Numbers by label, by series."""

Results = Mapping[str, Any]

_STYLE: Any = {
    # A phone shows the figure at two thirds of its width: 11 pixels are left.
    "font.size": 13,
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "bench",
}
_WIDTH = 5.6  # inches
_NARROW = 22  # letters of a label, of which two stand side by side
_LOOKS = (
    # Okabe and Ito's colours: https://jfly.uni-koeln.de/color/.
    *(("#000000", "", "o-"), ("#56B4E9", "\\\\\\", "s--")),
    *(("#E69F00", "///", "^-."), ("#0072B2", "", "D-")),
    *(("#009E73", "---", "v:"), ("#CC79A7", "xx", "P--")),
    *(("#D55E00", "++", "X-"), ("#7F7F7F", "//", "*-.")),
)


def bars(series: Series, unit: str) -> Figure:
    """Draw groups of bars: a group for each label, a bar for each series."""
    labels = list(next(iter(series.values())))
    height = 0.8 / len(series)
    size = (_WIDTH, 1.4 + 0.32 * len(labels) * max(len(series), 2) * 0.7)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    for number, (name, values) in enumerate(series.items()):
        colour, hatch, _ = _LOOKS[number % len(_LOOKS)]
        axes.barh(
            [at + number * height for at in range(len(labels))],
            [values[label] for label in labels],
            height=height,
            color=colour,
            edgecolor="white",
            hatch=hatch,
            label=name,
        )
    middle = 0.4 - height / 2
    axes.set_yticks([at + middle for at in range(len(labels))], labels)
    axes.invert_yaxis()
    axes.set_xlabel(unit, loc="right")
    axes.grid(axis="x", color="0.85")
    if len(series) > 1:
        figure.legend(loc="outside lower left", ncols=2)
    return figure


def lines(series: Series, x: str, y: str, **scales: str) -> Figure:
    """Draw a line for each series, over labels that are numbers."""
    columns = 2 if max(map(len, series)) <= _NARROW else 1
    height = 3.5 + 0.3 * len(series) / columns
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.subplots()
    for number, (name, values) in enumerate(series.items()):
        colour, _, form = _LOOKS[number % len(_LOOKS)]
        at = [float(label) for label in values]
        axes.plot(at, list(values.values()), form, color=colour, label=name)
    axes.set(xlabel=x, ylabel=y, **scales)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter("")
    axes.set_ylim(bottom=None if "yscale" in scales else 0)
    axes.grid(color="0.85")
    figure.legend(loc="outside lower left", ncols=columns)
    return figure


def _series(
    rows: list[Mapping[str, Any]],
    name: Callable[[Any], str],
    label: Callable[[Any], str],
    value: Callable[[Any], float],
) -> Series:
    """Sort rows into series."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        found.setdefault(name(row), {})[label(row)] = value(row)
    return found


def _first(results: Results, part: str) -> list[Mapping[str, Any]]:
    """Keep the rows of PostgreSQL, or of the only database there is."""
    rows = results[part]
    has = {row["database"] for row in rows}
    wanted = "postgresql" if "postgresql" in has else next(iter(has), "")
    return [row for row in rows if row["database"] == wanted]


_DRAWN = (
    *("a user by id", "a user with accounts", "a page of users"),
    *("a statement", "a transfer by reference"),
)
_SERVED = ("raw", "core", "orm", "bank", "alchemy", "sqlmodel")

PLOTS: Mapping[str, Callable[[Results], Figure]] = {
    "layers": lambda results: bars(
        _series(
            _first(results, "layers"),
            lambda row: LAYER_LABELS[row["layer"]],
            lambda row: OPERATIONS[row["operation"]][0],
            lambda row: row["cpu_ratio"][1],
        ),
        "processor time, relative to the ORM by hand",
    ),
    "pools": lambda results: bars(
        _series(
            _first(results, "pools"),
            lambda _: "reads",
            lambda row: row["pool"],
            lambda row: row["rate"][1],
        ),
        "reads per second, by 64 tasks",
    ),
    "growth": lambda results: lines(
        _series(
            [
                row
                for row in _first(results, "growth")
                if row["question"] in _DRAWN
            ],
            lambda row: row["question"],
            lambda row: str(row["rows"]),
            lambda row: row["seconds"][0] * 1000,
        ),
        "rows",
        "milliseconds",
        xscale="log",
    ),
    "contention": lambda results: lines(
        _series(
            results["contention"],
            lambda row: (
                f"{row['kind']}, {DATABASES[row['database']]},"
                f" {row['distance'] * 1000:g} ms"
            ),
            lambda row: str(row["connections"]),
            lambda row: row["rate"][1],
        ),
        "connections",
        "per second",
        xscale="log",
    ),
    "web": lambda results: bars(
        _series(
            [
                row
                for row in _first(results, "web")
                if row["loop"] == "plain"
                and row["connections"] == FULL.connections[0]
                and row["layer"] in _SERVED
            ],
            lambda row: LAYER_LABELS[row["layer"]],
            lambda row: OPERATIONS[row["operation"]][0],
            lambda row: row["rate"][1],
        ),
        f"requests per second, with {FULL.connections[0]} connections",
    ),
}
"""Each picture by its name, from the results."""


def draw(results: Results) -> dict[str, str]:
    """Draw all pictures of which something was measured.

    Args:
        results: What was measured.

    Returns:
        SVG by the picture's name, the same for the same results.
    """
    drawn = {}
    for name, plot in PLOTS.items():
        if not results[name]:
            continue
        file = io.StringIO()
        with rc_context(_STYLE):
            plot(results).savefig(
                file,
                format="svg",
                metadata={"Date": None, "Creator": None},
            )
        drawn[name] = file.getvalue()
    return drawn
