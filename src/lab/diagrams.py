"""Diagrams: boxes, and arrows that say what goes from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.canvas import LOOKS, canvas, legend_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from lab.canvas import Plot

_ROW = 0.35  # inches
_EDGE = 0.63  # where the boxes of layers end, as a part of the width
_FIRST: Mapping[str, Any] = {"color": LOOKS[0][0], "linestyle": "-"}
_SECOND: Mapping[str, Any] = {"color": LOOKS[5][0], "linestyle": "--"}
_QUIET: Mapping[str, Any] = {"color": "0.5", "linestyle": "-"}


@dataclass(frozen=True)
class Arrow:
    """What goes from one box to another.

    Attributes:
        source: The box where it begins.
        target: Where it ends; the same box, if something happens there.
        text: What it is, such as a call.
        kind: What the legend calls it, which has room for two.
    """

    source: str
    target: str
    text: str = ""
    kind: str = ""


def layer_plot(
    layers: Sequence[str],
    arrows: Sequence[Arrow],
    *,
    title: str,
    roles: Mapping[str, str] | None = None,
) -> Plot:
    """Draw layers as boxes one above the other, with arrows between them.

    Args:
        layers: The layers' names, the highest first.
        arrows: What goes from layer to layer, such as imports or calls.
        title: What the picture tells.
        roles: What to write beside some of the layers, whose boxes are
            shaded.

    Returns:
        The plot; a cell that ends with it shows it.

    Raises:
        ValueError: The arrows have more than two kinds.
    """
    from matplotlib.path import Path  # noqa: PLC0415 - as in canvas

    rows, roles, looks = len(layers), roles or {}, _looks(arrows)
    with canvas(height=0.8 + _ROW * rows, title=title) as (plot, axes):
        _clear(axes, rows)
        for y, name in enumerate(layers):
            axes.text(0, y, roles.get(name, ""), va="center", weight="bold")
            box = _boxed("0.85" if name in roles else "white")
            axes.text(_EDGE, y, name, va="center", ha="right", bbox=box)
        for arrow in arrows:
            start, end = layers.index(arrow.source), layers.index(arrow.target)
            # A second kind between the same layers runs beside the first.
            look, outer = looks[arrow.kind], looks[arrow.kind] is _SECOND
            lower = (0.15 - 0.14 * outer) * (1 if start < end else -1)
            near = _EDGE + 0.03
            far = near + 0.04 + 0.06 * outer + 0.3 * abs(end - start) / rows
            corners = [(near, start + lower), (far, start + lower)]
            corners += [(far, end - lower), (near, end - lower)]
            path = Path(corners, [Path.MOVETO, *[Path.CURVE4] * 3])
            _draw(axes, look, path=path)
        _legend(plot, looks)
    return plot


def lane_plot(
    lanes: Sequence[str], arrows: Sequence[Arrow], *, title: str
) -> Plot:
    """Draw what happens in which order: a column for each lane, time down.

    Args:
        lanes: The columns' names, such as who takes part, or the states that
            something can be in.
        arrows: What happens, the first on top.
        title: What the picture tells.

    Returns:
        The plot; a cell that ends with it shows it.

    Raises:
        ValueError: The arrows have more than two kinds.
    """
    rows, looks = len(arrows) + 1, _looks(arrows)
    places = {lane: (n + 0.5) / len(lanes) for n, lane in enumerate(lanes)}
    with canvas(height=0.8 + _ROW * rows, title=title) as (plot, axes):
        _clear(axes, rows)
        for lane, x in places.items():
            axes.plot([x, x], [0, rows - 0.5], color="0.85", zorder=0)
            box = _boxed("0.85")
            axes.text(x, 0, lane, va="center", ha="center", bbox=box)
        for row, arrow in enumerate(arrows, start=1):
            y = row + 0.1  # leaves room below the names
            start, end = places[arrow.source], places[arrow.target]
            look = looks[arrow.kind]
            if start != end:
                _draw(axes, look, posA=(start, y), posB=(end, y))
                _label(axes, (start + end) / 2, y - 0.42, arrow.text, "center")
                continue
            axes.plot(start, y - 0.1, "o", color=look["color"])
            to_the_right = 0.03 if start < 0.5 else -0.03  # noqa: PLR2004 - half
            side = "left" if to_the_right > 0 else "right"
            _label(axes, start + to_the_right, y - 0.1, arrow.text, side)
        _legend(plot, looks)
    return plot


def _clear(axes: Axes, rows: int) -> None:
    """Count rows downwards, and draw no axis."""
    axes.set(xlim=(0, 1), ylim=(rows - 0.5, -0.5))
    axes.axis("off")


def _boxed(colour: str) -> dict[str, str]:
    """Put a text into a box."""
    return {"boxstyle": "round", "edgecolor": "0.6", "facecolor": colour}


def _label(axes: Axes, x: float, y: float, text: str, side: str) -> None:
    """Write over the lines."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axes.text(x, y, text, va="center", ha=side, bbox=box)


def _draw(axes: Axes, look: Mapping[str, Any], **where: Any) -> None:
    """Draw an arrow along a path, or between two points."""
    from matplotlib.patches import FancyArrowPatch  # noqa: PLC0415 - as in canvas

    head: Any = {"arrowstyle": "-|>", "mutation_scale": 12, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(**where, **head, **look, linewidth=1.6))


def _looks(arrows: Iterable[Arrow]) -> dict[str, Mapping[str, Any]]:
    """Give each kind its colour and line; beside others, no kind is grey."""
    kinds = list(dict.fromkeys(arrow.kind for arrow in arrows if arrow.kind))
    if len(kinds) > 2:  # noqa: PLR2004 - as many as there are looks
        raise ValueError(f"A diagram has at most two kinds of arrows: {kinds}")
    looks = dict(zip(kinds, (_FIRST, _SECOND), strict=False))
    return looks | {"": _QUIET if kinds else _FIRST}


def _legend(plot: Plot, looks: Mapping[str, Mapping[str, Any]]) -> None:
    """Name the kinds below the picture."""
    named = {kind: look for kind, look in looks.items() if kind}
    for kind, look in named.items():
        plot.axes.plot([], [], **look, label=kind)
    if named:
        legend_below(plot.figure)
