"""The nightly run: what the newest versions change is reported by name."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from nbformat.v4 import new_output

from lab import expect
from press.book.notebook import dump
from press.making.execute import prepared
from press.making.progress import describe_failure
from tests.press.samples import code, notebook

ROOT = Path(__file__).parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "nightly.yml"
# Stands for the real one: its versions come from `newest.lock`, and its
# notebooks show what lies in a folder for the lock.
MAKE = """\
#!/bin/sh
if [ "$1" = lock ]; then cp newest.lock requirements.lock; exit; fi
mkdir -p .stage/executed .stage/sqlite
cp -r "$(cat requirements.lock | cut -c7)" .stage/executed/sqlite
fails="fails-$(cat requirements.lock | cut -c7)"
! [ -e "$fails" ] || { cat "$fails"; echo Splash; exit 1; }
"""
GH = """\
#!/bin/sh
if [ "$2" = list ]; then cat "$ISSUES"; exit; fi
echo "$@" >> called; cat report.md >> called
"""


def program(path: Path, text: str) -> None:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_nearly_all_branches_are_asked_for():
    """The nightly run fails where the bank's tests leave much untaken."""
    [least] = re.findall(r"--cov-fail-under=(\d+)", WORKFLOW.read_text())
    assert int(least) >= 90


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project whose second version shows something else."""
    program(tmp_path / "bin" / "make", MAKE)
    program(tmp_path / ".ci" / "newest", (ROOT / ".ci/newest").read_text())
    links = "case $2 in press.gates.links) exit 0;; esac"
    python = f'#!/bin/sh\n{links}\nexec {sys.executable} "$@"\n'
    program(tmp_path / ".venv" / "bin" / "python", python)
    for version, depth in enumerate(("2 m\n", "3 m\n"), start=1):
        cell = code("show()")
        cell.outputs = [new_output("stream", name="stdout", text=depth)]
        executed = prepared(notebook())
        executed.cells.insert(0, cell)
        path = tmp_path / str(version) / "notebooks" / "01-pond.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(dump(executed))
    (tmp_path / "requirements.lock").write_text("pond==1\n")
    (tmp_path / "newest.lock").write_text("pond==2\n")
    return tmp_path


def newest(project: Path) -> str:
    """Run the script, and give its report."""
    path = f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 - handed on
    subprocess.run(
        [project / ".ci" / "newest", project / "report.md"],
        check=True,
        env={**os.environ, "PATH": path},  # noqa: TID251 - handed on
    )
    return (project / "report.md").read_text()


def test_a_changed_output_is_reported(project: Path):
    """The report names the notebook, the cell, the lines and the version."""
    report = newest(project)
    assert "notebooks/01-pond.ipynb, cell 1:\n" in report
    assert "    - 2 m\n    + 3 m\n" in report
    assert "- pond: 1 → 2\n" in report


def test_the_same_outputs_are_not_reported(project: Path):
    """Where nothing differs, there is nothing to report."""
    shutil.copytree(project / "1", project / "2", dirs_exist_ok=True)
    assert newest(project) == ""


@pytest.mark.parametrize(
    ("version", "said"),
    [("1", "with the locked versions"), ("2", "with the newest versions")],
)
def test_a_failure_is_reported(project: Path, version: str, said: str):
    """A book that fails is reported with its last words."""
    (project / f"fails-{version}").touch()
    report = newest(project)
    assert report.startswith(f"## The book fails {said}\n\n    Splash\n")


def test_other_words_of_an_error_are_reported(project: Path):
    """The report shows the words that a page expects, and those that came."""
    with (
        pytest.raises(AssertionError) as failure,
        expect(ValueError, match="the pond is deep"),
    ):
        raise ValueError("the pond has a depth")
    cell = code(
        "with lab.expect(ValueError, match='the pond is deep'): dive()"
    )
    cell.outputs = [
        new_output(
            "error",
            ename="AssertionError",
            evalue=str(failure.value),
            traceback=[],
        )
    ]
    path = project / "01-pond.ipynb"
    path.write_bytes(dump(notebook(cell)))
    passed = "  notebooks/02-frog.ipynb                     0.3 s\n"
    failed = indent("".join(describe_failure(path, "")), "    ")
    said = f"{failed}\n{passed * 400}"
    (project / "fails-2").write_text(said)
    report = newest(project)
    assert "        cell 1:\n            with lab.expect(" in report
    assert "'the pond is deep': the pond has a depth\n" in report
    assert "02-frog" not in report


def test_a_dead_link_is_reported(project: Path):
    """What the check of links says is in the report."""
    python = "#!/bin/sh\necho '- page, line 4: it leads nowhere'\nexit 1\n"
    program(project / ".venv" / "bin" / "python", python)
    assert newest(project).startswith("## Links\n\n- page, line 4: it leads ")


def job(name: str) -> dict[str, Any]:
    """Read a job of the workflow."""
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"][name]
    return found


def test_only_the_report_may_write_issues():
    """The job that runs new code may not, the one that reports runs none."""
    assert job("report")["permissions"] == {"issues": "write"}
    [step] = job("report")["steps"]
    assert "${{" not in step["run"]
    assert ".ci/newest" in str(job("newest")["steps"])


@pytest.mark.parametrize(
    ("issues", "called"),
    [
        ("", "issue create --title Look --body-file report.md\n"),
        ("7\n", "issue edit 7 --body-file report.md\n"),
    ],
)
def test_one_issue_is_kept_up_to_date(
    tmp_path: Path, issues: str, called: str
):
    """The first report opens an issue, the next one replaces its text.

    A night that fails is reported, also without one.
    """
    assert "needs.newest.result == 'failure' ||" in job("report")["if"]
    program(tmp_path / "bin" / "gh", GH)
    (tmp_path / "issues").write_text(issues)
    [step] = job("report")["steps"]
    assert step["env"].keys() >= {"GH_TOKEN", "GH_REPO"}
    subprocess.run(
        ["/bin/bash", "-eo", "pipefail", "-c", step["run"]],
        check=True,
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.defpath}",
            "ISSUES": "issues",
            "TITLE": "Look",
            "REPORT": "cell 1: + 3 m",
            "RESULT": "success",
            "RUN": "https://example.org/run",
        },
    )
    assert (tmp_path / "called").read_text() == (
        f"{called}cell 1: + 3 m\n\n"
        "[The run](https://example.org/run): success.\n"
    )
