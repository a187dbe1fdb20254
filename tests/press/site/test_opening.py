"""Where notebooks can be opened."""

from press.site.opening import places

ADDRESS = "https://github.com/owner/name"


def test_services_get_the_notebook_in_the_repository() -> None:
    """Each is told where the notebook is."""
    found = places(ADDRESS, "notebooks/a b.ipynb")
    assert found == {
        "Colab": (
            "https://colab.research.google.com/github/owner/name/blob/main/"
            "notebooks/a%20b.ipynb"
        ),
        "Binder": (
            "https://mybinder.org/v2/gh/owner/name/main"
            "?urlpath=lab/tree/notebooks/a%20b.ipynb"
        ),
        "Codespaces": "https://codespaces.new/owner/name",
    }


def test_services_are_offered_for_github_alone() -> None:
    """A company's own GitHub is not what they can read."""
    assert places("https://github.example.org/o/n", "a.ipynb") == {}
