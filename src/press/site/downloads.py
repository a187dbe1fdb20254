"""What readers take away: zips of parts of the project, and its notebooks.

A page links to the first folder of a zip, which works in a checkout and on
GitHub. On the site the same link leads to the zip, which is written with
each build. A notebook is offered as it is stored, without what the press
adds for its page.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from press.book.book import own_files
from press.site.files import when_finished
from press.site.repository import project

PLACE = "_downloads"


def setup(app: Sphinx) -> None:
    """Register the setting, what turns links, and what writes the files."""
    app.add_config_value("press_downloads", {}, "env", [dict])
    app.connect("doctree-read", link_to_zips)
    when_finished(app, write)


def link_to_zips(app: Sphinx, doctree: nodes.document) -> None:
    """Let each link to a zip's first folder lead to the zip."""
    zips = {
        Path(app.srcdir, first(parts)).resolve(): name
        for name, parts in app.config.press_downloads.items()
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


def first(parts: Mapping[str, str]) -> str:
    """Give the folder of the project that a zip's parts begin with."""
    return next(iter(parts.values()))


def around(downloads: Mapping[str, Mapping[str, str]], file: str) -> str:
    """Name the zip whose first folder a file is in; empty if there is none."""
    for name, parts in downloads.items():
        if Path(file).is_relative_to(first(parts)):
            return name
    return ""


def write(app: Sphinx) -> None:
    """Write the zips that ``press_downloads`` names, and the notebooks."""
    root = project(Path(app.srcdir))
    place = Path(app.outdir, PLACE)
    for name, parts in app.config.press_downloads.items():
        place.mkdir(exist_ok=True)
        write_zip(place / name, root, parts)
    for page in app.env.found_docs:
        file = app.env.doc2path(page, base=False)
        copy = Path(app.outdir, "_sources", file)
        if copy.suffix == ".ipynb" and copy.is_file():
            shutil.copyfile(root / file, copy)


def write_zip(path: Path, root: Path, parts: Mapping[str, str]) -> None:
    """Pack files and folders of a project, by their places in the zip.

    The same files make the same bytes.

    Raises:
        FileNotFoundError: There is no such file or folder, or it is empty.
    """
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        for place, part in parts.items():
            source = root / part
            files = sorted(own_files(source))
            if not files:
                raise FileNotFoundError(f"There are no files in {source}.")
            for each in files:
                name = Path(place, each.relative_to(source)).as_posix()
                packed.writestr(
                    ZipInfo(name),
                    each.read_bytes(),
                    compress_type=ZIP_DEFLATED,
                )
