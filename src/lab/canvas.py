"""What every picture is drawn on: one size, one style, one way to be shown."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = (
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


@contextmanager
def canvas(*, height: float, title: str) -> Iterator[tuple[Plot, Axes]]:
    """Make an empty plot in our style.

    Args:
        height: Inches, with the title; a phone shows a picture two thirds as
            large as a wide screen does.
        title: What the picture tells.

    Yields:
        The plot, and its axes to draw on.
    """
    # Here and not above, since it would double the time to import lab.
    from matplotlib.figure import Figure  # noqa: PLC0415

    with _style():
        figure = Figure(figsize=(5.6, height), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title)
        yield Plot(figure, title), axes
        # Placed once: each further pass would shift things by a hair.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


@contextmanager
def _style() -> Iterator[None]:
    """Draw in our style, and leave the notebook's own as it is."""
    from matplotlib import rc_context  # noqa: PLC0415 - as in canvas

    with rc_context(_STYLE):
        yield


def looks(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Give each kind a colour and a pattern, of which there are six."""
    return [LOOKS[number % len(LOOKS)] for number in range(len(kinds))]


def legend_below(figure: Figure) -> None:
    """Put the legend under the axis, where it hides no data."""
    figure.legend(loc="outside lower left", ncols=3)
