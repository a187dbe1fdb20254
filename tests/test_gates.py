"""The settings that all checks rest on: who weakens one changes this too."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from press.gates.lock import origin

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<marker>(?: ;[^\\]*)?) \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def locked() -> dict[str, list[re.Match[str]]]:
    """Read the lock: its entries by their package's name."""
    entries: dict[str, list[re.Match[str]]] = {}
    for found in LOCKED.finditer((ROOT / "requirements.lock").read_text()):
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
    "name", ["requirements", "requirements-bench", "requirements-drivers"]
)
def test_the_lock_is_whole(name):
    """A lock is versions with hashes, resolved from what is asked for now."""
    text = (ROOT / f"{name}.lock").read_text()
    assert LOCKED.search(text)
    assert LOCKED.sub("", text) == origin(ROOT), "Run `make lock`."


def test_the_lock_has_what_the_project_asks_for():
    """Each dependency is locked, at a version that the project allows."""
    wanted = [
        *map(Requirement, PROJECT["project"]["dependencies"]),
        *required(PROJECT["dependency-groups"], "dev"),
    ]
    entries = locked()
    wrong = [
        str(requirement)
        for requirement in wanted
        if not any(
            requirement.specifier.contains(entry["version"])
            for entry in entries.get(canonicalize_name(requirement.name), [])
        )
    ]
    assert wrong == [], "Run `make lock`."


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
    assert pytestconfig.getini("filterwarnings") == ["error"]
    assert pytestconfig.getini("xfail_strict")
    assert pytestconfig.getini("asyncio_mode") == "auto"
    for scope in ("fixture", "test"):
        name = f"asyncio_default_{scope}_loop_scope"
        assert pytestconfig.getini(name) == "session"
    options = PROJECT["tool"]["pytest"]["ini_options"]["addopts"]
    assert {"--strict-markers", "--strict-config"} <= set(options)


def test_types_and_style_are_checked_whole():
    """Mypy is strict on all code, and ruff has every rule but those named."""
    mypy = PROJECT["tool"]["mypy"]
    assert mypy["strict"] is True
    assert mypy["files"] == ["src", "tests"]
    assert "ignore_errors" not in str(mypy)
    assert "exclude" not in mypy
    lint = PROJECT["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert "exclude" not in str(PROJECT["tool"]["ruff"].keys())
    assert "'ALL'" not in str(lint["per-file-ignores"])


def test_no_contract_on_imports_has_an_exception():
    """Each module has its place, and no import is let through."""
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    assert contracts[0]["exhaustive"] is True
    assert "ignore_imports" not in str(contracts)


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
    assert {"push", "pull_request"} <= starts.keys()
    nightly = yaml.safe_load((workflows / "nightly.yml").read_text())[True]
    assert nightly["schedule"]
