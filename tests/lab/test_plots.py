"""Pictures of what was measured."""

import subprocess
import sys
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from matplotlib.patches import Rectangle

from lab import (
    PoolSample,
    PoolWatch,
    Span,
    bars,
    layer_plot,
    pool_plot,
    timeline,
)

SPANS = [
    Span("second", 1.0, 2.0, "waiting"),
    Span("first", 0.5, 1.0, "working"),
    Span("second", 2.0, 2.5, "working"),
]
POOL = PoolWatch(
    2,
    1,
    [PoolSample(0.0, 0, 0), PoolSample(0.1, 3, 2), PoolSample(0.2, 0, 0)],
)


def draw_all():
    """Make one plot of each kind."""
    return [
        timeline(SPANS, title="A timeline"),
        pool_plot(POOL, title="A pool"),
        bars({"lazy": 101, "eager": 2}, title="Some bars", unit="statements"),
        layer_plot(
            ["app", "session", "errors"],
            [("app", "session"), ("app", "errors")],
            title="Some layers",
            roles={"session": "AsyncSession"},
        ),
    ]


def bars_of(plot):
    """List the bars of a plot."""
    return [bar for bar in plot.axes.patches if isinstance(bar, Rectangle)]


def texts(plot):
    """List the words of a plot."""
    svg = ET.fromstring(plot._repr_svg_())  # noqa: S314 - our own output
    return [
        "".join(element.itertext()).strip()
        for element in svg.iter("{http://www.w3.org/2000/svg}text")
    ]


def test_the_same_data_gives_the_same_bytes():
    """A rebuilt page changes only where its data changed."""
    first, second = draw_all(), draw_all()
    for plot, again in zip(first, second, strict=True):
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


def test_a_timeline_has_a_row_for_each_label():
    """Rows are in the order in which their work began."""
    plot = timeline(SPANS, title="A timeline")
    labels = [label.get_text() for label in plot.axes.get_yticklabels()]
    assert labels == ["first", "second"]
    drawn = [bar.get_bbox() for bar in bars_of(plot)]
    assert [box.x0 for box in drawn] == [500, 0, 1500]
    assert [box.width for box in drawn] == [1000, 500, 500]
    assert {"A timeline", "milliseconds", "waiting", "working"} <= set(
        texts(plot)
    )


def test_one_kind_needs_no_legend():
    """A timeline of one kind says so in its title."""
    assert not timeline(SPANS[:1], title="x").figure.legends


def test_kinds_differ_by_more_than_colour():
    """Who sees no colours sees the patterns."""
    spans = [Span("a", n, n + 1, str(n)) for n in range(6)]
    looks = [
        (bar.get_facecolor(), bar.get_hatch())
        for bar in bars_of(timeline(spans, title="x"))
    ]
    assert len({colour for colour, _ in looks}) == 6
    assert len({hatch for _, hatch in looks}) == 6


def test_plots_are_light():
    """No pattern makes a drawing heavy: dots are many curves each."""
    spans = [Span("a", n, n + 1, str(n)) for n in range(6)]
    assert len(timeline(spans, title="x")._repr_svg_()) < 40_000


def test_a_pool_plot_names_the_limit():
    """The limit is a line with its numbers."""
    assert {"limit 2 + 1", "connections in use", "tasks waiting"} <= set(
        texts(pool_plot(POOL, title="x"))
    )


def test_a_pool_plot_says_what_its_axes_count():
    """Both axes have a label."""
    axes = pool_plot(POOL, title="x").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "milliseconds",
        "how many",
    )


def test_a_pool_plot_names_its_curves():
    """The area is the connections in use, and the line the tasks waiting."""
    axes = pool_plot(POOL, title="x").axes
    [area], line = axes.collections, axes.lines[0]
    assert area.get_label() == "connections in use"
    assert area.get_paths()[0].get_extents().y1 == 3
    assert line.get_label() == "tasks waiting"
    assert line.get_path().get_extents().y1 == 2


def test_bars_belong_to_their_labels():
    """Each bar is as long as its own label's number."""
    plot = bars({"lazy": 101, "eager": 2}, title="x")
    labels = [tick.get_text() for tick in plot.axes.get_yticklabels()]
    lengths = [bar.get_width() for bar in bars_of(plot)]
    assert dict(zip(labels, lengths, strict=True)) == {"lazy": 101, "eager": 2}


def test_bars_carry_their_numbers():
    """A reader need not measure a bar."""
    assert {"101", "2", "lazy", "eager", "n"} <= set(
        texts(bars({"lazy": 101, "eager": 2}, title="x", unit="n"))
    )


def test_layers_are_drawn_in_order_with_an_arrow_for_each_import():
    """A module is below what imports it, and an arrow shows its direction."""
    plot = layer_plot(
        ["app", "session", "errors"],
        [("app", "errors"), ("errors", "session")],
        title="x",
        roles={"session": "AsyncSession"},
    )
    words = [word for word in texts(plot) if word not in {"", "x"}]
    assert words == ["app", "AsyncSession", "session", "errors"]
    curves = [
        arrow._path_original.vertices[:, 1]  # noqa: SLF001 - no public way
        for arrow in plot.axes.patches
    ]
    ends = [(round(curve[0]), round(curve[-1])) for curve in curves]
    assert ends == [(0, 2), (2, 1)]


@pytest.mark.parametrize("plot", draw_all(), ids=repr)
def test_words_are_large_enough_for_a_phone(plot):
    """Shown 345 pixels wide, no word is smaller than 11 pixels."""
    shown = 345 / (plot.figure.get_figwidth() * 72)
    svg = plot._repr_svg_()
    sizes = [
        float(part.split("px")[0]) for part in svg.split("font-size: ")[1:]
    ]
    assert sizes
    assert min(sizes) * shown >= 11


@pytest.mark.parametrize("plot", draw_all(), ids=repr)
def test_the_picture_brings_its_own_background(plot):
    """It is legible on a light and on a dark page."""
    assert plot.figure.get_facecolor() == (1, 1, 1, 1)
    assert "#ffffff" in plot._repr_svg_()


def test_the_notebooks_own_style_is_left_alone():
    """Drawing changes no global setting."""
    before = mpl.rcParams.copy()
    for plot in draw_all():
        plot._repr_svg_()
    assert mpl.rcParams.copy() == before
    assert "matplotlib.pyplot" not in sys.modules


def test_without_pictures_the_title_stands_in():
    """A terminal shows what the picture would tell."""
    assert repr(bars({"a": 1}, title="x")) == "<Plot: x>"
