"""Where a notebook can be opened and run, once its repository is known."""

from collections.abc import Iterable
from urllib.parse import quote

from press.site.repository import GITHUB

BRANCH = "main"


def places(address: str, file: str) -> dict[str, str]:
    """List where services open a notebook from its repository, by their names.

    They cannot read a repository that is not on github.com: there are none.
    """
    if not address.startswith(f"{GITHUB}/"):
        return {}
    slug = address.removeprefix(GITHUB)
    path = quote(file)
    return {
        "Colab": (
            f"https://colab.research.google.com/github{slug}"
            f"/blob/{BRANCH}/{path}"
        ),
        "Binder": (
            f"https://mybinder.org/v2/gh{slug}/{BRANCH}"
            f"?urlpath=lab/tree/{path}"
        ),
        "Codespaces": f"https://codespaces.new{slug}",
    }


def set_up_cell(address: str, packages: Iterable[str]) -> str:
    """Write the cell to run first where a notebook is opened all alone.

    It installs the repository's package, and what else notebooks import.
    """
    return " ".join(["%pip install --quiet", f"git+{address}", *packages])
