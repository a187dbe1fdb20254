"""Names of code in prose lead to the reference."""

import sys

from tests.sphinx_build import build

CONF = """\
extensions = ["myst_nb", "sphinx.ext.autodoc", "linking"]
press_packages = ["lagoon"]
"""
LINKING = """from press.site import codelinks


def setup(app):
    app.add_config_value("press_packages", [], "env", [list])
    codelinks.setup(app)
"""
MODULE = '''\
"""A lagoon."""


class Frog:
    """A frog."""

    def leap(self):
        """Leap."""


def fill():
    """Fill it."""
'''
REFERENCE = """\
# Reference

```{eval-rst}
.. automodule:: lagoon
   :members:
```
"""
PAGE = """\
# Names of `fill`

Call `fill()` first, then `fill` again; a `Frog` can `leap`, by `Frog.leap`.
See [`fill`](reference.md).

## Again

`fill` once more, and `os.path`.
"""
OWN = """\
# Own

A `Frog` of this page, and `fill`.

```python
class Frog: ...
```
"""


def test_names_are_linked(tmp_path, monkeypatch):
    """The first of each section is, unless the page defines it itself."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "lagoon.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(source))
    (source / "conf.py").write_text(CONF)
    (source / "linking.py").write_text(LINKING)
    (source / "index.md").write_text(
        "# Lagoon\n\n```{toctree}\nreference\npage\nown\n```\n"
    )
    (source / "reference.md").write_text(REFERENCE)
    (source / "page.md").write_text(PAGE)
    (source / "own.md").write_text(OWN)
    warnings, pages = build(source, tmp_path)
    sys.modules.pop("lagoon", None)
    assert not warnings

    def linked(page):
        return [
            (link.get_text(), link["href"])
            for link in pages[page].select("a.code-link")
        ]

    assert linked("page") == [
        ("fill()", "reference.html#lagoon.fill"),
        ("Frog", "reference.html#lagoon.Frog"),
        ("Frog.leap", "reference.html#lagoon.Frog.leap"),
        ("fill", "reference.html#lagoon.fill"),
    ]
    assert linked("own") == [("fill", "reference.html#lagoon.fill")]
