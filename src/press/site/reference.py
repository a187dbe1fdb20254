"""The reference: what each function and class is, with the rest folded.

Whoever reads the page sees each signature and what it is for. Parameters,
errors and a class's members open below it; a link to a member opens them.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from press.site.outputs import Fold


def setup(app: Sphinx) -> None:
    """Register what looks at each page that is about to be written."""
    app.connect("doctree-resolved", fold)


def fold(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Fold what follows the description of a function or class."""
    outermost = [
        content
        for content in doctree.findall(addnodes.desc_content)
        if not isinstance(content.parent.parent, addnodes.desc_content)
    ]
    for content in outermost:
        rest = [child for child in content if _is_detail(child)]
        label = _label(rest)
        if label:
            for child in rest:
                content.remove(child)
            content.append(Fold("", *rest, label=label, classes=["more"]))


def _is_detail(node: nodes.Node) -> bool:
    return isinstance(node, nodes.field_list | addnodes.desc | addnodes.index)


def _label(details: list[nodes.Node]) -> str:
    """Name what is folded: the kinds of its fields, then the members."""
    fields = [
        name.astext()
        for each in details
        if isinstance(each, nodes.field_list)
        for name in each.findall(nodes.field_name)
    ]
    members = [
        f"`{name.astext()}`"
        for each in details
        if isinstance(each, addnodes.desc)
        for name in list(each.findall(addnodes.desc_name))[:1]
    ]
    kinds = ", ".join(fields).capitalize()
    return "; ".join(filter(None, [kinds, ", ".join(members)]))
