"""What a built site has to hold, as functions that list what is wrong.

They read files alone, so that planted pages can show each of them failing.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup

COPYRIGHT = "2026, the Async SQLAlchemy Cheat Sheet contributors"
LOCAL = "http://site/"  # stands for the site's address, whatever it is
# Bytes of a page and what it loads, as servers send them, and how many files.
FIRST_VISIT = 150 * 1024
NEXT_PAGE = 30 * 1024  # without what every page loads, and without plots
REQUESTS = 12
# Pages that hold whole tables: more than a reader of the next lesson loads.
TABLES = {"book/portability.html": 60 * 1024}

# What a page loads; `a` is where a reader may go.
LOADING = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "input": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "track": "src",
    "video": "src",
}

# Links in a page's head that name other pages, and load nothing.
PAGES = {"alternate", "author", "canonical", "index", "next", "prev", "search"}

# The lesson that always runs on SQLite, and says why.
ON_SQLITE = "notebooks/11-sqlite-reality.html"
# How a stamp names each database that outputs come from.
STAMPED = {
    "sqlite": ("SQLite ",),
    "postgresql": ("PostgreSQL ",),
    "mysql": ("MariaDB ", "MySQL "),
}

# In text that a browser runs: an address that can be loaded as code, style,
# font or data, or that is a delivery network's.
LOADABLE = re.compile(
    r"""(?:https?:)?//(?:
        [\w.-]*(?:cdn|unpkg|jsdelivr|googleapis|gstatic)[\w.-]*/
        | [^\s"'`<>()]+\.(?:m?js|css|json|wasm|woff2?)(?=["'`?\#\s]|$)
    )[^\s"'`<>)]*""",
    re.VERBOSE,
)
STYLE_LOADS = re.compile(
    r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]+)"""
)
REORDERS = re.compile(r"(?<![\w-])order:\s*[^;}]+|\b\w+-reverse\b")

# What linkify makes of a file's name: `models.py` is a domain of Paraguay.
FILE_AS_HOST = re.compile(
    r"https?://[\w.-]+\.(?:cfg|ini|ipynb|lock|md|py|rs|sh|toml|ya?ml)/?"
)
# The colours of code: three of four elements, and nothing to check.
CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
COLOUR = re.compile(r'</span>|<span class="[^"]*">')
HEADINGS = [f"h{level}" for level in range(1, 7)]
FILE_AS_ALT = re.compile(r"\S+\.(?:gif|jpe?g|png|svg|webp)", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes:
        root: The site's folder.
        name: The page's path in it.
    """

    root: Path
    name: str

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The page, parsed, with its code in plain."""
        text = (self.root / self.name).read_text(encoding="utf-8")
        plain = CODE.sub(lambda code: COLOUR.sub("", code[0]), text)
        return BeautifulSoup(plain, "html.parser")

    @cached_property
    def anchors(self) -> set[str]:
        """The ids and names that a link can lead to."""
        return {
            str(tag[key])
            for tag in self.soup.find_all()
            for key in ("id", "name")
            if key in tag.attrs
        }

    @property
    def is_lesson(self) -> bool:
        """Whether it was a notebook."""
        return self.name.startswith("notebooks/")

    @property
    def databases(self) -> set[str]:
        """The databases whose outputs it shows, as its stamp tells."""
        stamp = self.soup.select_one(".stamp")
        text = stamp.text.replace("\N{NO-BREAK SPACE}", " ") if stamp else ""
        return {
            name
            for name, words in STAMPED.items()
            if any(word in text for word in words)
        }

    @cached_property
    def loads(self) -> list[str]:
        """The addresses of what the page loads by itself."""
        found = []
        for tag in self.soup.find_all():
            address = tag.get(LOADING.get(tag.name, ""))
            if address and not PAGES & set(tag.get("rel") or []):
                found.append(str(address))
            if "srcset" in tag.attrs:
                choices = str(tag["srcset"]).split(",")
                found += [choice.split()[0] for choice in choices]
        return found

    def file(self, address: str) -> Path | None:
        """Find the file behind an address on the page, if it is the site's."""
        parts = urlsplit(urljoin(LOCAL + self.name, address))
        if not parts.geturl().startswith(LOCAL):
            return None
        path = self.root / unquote(parts.path).lstrip("/")
        return path / "index.html" if path.is_dir() else path


@dataclass(frozen=True)
class Site:
    """A built site.

    Attributes:
        root: Its folder.
    """

    root: Path

    @cached_property
    def pages(self) -> dict[str, Page]:
        """The pages by their names."""
        names = sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*.html")
        )
        return {name: Page(self.root, name) for name in names}

    @property
    def lessons(self) -> list[Page]:
        """The pages that were notebooks."""
        return [page for page in self.pages.values() if page.is_lesson]


def third_parties(site: Site) -> list[str]:
    """Find what a reader's browser would load from somewhere else."""
    found = []
    for page in site.pages.values():
        found += [
            f"{page.name} loads {address}"
            for address in page.loads
            if page.file(address) is None and not address.startswith("data:")
        ]
        for tag in page.soup.find_all(["script", "style"]):
            found += [f"{page.name} has {url}" for url in _loadable(tag.text)]
        for tag in page.soup.find_all(style=True):
            text = str(tag["style"])
            found += [f"{page.name} has {url}" for url in _loadable(text)]
    for path in _files(site, "*.css", "*.js", "*.svg"):
        name = path.relative_to(site.root)
        text = path.read_text(encoding="utf-8")
        found += [f"{name} has {url}" for url in _loadable(text)]
    return found


def reordered(site: Site) -> list[str]:
    """Find styles that show parts in another order than pages have them.

    Such a page jumps while it loads, and keys do not follow the eyes.
    """
    return [
        f"{path.relative_to(site.root)} has {found}"
        for path in _files(site, "*.css")
        for found in REORDERS.findall(path.read_text(encoding="utf-8"))
    ]


def broken_links(site: Site) -> list[str]:
    """Find links and files that lead nowhere inside of the site."""
    found = []
    for page in site.pages.values():
        links = {
            str(tag["href"])
            for tag in page.soup.find_all(["a", "link"], href=True)
            if "canonical" not in tag.get_attribute_list("rel")
        }
        for address in links.union(page.loads):
            path = page.file(address)
            if path is None:
                continue
            anchor = unquote(urlsplit(address).fragment)
            if not path.is_file():
                found.append(f"{page.name}: no file for {address}")
            elif anchor and path.suffix == ".html":
                target = path.relative_to(site.root).as_posix()
                if anchor not in site.pages[target].anchors:
                    found.append(f"{page.name}: no anchor for {address}")
    return found


def file_names_as_links(page: Page) -> list[str]:
    """Find links that are files' names taken for addresses."""
    return [
        f"{page.name} links to {a['href']}"
        for a in page.soup.find_all("a", href=True)
        if FILE_AS_HOST.fullmatch(str(a["href"]))
    ]


def page_problems(page: Page) -> list[str]:
    """Find what every page has to have, and this one lacks."""
    soup = page.soup
    title = soup.title.text.strip() if soup.title else ""
    lang = soup.html.get("lang") if soup.html else None
    description = soup.select_one("meta[name=description][content]")
    icon = soup.select_one("link[rel=icon]")
    search = soup.select(".search-button__button")
    footer = soup.select_one(".foot")
    wanted = {
        "a title": bool(title),
        "its language": lang == "en",
        "one h1": len(soup.select("h1")) == 1,
        "a description": bool(description and description["content"]),
        "a favicon": bool(icon),
        "one way to search": len(search) == 1,
        "the copyright": bool(footer and COPYRIGHT in footer.text),
    }
    return [
        f"{page.name} lacks {name}"
        for name, there in wanted.items()
        if not there
    ]


def repeated_titles(site: Site) -> list[str]:
    """Find titles that more than one page has."""
    titles = Counter(
        page.soup.title.text.strip()
        for page in site.pages.values()
        if page.soup.title
    )
    return [title for title, count in titles.items() if count > 1]


def stale_stamp(page: Page, source: str) -> list[str]:
    """Find a page that is not stamped with a source and its versions."""
    stamp = page.soup.select_one(".stamp")
    code = stamp.code if stamp else None
    if stamp is None or code is None:
        return [f"{page.name} has no stamp"]
    if code.text != source:
        return [f"{page.name} comes from source {code.text}, not {source}"]
    missing = [
        name for name in ("Python", "SQLAlchemy") if name not in stamp.text
    ]
    return [f"{page.name} does not tell {name}'s version" for name in missing]


def other_databases(site: Site) -> list[str]:
    """Find lessons that another set of databases executed than the rest."""
    everywhere = {name for page in site.lessons for name in page.databases}
    found = []
    for page in site.lessons:
        if not re.match(r"notebooks/\d\d-", page.name):  # it may ask fewer
            continue
        wanted = {"sqlite"} if page.name == ON_SQLITE else everywhere
        found += [
            f"{page.name} was not executed on {name}"
            for name in sorted(wanted - page.databases)
        ]
    return found


def unlabelled_outputs(page: Page) -> list[str]:
    """Find outputs that differ and do not say whose they are, or differ not.

    Each of the boxes needs two panels at least, each under its databases'
    names, and no database twice.
    """
    found = []
    for box in page.soup.select(".databases"):
        panels = box.select(".databases__one")
        labels = [
            label.text.strip()
            for panel in panels
            if (label := panel.select_one(".databases__label"))
        ]
        names = ", ".join(labels).split(", ")
        if len(panels) < 2 or len(labels) < len(panels) or "" in names:
            found.append(f"{page.name} has a box with {labels}")
        elif len(set(names)) < len(names):
            found.append(f"{page.name} has a database twice in {labels}")
    return found


def repeated_ids(page: Page) -> list[str]:
    """Find ids that two outputs have, so that a link misses one of them."""
    counted = Counter(
        str(tag["id"])
        for tag in page.soup.find_all(id=True)
        if tag.find_parent(class_="cell_output")
    )
    return [
        f"{page.name} has {count} times #{name}"
        for name, count in counted.items()
        if count > 1
    ]


def images_without_text(page: Page) -> list[str]:
    """Find images without words that stand for them."""
    found = []
    for image in page.soup.find_all("img"):
        alt = str(image.get("alt") or "").strip()
        if not alt or FILE_AS_ALT.fullmatch(alt):
            found.append(f"{page.name}: {image.get('src')} says {alt!r}")
    return found


def nameless(page: Page) -> list[str]:
    """Find links and buttons that a screen reader has no words for."""
    found = []
    for tag in page.soup.find_all(["a", "button", "summary"]):
        if tag.name == "a" and "href" not in tag.attrs:
            continue
        texts = (tag.text, tag.get("aria-label"), tag.get("title"))
        images = [str(image.get("alt") or "") for image in tag.find_all("img")]
        if not any(str(text or "").strip() for text in (*texts, *images)):
            found.append(
                f"{page.name} has a <{tag.name}> without words: {tag}"
            )
    return found


def skipped_headings(page: Page) -> list[str]:
    """Find headings that are more than one level below the one before."""
    found, before = [], 0
    main = page.soup.main or page.soup
    for tag in main.find_all(HEADINGS):
        level = int(tag.name[1])
        if level > before + 1:
            found.append(f"{page.name}: {tag.name} {tag.text.strip()!r}")
        before = level
    return found


def sent(content: bytes) -> int:
    """Tell how many bytes a server sends for a file: it compresses."""
    return len(gzip.compress(content, 6))


def excess_weight(site: Site) -> list[str]:
    """Find pages that are heavy, on a first visit or as the next page."""
    home = site.pages.get("index.html")
    shared = set(_loaded(home)) if home else set()
    found = []
    for page in site.pages.values():
        files = _loaded(page)
        if (first := sum(map(_weight, files))) > FIRST_VISIT:
            found.append(f"{page.name} weighs {first}")
        if len(files) > REQUESTS:
            found.append(f"{page.name} loads {len(files)} files")
        own = [path for path in files if not _is_plot(path, site)]
        rest = sum(_weight(path) for path in own if path not in shared)
        if rest > TABLES.get(page.name, NEXT_PAGE):
            found.append(f"{page.name} weighs {rest} as the next page")
    return found


def _loaded(page: Page) -> list[Path]:
    """List a page's file and those that it loads, each once."""
    files = [page.root / page.name]
    files += [path for url in page.loads if (path := page.file(url))]
    return [path for path in dict.fromkeys(files) if path.is_file()]


def _is_plot(path: Path, site: Site) -> bool:
    return path.is_relative_to(site.root / "_images")


def lost_addresses(site: Site, published: Iterable[str]) -> list[str]:
    """Find addresses that were published once and lead nowhere now."""
    return [name for name in published if not (site.root / name).is_file()]


def unlisted_addresses(site: Site, published: Iterable[str]) -> list[str]:
    """Find pages whose address nobody has written down for later."""
    kept = {*published, "404.html"}
    return [name for name in site.pages if name not in kept]


def without_markdown(page: Page) -> list[str]:
    """Find a page whose Markdown is missing, or says nothing."""
    link = page.soup.select_one('link[type="text/markdown"]')
    path = page.file(str(link["href"])) if link else None
    if path is None or not path.is_file():
        return [f"{page.name} has no Markdown"]
    text = path.read_text(encoding="utf-8")
    return [] if text.startswith("# ") else [f"{path.name} has no title"]


def repository_problems(page: Page, address: str | None) -> list[str]:
    """Find links to a repository that is another one, or not known."""
    links = [
        str(a["href"])
        for a in page.soup.select("header a[href], a[href*='mybinder.org']")
        if page.file(str(a["href"])) is None
    ]
    if address is None:
        return [f"{page.name} links to {link}" for link in links]
    slug = urlsplit(address).path
    binder = f"https://mybinder.org/v2/gh{slug}/"
    found = [
        f"{page.name} links to {link}"
        for link in links
        if link != address and not link.startswith((f"{address}/", binder))
    ]
    return found if links else [f"{page.name} does not link to {address}"]


def mathjax(page: Page) -> list[str]:
    """Find formulas, which nothing on the site is."""
    scripts = " ".join(map(str, page.soup.find_all("script")))
    loads = "mathjax" in scripts.lower()
    formulas = page.soup.find(class_="math")
    return [f"{page.name} has formulas"] if loads or formulas else []


def without_outputs(page: Page) -> list[str]:
    """Find a lesson that shows no output."""
    shown = page.soup.select_one(".cell_output")
    return [] if shown else [f"{page.name} shows no output"]


@cache
def _weight(path: Path) -> int:
    """Weigh a file once, however many pages load it."""
    return sent(path.read_bytes())


def _loadable(text: str) -> set[str]:
    code = {match.group() for match in LOADABLE.finditer(text)}
    return code | {match[1] for match in STYLE_LOADS.finditer(text)}


def _files(site: Site, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        yield from site.root.rglob(pattern)
