"""Pictures of what was measured."""

from matplotlib.patches import Rectangle

from lab import PoolSample, PoolWatch, Span, bars, pool_plot, timeline
from tests.lab.pictures import texts

SPANS = [
    Span("second", 1.0, 2.0, "waiting"),
    Span("first", 0.5, 1.0, "working"),
    Span("second", 2.0, 2.5, "working"),
]
POOL = PoolWatch(
    2,
    1,
    [PoolSample(0.0, 0, 0), PoolSample(0.1, 3, 5), PoolSample(0.2, 0, 0)],
)


def bars_of(plot):
    """List the bars of a plot."""
    return [bar for bar in plot.axes.patches if isinstance(bar, Rectangle)]


def level(plot):
    """List the lines that are as high everywhere."""
    return [
        line for line in plot.axes.lines if len(set(line.get_ydata())) == 1
    ]


def test_a_timeline_has_a_row_for_each_label():
    """Rows are in the order in which their work began."""
    plot = timeline(SPANS, title="A timeline")
    labels = [label.get_text() for label in plot.axes.get_yticklabels()]
    assert labels == ["first", "second"]
    assert plot.axes.yaxis_inverted()
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
    plot = pool_plot(POOL, title="x")
    assert {"limit 2 + 1", "connections in use", "tasks waiting"} <= set(
        texts(plot)
    )
    heights = [line.get_path().get_extents().y1 for line in level(plot)]
    assert heights == [POOL.limit]


def test_a_pool_plot_says_what_its_axes_count():
    """Both axes have a label."""
    axes = pool_plot(POOL, title="x").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "milliseconds",
        "how many",
    )


def test_a_pool_plot_names_its_curves():
    """The area is the connections in use, and the line the tasks waiting.

    What was seen lasts until the next look, and all of it is in the picture.
    """
    axes = pool_plot(POOL, title="x").axes
    [area], lines = axes.collections, axes.lines
    [line] = [each for each in lines if each.get_label() == "tasks waiting"]
    assert area.get_label() == "connections in use"
    [path] = area.get_paths()
    assert path.get_extents().y1 == 3
    assert path.contains_point((150, 1))
    assert not path.contains_point((50, 1))
    assert line.get_drawstyle() == "steps-post"
    assert line.get_path().get_extents().y1 == 5 < axes.get_ylim()[1]


def test_bars_belong_to_their_labels():
    """Each bar is as long as its own label's number, the first on top."""
    plot = bars({"lazy": 0.101, "eager": 0.002}, title="x")
    labels = [tick.get_text() for tick in plot.axes.get_yticklabels()]
    lengths = [bar.get_width() for bar in bars_of(plot)]
    assert dict(zip(labels, lengths, strict=True)) == {"lazy": 101, "eager": 2}
    assert plot.axes.yaxis_inverted()


def test_bars_carry_their_numbers():
    """A reader need not measure a bar, and knows the unit."""
    plot = bars({"lazy": 0.1014, "eager": 1.0}, title="x")
    wanted = {"101", "1000", "lazy", "eager", "milliseconds"}
    assert wanted <= set(texts(plot))
