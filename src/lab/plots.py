"""Pictures of what was measured."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lab.pools import PoolWatch
    from lab.timing import Span

_LOOKS = (
    ("#0072B2", ""),
    ("#E69F00", "///"),
    ("#009E73", "---"),
    ("#CC79A7", "xx"),
    ("#56B4E9", "\\\\\\"),
    ("#D55E00", "++"),
)
"""Okabe and Ito's colours, with a pattern each, for those who see none:
https://jfly.uni-koeln.de/color/."""

_STYLE: Any = {
    # A phone shows the figure at two thirds of its width: 11 pixels are left.
    "font.size": 13,
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "axes.titlesize": 14,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    # Text stays text, so that it is sharp and small.
    "svg.fonttype": "none",
    # Ids inside the file are the same for the same picture.
    "svg.hashsalt": "lab",
}


@dataclass(frozen=True, repr=False)
class Plot:
    """A figure that shows itself as SVG, the same bytes for the same data.

    The background is white, since a reader's page may be light or dark.

    Attributes:
        figure: Matplotlib's figure, to add to.
        title: What the figure tells.
    """

    figure: Figure
    title: str

    @property
    def axes(self) -> Axes:
        """The figure's axes, to annotate."""
        return self.figure.axes[0]

    def _repr_svg_(self) -> str:
        """Draw the figure."""
        file = io.StringIO()
        with _style():
            self.figure.savefig(
                file,
                format="svg",
                metadata={"Date": None, "Creator": None, "Title": self.title},
            )
        return file.getvalue()

    def __repr__(self) -> str:
        """Name the figure, where no picture can be shown."""
        return f"<Plot: {self.title}>"


def timeline(spans: Sequence[Span], *, title: str) -> Plot:
    """Draw who did what when: a row for each label, a bar for each span.

    Args:
        spans: What was recorded, such as a stopwatch's ``spans``.
        title: What the picture tells.

    Returns:
        The plot; a cell that ends with it shows it.
    """
    labels = list(dict.fromkeys(s.label for s in sorted(spans, key=_by_start)))
    kinds = list(dict.fromkeys(span.kind for span in spans))
    first = min(span.start for span in spans)
    with _canvas(rows=len(labels), title=title) as (plot, axes):
        for kind, (colour, hatch) in zip(kinds, _looks(kinds), strict=True):
            chosen = [span for span in spans if span.kind == kind]
            axes.barh(
                [labels.index(span.label) for span in chosen],
                [span.seconds * 1000 for span in chosen],
                left=[(span.start - first) * 1000 for span in chosen],
                height=0.6,
                color=colour,
                edgecolor="white",
                hatch=hatch,
                label=kind,
            )
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel("milliseconds")
        axes.grid(axis="x", color="0.85")
        if len(kinds) > 1:
            _legend_below(plot.figure)
    return plot


def pool_plot(watch: PoolWatch, *, title: str) -> Plot:
    """Draw a pool filling up, and who waits for it.

    Args:
        watch: What :func:`lab.watch_pool` saw.
        title: What the picture tells.

    Returns:
        The plot; a cell that ends with it shows it.
    """
    at = [sample.at * 1000 for sample in watch.samples]
    in_use = [sample.in_use for sample in watch.samples]
    waiting = [sample.waiting for sample in watch.samples]
    (blue, _), (orange, _), *_ = _LOOKS
    with _canvas(rows=5, title=title) as (plot, axes):
        axes.fill_between(
            at, in_use, step="post", color=blue, label="connections in use"
        )
        axes.step(
            at,
            waiting,
            where="post",
            color=orange,
            linewidth=2.5,
            linestyle="--",
            label="tasks waiting",
        )
        axes.axhline(watch.limit, color="black", linewidth=1)
        axes.annotate(
            f"limit {watch.size} + {watch.max_overflow}",
            (at[-1], watch.limit),
            xytext=(0, 4),
            textcoords="offset points",
            horizontalalignment="right",
        )
        axes.set_xlim(0, at[-1])
        axes.set_ylim(0, max(watch.limit, *in_use, *waiting) * 1.15)
        axes.locator_params(axis="y", integer=True)
        axes.set_xlabel("milliseconds")
        axes.set_ylabel("how many")
        _legend_below(plot.figure)
    return plot


def bars(values: Mapping[str, float], *, title: str, unit: str = "") -> Plot:
    """Draw counted or measured things as bars, with their numbers.

    Args:
        values: A number for each label; the first label is on top.
        title: What the picture tells.
        unit: What the numbers count, such as ``"statements"``.

    Returns:
        The plot; a cell that ends with it shows it.
    """
    with _canvas(rows=len(values), title=title) as (plot, axes):
        drawn = axes.barh(
            list(values), list(values.values()), height=0.6, color=_LOOKS[0][0]
        )
        axes.bar_label(drawn, fmt="{:g}", padding=4)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.set_xticks([])
        axes.spines.bottom.set_visible(False)
        axes.set_xlabel(unit)
    return plot


def layer_plot(
    layers: Sequence[str],
    imports: Sequence[tuple[str, str]],
    *,
    title: str,
    roles: Mapping[str, str] | None = None,
) -> Plot:
    """Draw modules in their layers, with an arrow for each import.

    Args:
        layers: The modules' names, the highest first.
        imports: Who imports whom, each a pair of names.
        title: What the picture tells.
        roles: What to write beside some of the modules, whose boxes are
            shaded.

    Returns:
        The plot; a cell that ends with it shows it.
    """
    from matplotlib.patches import FancyArrowPatch  # noqa: PLC0415 - as in _canvas
    from matplotlib.path import Path  # noqa: PLC0415 - as in _canvas

    roles = roles or {}
    with _canvas(rows=len(layers), title=title) as (plot, axes):
        axes.set(xlim=(0, 1), ylim=(len(layers) - 0.4, -0.6))
        axes.axis("off")
        for y, name in enumerate(layers):
            box = {
                "boxstyle": "round",
                "edgecolor": "0.6",
                "facecolor": "0.85" if name in roles else "white",
            }
            axes.text(0, y, roles.get(name, ""), va="center", weight="bold")
            axes.text(0.52, y, name, va="center", ha="right", bbox=box)
        for importer, imported in imports:
            above = layers.index(importer) < layers.index(imported)
            start = layers.index(importer) + (0.15 if above else -0.15)
            end = layers.index(imported) - (0.15 if above else -0.15)
            bulge = 0.59 + 0.42 * abs(end - start) / len(layers)
            corners = [(0.55, start), (bulge, start), (bulge, end)]
            curve = Path([*corners, (0.55, end)], [1, 4, 4, 4])
            colour = _LOOKS[layers.index(importer) % len(_LOOKS)][0]
            axes.add_patch(
                FancyArrowPatch(
                    path=curve,
                    arrowstyle="-|>",
                    mutation_scale=12,
                    linewidth=1.6,
                    color=colour,
                )
            )
    return plot


@contextmanager
def _canvas(*, rows: int, title: str) -> Iterator[tuple[Plot, Axes]]:
    """Make an empty plot, high enough for its rows, in our style."""
    # Here and not above, since it would double the time to import lab.
    from matplotlib.figure import Figure  # noqa: PLC0415

    with _style():
        size = (5.6, 1.5 + 0.42 * max(rows, 2))
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        axes.set_title(title)
        yield Plot(figure, title), axes
        # Placed once: each further pass would shift things by a hair.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


@contextmanager
def _style() -> Iterator[None]:
    """Draw in our style, and leave the notebook's own as it is."""
    from matplotlib import rc_context  # noqa: PLC0415 - as in _canvas

    with rc_context(_STYLE):
        yield


def _looks(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Give each kind a colour and a pattern, of which there are six."""
    return [_LOOKS[number % len(_LOOKS)] for number in range(len(kinds))]


def _legend_below(figure: Figure) -> None:
    """Put the legend under the axis, where it hides no data."""
    figure.legend(loc="outside lower left", ncols=3)


def _by_start(span: Span) -> float:
    """Order spans by their beginning."""
    return span.start
