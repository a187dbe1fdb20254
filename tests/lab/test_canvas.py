"""What all pictures have in common."""

import subprocess
import sys

import matplotlib as mpl
import pytest

from lab import Arrow, bars, lane_plot, layer_plot, pool_plot, timeline
from tests.lab.test_plots import POOL, SPANS

# One plot of each kind, drawn when a test asks for it.
KINDS = {
    "timeline": lambda: timeline(SPANS, title="A timeline"),
    "pool_plot": lambda: pool_plot(POOL, title="A pool"),
    "bars": lambda: bars({"lazy": 0.101, "eager": 0.002}, title="Some bars"),
    "layer_plot": lambda: layer_plot(
        ["app", "session", "errors"],
        [Arrow("app", "session"), Arrow("app", "errors", kind="rare")],
        title="Some layers",
        roles={"session": "AsyncSession"},
    ),
    "lane_plot": lambda: lane_plot(
        ["client", "server"],
        [Arrow("client", "server", "asks"), Arrow("server", "server")],
        title="Some lanes",
    ),
}


@pytest.fixture(params=KINDS)
def draw(request):
    """Give what draws a plot, for each kind."""
    return KINDS[request.param]


def test_the_same_data_gives_the_same_bytes(draw):
    """A rebuilt page changes only where its data changed."""
    plot, again = draw(), draw()
    assert plot._repr_svg_() == again._repr_svg_() == plot._repr_svg_()


def test_other_data_gives_other_bytes():
    """The comparison above can fail."""
    assert (
        bars({"a": 1}, title="x")._repr_svg_()
        != bars({"a": 2}, title="x")._repr_svg_()
    )


def test_another_process_gives_the_same_bytes():
    """Nothing random, no date and no address is in the file."""
    program = "import lab; print(lab.bars({'a': 1}, title='x')._repr_svg_())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
    )
    assert (
        done.stdout.strip() == bars({"a": 1}, title="x")._repr_svg_().strip()
    )


def test_words_are_large_enough_for_a_phone(draw):
    """Shown 345 pixels wide, no word is smaller than 11 pixels."""
    plot = draw()
    shown = 345 / (plot.figure.get_figwidth() * 72)
    svg = plot._repr_svg_()
    sizes = [
        float(part.split("px")[0]) for part in svg.split("font-size: ")[1:]
    ]
    assert sizes
    assert min(sizes) * shown >= 11


def test_the_picture_brings_its_own_background(draw):
    """It is legible on a light and on a dark page."""
    plot = draw()
    assert plot.figure.get_facecolor() == (1, 1, 1, 1)
    assert "#ffffff" in plot._repr_svg_()


def test_the_notebooks_own_style_is_left_alone(draw):
    """Drawing changes no global setting."""
    before = mpl.rcParams.copy()
    draw()._repr_svg_()
    assert mpl.rcParams.copy() == before
    assert "matplotlib.pyplot" not in sys.modules


def test_without_pictures_the_title_stands_in():
    """A terminal shows what the picture would tell."""
    assert repr(bars({"a": 1}, title="x")) == "<Plot: x>"
