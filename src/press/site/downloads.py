"""Folders of the project to download: a link to one becomes its zip.

A page links to the folder, which works in a checkout and on GitHub. On the
site the same link leads to a zip, which is written with each build.
"""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

PLACE = "_downloads"
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}


def setup(app: Sphinx) -> None:
    """Register the setting, what turns the links, and what writes the zips.

    Args:
        app: The build.
    """
    app.add_config_value("press_downloads", {}, "env", [dict])
    app.connect("doctree-read", link_to_zips)
    app.connect("build-finished", write_zips)


def link_to_zips(app: Sphinx, doctree: nodes.document) -> None:
    """Let each link to a folder of ``press_downloads`` lead to its zip.

    Args:
        app: The build.
        doctree: A page, just read.
    """
    zips = {
        (Path(app.srcdir) / folder).resolve(): name
        for name, folder in app.config.press_downloads.items()
    }
    page = app.env.docname
    beside = Path(app.srcdir, page).parent
    for link in list(doctree.findall(pending_xref)):
        name = zips.get((beside / link["reftarget"]).resolve())
        if name is None or link["reftype"] != "myst":
            continue
        address = relative_uri(
            app.builder.get_target_uri(page), f"{PLACE}/{name}"
        )
        link.replace_self(
            nodes.reference(
                "", "", *link.children, internal=True, refuri=address
            )
        )


def write_zips(app: Sphinx, exception: Exception | None) -> None:
    """Write the zips that ``press_downloads`` names.

    Args:
        app: The build.
        exception: What ended the build early, if anything did.
    """
    if exception is not None or app.builder.format != "html":
        return
    place = Path(app.outdir, PLACE)
    for name, folder in app.config.press_downloads.items():
        place.mkdir(exist_ok=True)
        write_zip(place / name, Path(app.srcdir, folder))


def write_zip(path: Path, folder: Path) -> None:
    """Pack a folder, so that unpacking it makes the folder.

    The same files make the same bytes.

    Args:
        path: The zip.
        folder: The folder.

    Raises:
        FileNotFoundError: There is no such folder, or it is empty.
    """
    files = [
        each
        for each in sorted(folder.rglob("*"))
        if each.is_file() and not _LEFT_OUT & set(each.parts)
    ]
    if not files:
        raise FileNotFoundError(f"There are no files in {folder} to zip.")
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        for each in files:
            name = each.relative_to(folder.parent).as_posix()
            packed.writestr(
                ZipInfo(name), each.read_bytes(), compress_type=ZIP_DEFLATED
            )
