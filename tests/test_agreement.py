"""What is said in several files agrees: versions, ports, variables, steps."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from bank.settings import Settings
from press.book.book import DATABASES, Book

ROOT = Path(__file__).parent.parent
PAPERS = ("README.md", "CONTRIBUTING.md", "compose.yaml", ".ci/run")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PORTS = {"postgresql": 5432, "mysql": 3306}
OF_IMAGES = {"POSTGRES_PASSWORD", "POSTGRES_DB"} | {
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_DATABASE",
}
HUSHED = re.compile(r"\|\|\s*(true|:)|set \+e|exit 0|; *true\b")
MAKE = """\
#!/bin/sh
echo "$@ $REQUIRE_DATABASES $REQUIRE_CHROMIUM" >> "$CALLED"
test "$1" != "$BROKEN"
"""


def read(name: str) -> str:
    """Read a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    """Read what the project says of itself."""
    found: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return found


def pythons() -> list[str]:
    """List the versions of Python that the project names."""
    found = re.findall(r"Python :: (3\.\d+)", str(project()["classifiers"]))
    return sorted(found, key=lambda version: int(version[2:]))


def services() -> dict[str, Any]:
    """Read the servers that compose starts."""
    found: dict[str, Any] = yaml.safe_load(read("compose.yaml"))["services"]
    return found


def jobs(path: Path) -> dict[str, Any]:
    """Read a workflow's jobs."""
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["jobs"]
    return found


def test_named_metadata_is_what_notebooks_have():
    """CONTRIBUTING names the keys that cells of notebooks use."""
    named = set(re.findall(r"metadata `(\w+)`", read("CONTRIBUTING.md")))
    assert named
    used = {
        key
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for key in cell["metadata"]
    }
    assert named <= used


def test_pythons_agree():
    """README, the Makefile and CI name the Pythons of pyproject.toml."""
    oldest, *_, newest = pythons()
    assert project()["requires-python"] == f">={oldest}"
    *first, last = pythons()
    assert f"Python {', '.join(first)} or {last}" in read("README.md")
    number = oldest.replace(".", ", ")
    assert f"sys.version_info < ({number})" in read("Makefile")
    assert f"Python {oldest} or newer" in read("Makefile")
    [tried] = [
        job["strategy"]["matrix"]["python"]
        for job in jobs(ROOT / ".github" / "workflows" / "ci.yml").values()
        if "strategy" in job
    ]
    assert {oldest, newest} <= set(tried) <= set(pythons())


@pytest.mark.parametrize(
    "name", [*(str(x.relative_to(ROOT)) for x in WORKFLOWS), ".devcontainer"]
)
def test_images_have_a_python_of_ours(name: str):
    """Each image of Python is of a version that the project names."""
    path = ROOT / name
    files = [path] if path.is_file() else sorted(path.iterdir())
    text = "".join(each.read_text("utf-8") for each in files)
    named = re.findall(r"\bpython:(3\.\d+)", text)
    assert set(named) <= set(pythons())


@pytest.mark.parametrize("name", PAPERS)
def test_named_variables_are_read(name: str):
    """Each environment variable that a paper names is one that code reads."""
    code = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "tests").rglob("conftest.py"),
        *(ROOT / "tests" / "site").glob("*.py"),
        ROOT / "Makefile",
    ]
    known = {field.upper() for field in Settings.model_fields} | OF_IMAGES
    known |= {"DEBIAN_FRONTEND", "TEST_POSTGRESQL_URL", "TEST_MYSQL_URL"}
    for path in code:
        known |= set(re.findall(r"[A-Z]+(?:_[A-Z]+)+", path.read_text()))
    named = re.findall(r"\b[A-Z]{2,}(?:_[A-Z0-9]+)+\b", read(name))
    assert [word for word in named if word not in known] == []


def test_servers_listen_where_they_are_sought():
    """Compose maps each server's own port, and its password is the URL's."""
    for name, service in services().items():
        [mapped] = service["ports"]
        assert mapped.endswith(f":{PORTS[name]}")
        assert service["image"].startswith(("postgres:", "mysql:"))
        health = str(service["healthcheck"]["test"])  # for `up --wait`
        assert re.search(r"\b(pg_isready|mysqladmin|mysql)\b", health)
        [command] = [x for x in commands("README.md") if f"{name}+" in x]
        url = make_url(command.split()[0].partition("=")[2])
        assert {url.password, url.database} <= set(
            service["environment"].values()
        )


def test_the_oldest_sqlalchemy_agrees():
    """README promises the SQLAlchemys that the project is tested with."""
    groups = tomllib.loads(read("pyproject.toml"))["dependency-groups"]
    [asked] = groups["sqlalchemy20"]
    [oldest] = re.findall(r">=(2\.0\.\d+)", asked)
    assert set(re.findall(r"2\.0\.\d+", read("README.md"))) == {oldest}
    [newer] = re.findall(
        r"sqlalchemy\S*>=([\d.]+)", str(project()["dependencies"])
    )
    assert f"SQLAlchemy {newer}, and with 2.0 from" in read("README.md")


def test_the_fastapi_that_pages_ask_for_agrees():
    """Pages ask for the version that the project asks for, and no other."""
    [oldest] = re.findall(r"fastapi>=([\d.]+)", str(project()["dependencies"]))
    pages = (*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/**/*.ipynb"))
    asked = set()
    for path in pages:
        text = path.read_text("utf-8")
        asked |= set(re.findall(r"needs FastAPI (0\.\d+)", text))
        asked |= set(re.findall(r"FastAPI (0\.\d+) or later", text))
    assert asked == {oldest}


def test_devcontainer_begins_with_a_target():
    """What the devcontainer runs at its start is a target of the Makefile.

    Its service is there, and has the project where the editor looks for it.
    """
    started = json.loads(read(".devcontainer/devcontainer.json"))
    found: dict[str, Any] = {}
    for name in started["dockerComposeFile"]:
        found |= yaml.safe_load(read(f".devcontainer/{name}"))["services"]
    assert found.keys() > services().keys()
    [folder] = found[started["service"]]["volumes"]
    assert folder == f".:{started['workspaceFolder']}"
    program, target = started["postCreateCommand"].split()
    assert program == "make"
    assert re.search(rf"^{target}:.*## ", read("Makefile"), re.MULTILINE)


def test_devcontainer_reaches_the_servers():
    """The workspace's URLs name compose's servers, by their own ports."""
    given = yaml.safe_load(read(".devcontainer/compose.yaml"))["services"]
    [workspace] = given.values()
    assert set(workspace["depends_on"]) == set(services())
    for name, service in services().items():
        reaches(workspace["environment"], name, service["environment"])


def test_hosted_ci_reaches_its_servers():
    """A job that has a server beside it names it, by its own port."""
    servers = [
        (job["env"], name, server["env"])
        for job in jobs(ROOT / ".github" / "workflows" / "ci.yml").values()
        for name, server in job.get("services", {}).items()
    ]
    assert servers
    for server in servers:
        reaches(*server)


def reaches(variables: dict[str, str], name: str, given: dict[str, str]):
    """Make sure that the tests' variable leads to a server of this name."""
    url = make_url(variables[f"TEST_{name.upper()}_URL"])
    assert (url.host, url.port) == (name, PORTS[name])
    assert url.get_backend_name() == name
    assert {url.password, url.database} <= set(given.values())


def commands(name: str) -> list[str]:
    """List the commands in a paper's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", read(name), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_readme_names_the_packages_of_a_full_run():
    """What README tells people to install is what `.ci/run` installs."""
    installed = re.findall(r"packages\+=\((.+?)\)", read(".ci/run"))
    [named] = [x for x in commands("README.md") if "apt-get install" in x]
    _, _, packages = named.partition(" install ")
    assert set(packages.split()) == set(" ".join(installed).split())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_step_is_switched_off(path: Path):
    """No job or step is skipped for good, and none may fail unnoticed."""
    for job in jobs(path).values():
        for part in (job, *job.get("steps", [])):
            condition = str(part.get("if", "")).lower()
            assert "false" not in condition
            assert "continue-on-error" not in part
            assert not HUSHED.search(part.get("run", ""))
            if ".ci/run" in part.get("run", ""):
                assert condition == ""
                assert part["run"].strip().startswith(".ci/run")
        assert job.get("timeout-minutes") or "uses" in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_job_changes_the_repository(path: Path):
    """A job that runs the code may read it, and nothing else."""
    for job in jobs(path).values():
        assert job["permissions"].get("contents", "read") == "read"
        if "checkout" in str(job.get("steps")):
            assert job["permissions"] == {"contents": "read"}


def test_only_what_passed_everything_is_published():
    """The site of the main branch goes out, after all other jobs."""
    path = ROOT / ".github" / "workflows" / "ci.yml"
    *others, (_, publishing) = jobs(path).items()
    assert publishing["if"] == "github.event_name == 'push'"
    assert set(publishing["needs"]) == {name for name, _ in others}
    steps = [step for _, job in others for step in job["steps"]]
    [kept] = [x for x in steps if "upload-pages" in x.get("uses", "")]
    assert ROOT / kept["with"]["path"] == Book(ROOT).html
    tried = str(jobs(path)["databases"]["strategy"])
    for version in re.findall(r"matrix\.python == ('[\d.]+')", str(steps)):
        assert version in tried


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_database_is_asked_for(path: Path):
    """Each REQUIRE_DATABASES has them all, but beside a server of a job.

    Where `.ci/run` has installed the servers, no test may leave one out.
    `make drift` asks on SQLite, since it runs the tests for each change.
    """
    for job in jobs(path).values():
        for part in (job, *job.get("steps", [])):
            given = job.get("env", {}) | part.get("env", {})
            asked = given.get("REQUIRE_DATABASES")
            run = part.get("run", "")
            assert "REQUIRE_DATABASES=" not in run
            if "tests/site" in run:
                assert part["env"]["REQUIRE_CHROMIUM"] == "1"
            elif re.match(r"make (?!pdf|drift)|.* -m pytest", run):
                assert asked or ".ci/run" not in str(job["steps"])
            if asked is not None:
                wanted = {"sqlite", *job.get("services", DATABASES)}
                assert set(asked.split(",")) == wanted


@pytest.mark.parametrize(
    ("broken", "called"), [("", ["site", "test"]), ("site", ["site"])]
)
def test_the_script_of_ci_asks_for_everything(
    tmp_path: Path, broken: str, called: list[str]
):
    """`.ci/run` builds and tests with every database, and ends at a failure.

    The script runs with a `make` that notes how it was called.
    """
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_text(read(".ci/run"))
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (
        "git",
        "chromium-headless-shell",
        "python3",
        "apt-get",
        "sudo",
    ):
        (folder / name).write_text("#!/bin/sh\n")
    (folder / "make").write_text(MAKE)
    for path in (script, *folder.iterdir()):
        path.chmod(0o755)
    done = subprocess.run(
        [script],
        check=False,
        env={
            "PATH": f"{folder}:/usr/bin:/bin",
            "CALLED": str(tmp_path / "called"),
            "BROKEN": broken,
            "TEST_POSTGRESQL_URL": "there",
            "TEST_MYSQL_URL": "there",
        },
    )
    assert bool(done.returncode) is bool(broken)
    lines = (tmp_path / "called").read_text().splitlines()
    assert lines == [f"{name} {','.join(DATABASES)} 1" for name in called]
