"""What a picture shows."""

from xml.etree import ElementTree as ET

from lab import Plot


def texts(plot: Plot) -> list[str]:
    """List the words of a picture, from top to bottom as it was drawn."""
    svg = ET.fromstring(plot._repr_svg_())  # noqa: S314 - our own output
    return [
        "".join(element.itertext()).strip()
        for element in svg.iter("{http://www.w3.org/2000/svg}text")
    ]
