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
        """Show a name that can be imported and that no page documents."""
        package, _, rest = target.partition(".")
        if package not in env.config.press_packages or not rest:
            return []
        if target in env.domaindata["py"]["objects"]:
            return []
        return [("name:object", contnode)] if exists(target) else []

    def merge_domaindata(
        self, docnames: list[str], otherdata: dict[str, object]
    ) -> None:
        """Merge nothing: the domain keeps no data."""


def exists(name: str) -> bool:
    """Tell whether `package.module.Class.method`, or the like, is there."""
    try:
        pkgutil.resolve_name(name)
    except (AttributeError, ImportError, ValueError):  # the last: no name
        return False
    return True
