"""The settings that all checks rest on: who weakens one changes this too."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from press.book.notebook import dump
from press.gates.lock import origin
from press.system.environment import environment
from tests.press.samples import code, notebook

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<marker>(?: ;[^\\]*)?) \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)
LOOSE = """\
import os
import time

import idna
import nowhere


def depth(frogs=[]):
    try:
        print(os.environ["DEPTH"])
    except Exception:
        pass
    assert frogs == tadpoles


async def dive(metres: int) -> str:
    time.sleep(1)
    return metres
    print("under water")


legs: int = "four"  # type: ignore
"""
# Files, and what each of them may not import.
MISLED = {
    "bank/services.py": "sqlalchemy",
    "bank/schemas.py": "fastapi",
    "bank/limits.py": "lab",
    "bank/db/url.py": "bank.models",
    "bank/new.py": "press",
    "bench/bars.py": "press",
    "drift/pick.py": "bank",
    "lab/seed.py": "press",
    "press/book/text.py": "press.making",
    "press/site/breaks.py": "lab",
    "press/new.py": "bank",
    "servers/tls.py": "bank",
}


def locked(name: str = "requirements") -> dict[str, list[re.Match[str]]]:
    """Read a lock: its entries by their package's name."""
    entries: dict[str, list[re.Match[str]]] = {}
    for found in LOCKED.finditer((ROOT / f"{name}.lock").read_text()):
        entries.setdefault(found["name"], []).append(found)
    return entries


def required(groups: dict[str, Any], name: str) -> Iterator[Requirement]:
    """List what a group of dependencies asks for."""
    for entry in groups[name]:
        if isinstance(entry, dict):
            yield from required(groups, entry["include-group"])
        else:
            yield Requirement(entry)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*.lock")), ids=lambda x: x.stem
)
def test_the_lock_is_whole(path):
    """A lock is versions with hashes, resolved from what is asked for now."""
    text = path.read_text()
    assert LOCKED.search(text)
    assert LOCKED.sub("", text) == origin(ROOT), "Run `make lock`."


@pytest.mark.parametrize("group", ["dev", "bench", "drivers", "sqlalchemy20"])
def test_the_lock_has_what_the_project_asks_for(group):
    """Each dependency is locked, at a version that the project allows."""
    wanted = list(required(PROJECT["dependency-groups"], group))
    if group == "dev":
        wanted += map(Requirement, PROJECT["project"]["dependencies"])
    entries = locked("requirements" + f"-{group}" * (group != "dev"))
    wrong = [
        str(requirement)
        for requirement in wanted
        if not any(
            requirement.specifier.contains(entry["version"])
            for entry in entries.get(canonicalize_name(requirement.name), [])
        )
    ]
    assert wrong == [], "Run `make lock`."


@pytest.mark.parametrize("other", ["bench", "drivers"])
def test_locks_agree(other):
    """What two locks name is used together, so it has one version."""
    main = locked()
    for name, entries in locked(f"requirements-{other}").items():
        versions = {entry["version"] for entry in entries}
        if name in main:
            assert versions == {entry["version"] for entry in main[name]}, name


def test_the_environment_is_the_lock():
    """What is installed, and so was tested, is what the lock names."""
    differ = []
    for name, entries in locked().items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            if any(not entry["marker"] for entry in entries):
                differ.append(f"{name}: not installed")
            continue
        if installed not in {entry["version"] for entry in entries}:
            differ.append(f"{name}: {installed} is installed")
    assert differ == [], "Run `make book`, which installs the lock."


def test_warnings_fail_tests(pytestconfig: pytest.Config):
    """Any warning is an error, and nothing that is misspelt is ignored."""
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert pytestconfig.getini("filterwarnings") == ["error"]
    assert pytestconfig.getini("xfail_strict")
    assert pytestconfig.getini("asyncio_mode") == "auto"
    for scope in ("fixture", "test"):
        name = f"asyncio_default_{scope}_loop_scope"
        assert pytestconfig.getini(name) == "session"
    options = PROJECT["tool"]["pytest"]["ini_options"]["addopts"]
    assert {"--strict-markers", "--strict-config"} <= set(options)
    for option in options:
        assert not re.match(r"-[kmW]|--(ignore|deselect|noconftest)", option)


@pytest.fixture
def loose(tmp_path: Path) -> list[Path]:
    """Write faulty code into each package of a project configured as ours."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    paths = [
        *(x.parent / "loose.py" for x in ROOT.glob("src/**/__init__.py")),
        ROOT / "tests" / "loose.py",
    ]
    copies = [tmp_path / path.relative_to(ROOT) for path in paths]
    for path in copies:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name("__init__.py").touch()
        path.write_text(LOOSE)
    return copies


def run(folder: Path, program: str, *options: str | Path) -> str:
    """Run a checking program that finds something."""
    done = subprocess.run(
        [Path(sys.executable).parent / program, *options],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def test_style_is_checked_everywhere(loose: list[Path], tmp_path: Path):
    """Ruff finds typical faults in each package, in tests and notebooks."""
    lesson = tmp_path / "01-loose.ipynb"
    lesson.write_bytes(dump(notebook(code(LOOSE))))
    told = run(tmp_path, "ruff", "check", "--no-cache", "--output-format=json")
    found: dict[str, set[str]] = {}
    for fault in json.loads(told):
        found.setdefault(fault["filename"], set()).add(fault["code"])
    for path in (lesson, *loose):
        wanted = {"ASYNC251", "B006", "BLE001", "F401", "F821", "S110"}
        if path.suffix == ".py":
            wanted |= {"D103", "T201", "TID251"}
        if "src" in path.parts:
            wanted |= {"ANN001", "S101"}
        assert wanted - found[str(path)] == set(), path
    assert "exclude" not in str(PROJECT["tool"]["ruff"].keys())


def test_types_are_checked_everywhere(loose: list[Path], tmp_path: Path):
    """Mypy is strict in each package, and reads the tests' bodies."""
    cache = ROOT / ".mypy_cache" / "loose"
    told = run(tmp_path, "mypy", "--cache-dir", cache, "--no-error-summary")
    anywhere = {"return-value", "unreachable", "ignore-without-code"}
    for path in loose:
        name = path.relative_to(tmp_path).as_posix()
        found = re.findall(rf"^{name}:.*\[([\w-]+)\]$", told, re.MULTILINE)
        wanted = {"no-untyped-def"} if name.startswith("src") else set()
        assert (wanted | anywhere) - set(found) == set(), name
    assert not re.search("ignore_errors|exclude", str(PROJECT["tool"]["mypy"]))


@pytest.mark.usefixtures("loose")
def test_what_is_imported_is_asked_for(tmp_path: Path):
    """Deptry finds what nobody asks for, and what nothing imports.

    A package that comes with another one has to be asked for, too.
    """
    run(tmp_path, "deptry", ".", "--json-output", "found.json")
    found = {
        (fault["error"]["code"], fault["module"])
        for fault in json.loads((tmp_path / "found.json").read_text())
    }
    wanted = {("DEP001", "nowhere"), ("DEP002", "alembic"), ("DEP003", "idna")}
    assert wanted <= found


def test_imports_run_one_way(tmp_path: Path):
    """Each contract finds an import that it forbids, and has no exception."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path in ROOT.glob("src/**/*.py"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    misled = {  # a room may be deleted
        name: module
        for name, module in MISLED.items()
        if (tmp_path / "src" / name).parent.is_dir()
    }
    for name, module in misled.items():
        with (tmp_path / "src" / name).open("a") as file:
            file.write(f"import {module}\n")
    told = run(tmp_path, "lint-imports", "--no-cache")
    for name, module in misled.items():
        importer = name.removesuffix(".py").replace("/", ".")
        forbidden = rf"^- +{importer} -> {module} \(l\.\d+\)\n\n"
        assert re.search(forbidden, told, re.MULTILINE), name
    for new in ("bank.new", "press.new"):
        assert f"\n- {new}\n" in told
    assert "ignore_imports" not in str(PROJECT["tool"]["importlinter"])


def test_the_book_hides_no_error():
    """A plain build executes all, stops at an error, and shows stderr."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["execute"] == {
        "execute_notebooks": "force",
        "timeout": 60,
        "allow_errors": False,
        "raise_on_error": True,
        "stderr_output": "show",
    }
    sphinx = config["sphinx"]["config"]
    assert "suppress_warnings" not in sphinx
    assert sphinx["nitpick_ignore_regex"] == [
        ["py:.*", r"(?!bank\.).*|.*\.(T|Item)"]
    ]
    assert not {"nitpick_ignore", "nitpicky", "linkcheck_ignore"} & set(sphinx)


def test_ci_asks_for_every_database():
    """Hosted CI runs on each change, and can leave nothing out."""
    script = (ROOT / ".ci" / "run").read_text()
    every = '"${REQUIRE_DATABASES:-sqlite,postgresql,mysql}"'
    assert f"export REQUIRE_DATABASES={every}\n" in script
    assert "export REQUIRE_CHROMIUM=1\n" in script
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail\n" in script
    workflows = ROOT / ".github" / "workflows"
    starts = yaml.safe_load((workflows / "ci.yml").read_text())[True]  # `on`
    assert starts["push"] == {"branches": ["main"]}
    assert starts["pull_request"] is None  # no path and no branch is left out
    nightly = yaml.safe_load((workflows / "nightly.yml").read_text())[True]
    [night] = nightly["schedule"]
    assert night["cron"].endswith(" * * *")
