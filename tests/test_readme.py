"""README's promises, and those of the papers beside it."""

import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from bank.app import create_app
from bank.db.url import parse_url
from bank.serve import make_parser
from bank.settings import Settings
from press.book.book import DATABASES, Book
from press.cli import COMMANDS
from press.gates.lint import BIN, programs
from tests.book.test_links import stems

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAPERS = ("README.md", "CONTRIBUTING.md")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

# What is made by the commands, or by the reader.
MADE = {
    "bank.db",
    "_build/html",
    "_build/html/index.html",
    ".venv",
    "notebooks/NN-name.ipynb",
}


def read(name: str) -> str:
    """Read one of the papers."""
    return (ROOT / name).read_text(encoding="utf-8")


def load(name: str) -> Any:
    """Load a YAML file."""
    return yaml.safe_load(read(name))


def commands(text: str) -> list[str]:
    """List the commands in a Markdown text's console blocks."""
    blocks = re.findall(
        r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE
    )
    return [line for block in blocks for line in block.splitlines()]


def targets() -> set[str]:
    """List the targets that `make help` shows."""
    return set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("name", PAPERS)
def test_named_make_targets_exist(name: str) -> None:
    """Every `make` command that a paper shows has its target and option."""
    named = set(
        re.findall(
            r"(?:^|`|\s)make ([a-z-]+)(?=`|$)", read(name), re.MULTILINE
        )
    )
    assert named
    assert named <= targets()
    for option in re.findall(r"make [a-z-]+ ([A-Z]+)=", read(name)):
        assert f"$({option})" in MAKEFILE


def test_make_help_lists_the_targets() -> None:
    """Each target that people may ask for has its line of help."""
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert targets() == set(phony.split())


def test_targets_run_what_there_is() -> None:
    """Each command of the press, and each program, that a target runs exists.

    The environment's programs are beside the Python that runs this test.
    """
    assert set(re.findall(r"-m press ([\w-]+)", MAKEFILE)) == COMMANDS.keys()
    programs = set(re.findall(r"\$\(BIN\)/(\w+)", MAKEFILE))
    beside = Path(sys.executable).parent
    assert [p for p in programs if not (beside / p).exists()] == []
    assert "$(BIN)/jupyter lab START.ipynb\n" in MAKEFILE


@pytest.mark.parametrize("name", PAPERS)
def test_named_paths_exist(name: str) -> None:
    """Every file and folder that a paper names or links to is there."""
    quoted = set(re.findall(r"`([\w.-]+/[\w./-]*|[\w.-]*\.\w+)`", read(name)))
    named = quoted - MADE
    assert named
    named |= set(re.findall(r"\]\(([\w./-]+)\)", read(name)))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_layout_says_what_the_packages_say() -> None:
    """A package's line has its docstring's words, more than another's."""
    rows = dict(
        re.findall(r"^\| `src/(\w+)/` \| (.+) \|$", README, re.MULTILINE)
    )
    said = {name: stems(import_module(name).__doc__ or "") for name in rows}
    for name, line in rows.items():
        shared = {each: len(stems(line) & said[each]) for each in rows}
        assert max(shared, key=shared.__getitem__) == name, (line, shared)


def test_layout_has_every_room_and_page() -> None:
    """Each package has its line, and each page beyond the sheet its link."""
    packages = {path.parent.name for path in ROOT.glob("src/*/__init__.py")}
    assert {x for x in packages if f"\n| `src/{x}/` |" not in README} == set()
    pages = {path.stem for path in ROOT.glob("notebooks/beyond/*.ipynb")}
    links = re.findall(r"\[([^]]+)\]\(notebooks/beyond/(\w+)", README)
    assert {page for _, page in links} == pages
    for words, page in links:
        assert pages.intersection(words.lower().split()) == {page}


def test_papers_name_what_there_is() -> None:
    """The licence and the databases are known."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert f"\n{project['license']}, see `LICENSE`." in README
    [databases] = re.findall(r"REQUIRE_DATABASES=([\w,]+)", README)
    assert databases.split(",") == list(DATABASES)


def test_compose_asks_the_servers_as_their_users() -> None:
    """The health checks log in as the URLs do."""
    urls = {
        url.get_backend_name(): url
        for text in re.findall(r"DATABASE_URL=(\S+)", read("compose.yaml"))
        for url in [parse_url(text)]
    }
    services = load("compose.yaml")["services"]
    for name, service in services.items():
        options = dict(
            option.removeprefix("--").split("=")
            for option in service["healthcheck"]["test"].split()
            if "=" in option
        )
        assert options.get("username", urls[name].username) == (
            urls[name].username
        )
        assert options.get("password", urls[name].password) == (
            urls[name].password
        )


def test_ci_runs_the_two_commands() -> None:
    """The first block of README is what `.ci/run` ends with."""
    first = re.search(
        r"^```console\n(.*?)^```", README, re.DOTALL | re.MULTILINE
    )
    assert first
    two = first[1].split("\n")[:-1]
    assert two == ["make site", "make test"]
    assert read(".ci/run").splitlines()[-2:] == two


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml"))
)
def test_each_workflow_runs_the_projects_own_commands(path: Path) -> None:
    """Hosted CI has no other steps that check anything."""
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    checking = {
        name: [step.get("run", "") for step in job["steps"]]
        for name, job in jobs.items()
        if "steps" in job and name not in {"deploy", "report"}
    }
    for name, steps in checking.items():
        made = {
            target
            for step in steps
            for target in re.findall(r"^make ([a-z-]+)", step, re.MULTILINE)
        }
        assert made <= targets(), name
        assert made or ".ci/run" in steps, name
    scripted = any(".ci/run" in steps for steps in checking.values())
    assert scripted or not checking


def test_compose_serves_what_readme_names() -> None:
    """The URLs in README reach the servers of compose.yaml, on loopback."""
    urls = {
        url.get_backend_name(): url
        for command in commands(README)
        for text in re.findall(r"DATABASE_URL=(\S+)", command)
        for url in [parse_url(text)]
    }
    services = load("compose.yaml")["services"]
    assert urls.keys() == services.keys()
    for name, service in services.items():
        [port] = service["ports"]
        host, outside, _ = port.split(":")
        assert (host, outside) == ("127.0.0.1", str(urls[name].port))
        assert urls[name].host == "127.0.0.1"
        assert urls[name].password in service["environment"].values()
        assert urls[name].database in service["environment"].values()
        assert urls[name].render_as_string(hide_password=False) in (
            read("compose.yaml")
        )


def test_shown_command_is_understood() -> None:
    """The command that README shows is one that the bank understands."""
    [command] = [line for line in commands(README) if "-m bank" in line]
    arguments = command.partition(" -m bank ")[2].split()
    assert command.startswith(".venv/bin/python -m bank ")
    parsed = vars(make_parser().parse_args(arguments))
    assert parsed["port"] == 8000
    assert parsed["workers"] == 2
    [command] = re.findall(r"`python -m bank (\w+)`", README)
    assert make_parser().parse_args([command]).command == command


def test_named_addresses_are_the_banks() -> None:
    """The bank has each address that README names, and its default file."""
    settings = Settings.model_fields["database_url"].default
    assert f"The bank uses `{parse_url(settings).database}`" in README
    named = re.findall(r"`(/[\w/]+)`", README)
    app = create_app(Settings())
    known = {app.docs_url, *app.openapi()["paths"]}
    assert named
    assert [address for address in named if address not in known] == []


def test_citation_agrees_with_the_project() -> None:
    """CITATION.cff and pyproject.toml name one version, licence and holder."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    citation = load("CITATION.cff")
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert citation["abstract"] == project["description"]
    assert citation["authors"] == project["authors"]
    assert project["authors"][0]["name"] in read("LICENSE")


def test_commit_hooks_run_what_lint_runs() -> None:
    """Each hook is a command of `make lint`, for the files that git names."""
    [source] = load(".pre-commit-config.yaml")["repos"]
    first, *entries = [hook["entry"] for hook in source["hooks"]]
    assert first == "make --silent .venv/.ready"  # installs the others
    commands = [
        " ".join(str(part).replace(str(BIN), ".venv/bin") for part in command)
        for command in programs(Book(ROOT), {}).values()
    ]
    hooks = {entry.replace(" --force-exclude", "") for entry in entries}
    wanted = {command.replace(" --check", "") for command in commands}
    assert wanted - hooks <= {".venv/bin/deptry .", "actionlint"}
    assert hooks <= wanted
    for hook in source["hooks"]:
        if "ruff" in hook["entry"]:
            assert hook["types_or"] == ["python", "jupyter"]


def test_binder_installs_the_lock() -> None:
    """Binder has what CI has: the lock, and the project without more."""
    [line] = read(".binder/requirements.txt").splitlines()
    assert (ROOT / ".binder" / line.removeprefix("-r ")).exists()
    assert "--no-deps" in read(".binder/postBuild")
    runtime = read(".binder/runtime.txt").strip().removeprefix("python-")
    classifiers = tomllib.loads(read("pyproject.toml"))["project"][
        "classifiers"
    ]
    assert f"Programming Language :: Python :: {runtime}" in classifiers
