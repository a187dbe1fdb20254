"""Names of the code in prose: `[text](#package.module.name)`.

Sphinx resolves such a link where an API reference documents the name.
Where none does, the name is imported: if it exists, it is shown without
a link; if it is gone, the reference is missing, which `-n -W` reports.
"""

import pkgutil

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.builders import Builder
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment


class NameDomain(Domain):
    """The public names of the packages in `press_packages`."""

    name = "name"
    label = "Names of the code"
    data_version = 1

    def resolve_any_xref(  # noqa: PLR0913, PLR0917 - Sphinx calls it so
        self,
        env: BuildEnvironment,
        fromdocname: str,  # noqa: ARG002 - Sphinx passes it
        builder: Builder,  # noqa: ARG002 - Sphinx passes it
        target: str,
        node: pending_xref,  # noqa: ARG002 - Sphinx passes it
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.Element]]:
        """Show a name that can be imported and that no page documents.

        Args:
            env: Sphinx' knowledge of the book.
            fromdocname: The page that refers to the name.
            builder: What builds the book.
            target: The name, dotted.
            node: The unresolved reference.
            contnode: What the page shows.

        Returns:
            What the page shows, as it is; nothing where the name is not
            one of ours, is documented, or does not exist.
        """
        package, _, rest = target.partition(".")
        if package not in env.config.press_packages or not rest:
            return []
        if target in env.domaindata["py"]["objects"]:
            return []
        return [("name:object", contnode)] if exists(target) else []

    def merge_domaindata(
        self, docnames: list[str], otherdata: dict[str, object]
    ) -> None:
        """Merge nothing: the domain keeps no data.

        Args:
            docnames: The pages that another process read.
            otherdata: What it found.
        """


def exists(name: str) -> bool:
    """Tell whether a dotted name can be imported.

    Args:
        name: A module, or a function, class or attribute in one, such as
            `package.module.Class.method`. What is no name at all is a
            ValueError to `pkgutil`, and does not exist.

    Returns:
        Whether it names something.
    """
    try:
        pkgutil.resolve_name(name)
    except (AttributeError, ImportError, ValueError):
        return False
    return True
