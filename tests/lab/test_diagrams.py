"""Boxes, and arrows between them."""

import pytest
from matplotlib.patches import FancyArrowPatch

from lab import Arrow, lane_plot, layer_plot
from tests.lab.pictures import texts


def arrows_of(plot):
    """List the arrows of a picture."""
    found = plot.axes.patches
    return [patch for patch in found if isinstance(patch, FancyArrowPatch)]


def looks_of(plot):
    """List the colours and lines of a picture's arrows."""
    found = arrows_of(plot)
    return [(arrow.get_edgecolor(), arrow.get_linestyle()) for arrow in found]


def test_layers_are_drawn_in_order_with_an_arrow_for_each():
    """Lower layers are below, one with a role is shaded, arrows have ends."""
    plot = layer_plot(
        ["app", "session", "errors"],
        [Arrow("app", "errors"), Arrow("errors", "session")],
        title="x",
        roles={"session": "AsyncSession"},
    )
    words = {text.get_text(): text for text in plot.axes.texts}
    app, session, errors = (words[n] for n in ("app", "session", "errors"))
    rows = [text.get_position()[1] for text in (app, session, errors)]
    assert rows == [0, 1, 2]
    assert plot.axes.yaxis_inverted()
    assert words["AsyncSession"].get_position()[1] == rows[1]
    above, shaded, below = (
        text.get_bbox_patch().get_facecolor()
        for text in (app, session, errors)
    )
    assert shaded != above == below
    curves = [
        arrow._path_original.vertices[:, 1]  # noqa: SLF001 - no public way
        for arrow in arrows_of(plot)
    ]
    ends = [(round(curve[0]), round(curve[-1])) for curve in curves]
    assert ends == [(0, 2), (2, 1)]


def test_lanes_are_read_from_top_to_bottom():
    """Each arrow has a row, and leads from lane to lane under its text."""
    plot = lane_plot(
        ["client", "app", "database"],
        [Arrow("client", "app", "asks"), Arrow("app", "database", "SELECT")],
        title="x",
    )
    words = [word for word in texts(plot) if word != "x"]
    assert words == ["client", "app", "database", "asks", "SELECT"]
    ends = [arrow._posA_posB for arrow in arrows_of(plot)]  # noqa: SLF001 - no public way
    assert [[x for x, _ in pair] for pair in ends] == [
        [1 / 6, 1 / 2],
        [1 / 2, 5 / 6],
    ]
    (first, _), (second, _) = ([y for _, y in pair] for pair in ends)
    assert 1 <= first < second


@pytest.mark.parametrize(
    ("lane", "side", "x"), [("one", "left", 0.25), ("two", "right", 0.75)]
)
def test_what_happens_in_one_lane_is_a_dot(lane, side, x):
    """Its text stands where the picture has room."""
    plot = lane_plot(["one", "two"], [Arrow(lane, lane, "waits")], title="x")
    assert arrows_of(plot) == []
    [dot] = [line for line in plot.axes.lines if line.get_marker() == "o"]
    assert dot.get_xdata() == [x]
    [text] = [text for text in plot.axes.texts if text.get_text() == "waits"]
    assert text.get_horizontalalignment() == side
    assert (text.get_position()[0] > x) == (side == "left")


def test_kinds_differ_by_more_than_colour_and_are_named():
    """Who sees no colours sees the lines; beside kinds, no kind is grey."""
    pair = ("a", "b")
    arrows = [Arrow(*pair), Arrow(*pair, kind="one"), Arrow(*pair, kind="two")]
    plot = layer_plot(pair, arrows, title="x")
    grey, one, two = looks_of(plot)
    assert len({grey[0], one[0], two[0]}) == 3
    assert one[1] != two[1]
    assert {"one", "two"} <= set(texts(plot))


def test_two_kinds_between_the_same_layers_are_both_seen():
    """They do not lie on each other."""
    arrows = [Arrow("a", "b", kind="one"), Arrow("a", "b", kind="two")]
    one, two = arrows_of(layer_plot(["a", "b"], arrows, title="x"))
    assert one._path_original != two._path_original  # noqa: SLF001 - no public way


def test_without_kinds_there_is_no_legend():
    """Arrows of one kind are explained by the title."""
    plot = layer_plot(["a", "b"], [Arrow("a", "b")], title="x")
    assert not plot.figure.legends


def test_a_third_kind_is_refused():
    """A picture with more than two kinds is two pictures."""
    arrows = [Arrow("a", "b", kind=kind) for kind in ("one", "two", "three")]
    with pytest.raises(ValueError, match="two kinds"):
        layer_plot(["a", "b"], arrows, title="x")
