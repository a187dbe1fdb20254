"""A Markdown text's own words, line by line, apart from code and links."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt


@dataclass(slots=True)
class Line:
    """A line of a text, as its author broke it.

    Attributes:
        number: Its number in the text, from 1.
        text: Its words, without code and links.
        code: Its spans of code, without those in links.
        links: The text and the address of each link.
    """

    number: int
    text: str = ""
    code: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sourced(self) -> bool:
        """Whether the line names a source: a page somewhere else."""
        return any(address.startswith("http") for _, address in self.links)


def lines(source: str) -> Iterator[Line]:
    """Read a text's lines; blocks of code and of HTML are left aside.

    Args:
        source: The text, in Markdown.

    Yields:
        Each line that has its own words.
    """
    for token in MarkdownIt().parse(source):
        if token.type != "inline":
            continue
        line = Line((token.map or [0])[0] + 1)
        linked, address = False, ""
        for child in token.children or ():
            if child.type in {"softbreak", "hardbreak"}:
                yield line
                line = Line(line.number + 1)
            elif child.type == "link_open":
                linked, address = True, str(child.attrGet("href"))
                line.links.append(("", address))
            elif child.type == "link_close":
                linked = False
            elif linked:
                text, _ = line.links.pop() if line.links else ("", "")
                line.links.append((text + child.content, address))
            elif child.type == "code_inline":
                line.code.append(child.content)
            elif child.type == "text":
                line.text += child.content
        yield line
