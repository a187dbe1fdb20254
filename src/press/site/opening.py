"""Where a notebook can be opened and run, once its repository is known."""

from collections.abc import Iterable
from urllib.parse import quote

from press.site.repository import GITHUB

BRANCH = "main"


def places(address: str, file: str) -> dict[str, str]:
    """List the services that open a notebook from its repository.

    Args:
        address: The repository's.
        file: The notebook in it.

    Returns:
        Addresses to open, by the services' names; none for a repository
        that is not on github.com, where they cannot read.
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

    Args:
        address: The repository's, whose package the notebooks import.
        packages: What else they import.

    Returns:
        A line of IPython.
    """
    return " ".join(["%pip install --quiet", f"git+{address}", *packages])
