"""Pictures of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.canvas import LOOKS, canvas, legend_below, looks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.canvas import Plot
    from lab.pools import PoolWatch
    from lab.timing import Span


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
    with canvas(height=_height(len(labels)), title=title) as (plot, axes):
        for kind, (colour, hatch) in zip(kinds, looks(kinds), strict=True):
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
            legend_below(plot.figure)
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
    (blue, _), (orange, _), *_ = LOOKS
    with canvas(height=_height(5), title=title) as (plot, axes):
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
        legend_below(plot.figure)
    return plot


def bars(took: Mapping[str, float], *, title: str) -> Plot:
    """Draw how long things took as bars, with their milliseconds.

    Args:
        took: The seconds for each label; the first label is on top.
        title: What the picture tells.

    Returns:
        The plot; a cell that ends with it shows it.
    """
    milliseconds = [round(1000 * seconds) for seconds in took.values()]
    with canvas(height=_height(len(took)), title=title) as (plot, axes):
        drawn = axes.barh(
            list(took), milliseconds, height=0.6, color=LOOKS[0][0]
        )
        axes.bar_label(drawn, padding=4)
        axes.invert_yaxis()
        axes.margins(x=0.16)
        axes.set_xticks([])
        axes.spines.bottom.set_visible(False)
        axes.set_xlabel("milliseconds")
    return plot


def _height(rows: int) -> float:
    """Leave room for rows, the title, an axis and a legend, in inches."""
    return 1.5 + 0.42 * max(rows, 2)


def _by_start(span: Span) -> float:
    """Order spans by their beginning."""
    return span.start
