"""Zips and notebooks that readers download."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from press.site.downloads import around, write_zip
from tests.sphinx_build import build

CONF = """\
project = "Pond"
extensions = ["myst_nb", "press.site.downloads"]
nitpicky = True
nb_execution_mode = "off"
press_downloads = {
    "pond.zip": {"pond": "src/pond"},
    "all.zip": {"all/deep": "deep", "all/NOTES": "notes.txt"},
}
"""
INDEX = """\
# Pond

```{toctree}
deep/page
```

Take the [pond](src/pond).
"""
PAGE = "# Page\n\nTake the [*whole* pond](../src/pond), not [this](../src).\n"


@pytest.fixture
def pond(tmp_path: Path) -> Path:
    """Make a book whose pages link to a folder."""
    files = {
        "conf.py": CONF,
        "index.md": INDEX,
        "deep/page.md": PAGE,
        "notes.txt": "Feed them.",
        "src/pond/__init__.py": "DEPTH = 2\n",
        "src/pond/fish/carp.py": "AGE = 9\n",
        "src/pond/__pycache__/carp.pyc": "compiled",
    }
    for name, content in files.items():
        path = tmp_path / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "book"


def test_a_link_to_the_folder_leads_to_its_zip(
    pond: Path, tmp_path: Path
) -> None:
    """From any page; a link to another folder is missing, as before."""
    out = tmp_path / "out"
    out.mkdir()
    warnings, pages = build(pond, out)
    assert warnings.count("\n") == 1
    assert "'../src'" in warnings
    link = pages["index"].select_one("a.reference[href$=zip]")
    assert link is not None
    assert (link.text, link["href"]) == ("pond", "_downloads/pond.zip")
    page = (out / "html/deep/page.html").read_text()
    assert 'href="../_downloads/pond.zip"' in page
    assert "<em>whole</em>" in page
    with ZipFile(out / "html/_downloads/pond.zip") as packed:
        assert packed.namelist() == ["pond/__init__.py", "pond/fish/carp.py"]
        assert packed.read("pond/fish/carp.py") == b"AGE = 9\n"


def test_the_zip_depends_on_the_files_alone(
    pond: Path, tmp_path: Path
) -> None:
    """Written again from a newer copy, it is the same."""
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    write_zip(first, pond, {"pond": "src/pond"})
    (pond / "src/pond/__init__.py").touch()
    write_zip(second, pond, {"pond": "src/pond"})
    assert first.read_bytes() == second.read_bytes()


def test_an_empty_folder_is_refused(pond: Path, tmp_path: Path) -> None:
    """A folder that was renamed is noticed, not packed as nothing."""
    with pytest.raises(FileNotFoundError, match="no files in"):
        write_zip(tmp_path / "gone.zip", pond, {"gone": "src/gone"})


def test_a_zip_takes_files_and_folders_to_new_places(
    pond: Path, tmp_path: Path
) -> None:
    """What it unpacks to need not look like the project."""
    parts = {"all/deep": "deep", "all/NOTES": "notes.txt"}
    write_zip(tmp_path / "all.zip", pond, parts)
    with ZipFile(tmp_path / "all.zip") as packed:
        assert packed.namelist() == ["all/deep/page.md", "all/NOTES"]


def test_a_page_offers_the_zip_that_it_is_in() -> None:
    """A notebook is in the zip that begins with its folder."""
    zips = {
        "pond.zip": {"pond": "src/pond"},
        "all.zip": {"all/deep": "deep", "all/NOTES": "notes.txt"},
    }
    assert around(zips, "deep/er/page.ipynb") == "all.zip"
    assert around(zips, "notes.txt") == ""
