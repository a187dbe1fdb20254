"""Checks that a notebook had, and has no longer."""

from pathlib import Path

import pytest

from press.book.book import Book, PressError
from press.gates import lost
from press.gates.lint import lint
from press.system.git import git
from tests.press.samples import code, notebook, write_notebook

NAME = "notebooks/01-fish.ipynb"
CHECK = "assert fish.name == 'carp'"


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("assert pond[0].name == 'pike'", [CHECK]),
        ("assert pike.name == 'pike'", []),
        ("assert fish.name == 'carp'\nassert pond", []),
        ("assert fish.name >= 'carp'", [CHECK]),
        ("assert fish.name == 'carp' or not pond", [CHECK]),
        ("fish.name == 'carp'", [CHECK]),
        ("assert fish.name == f'carp {fish}'", [CHECK]),
        ("pass", [CHECK]),
    ],
)
def test_a_check_of_another_shape_is_lost(now: str, found: list[str]):
    """Names and values may change; what is compared, and how, may not."""
    before = notebook(code(CHECK))
    assert list(lost.losses(before, notebook(code(now)))) == found


def test_a_file_that_a_cell_writes_has_checks():
    """The tests that a notebook hands over are among its checks."""
    before = notebook(code(f"%%writefile test_fish.py\n{CHECK}"))
    now = notebook(code("%%writefile test_fish.py\npass"))
    assert list(lost.losses(before, now)) == [CHECK]


def test_any_is_less_than_all():
    """What Python calls its own is no variable's name."""
    every, some = "assert all(fish)", "assert any(fish)"
    found = lost.losses(notebook(code(every)), notebook(code(some)))
    assert list(found) == [every]


def test_one_of_two_equal_checks_is_lost():
    """Checks are counted, wherever they stand."""
    before = notebook(code(CHECK), code(CHECK))
    assert list(lost.losses(before, notebook(code(CHECK)))) == [CHECK]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (
            code("with lab.expect(KeyError, match='carp'): pond()"),
            code("with lab.expect(KeyError): pond()"),
        ),
        (
            code("with lab.expect(KeyError, match='carp'): pond()"),
            code("with lab.expect(LookupError, match='carp'): pond()"),
        ),
        (
            code("with pytest.raises(KeyError): pond()"),
            code("pond()"),
        ),
        (code("main()", prints="carp"), code("main()")),
        (code("main()", prints="3"), code("main()", prints="\\d+")),
        (
            code("main()", raises={"type": "KeyError"}),
            code("main()"),
        ),
        (
            code("answer = 1", wrong=[["1", "2"], ["1", "3"]]),
            code("answer = 1", wrong=[["1", "2"]]),
        ),
    ],
    ids=["words", "class", "pytest", "prints", "number", "raises", "wrong"],
)
def test_expectations_and_promises_are_checks(before, now):
    """So an expected message is, or what a program has to print."""
    assert len(list(lost.losses(notebook(before), notebook(now)))) == 1


LINES = """
def swim(fish, far=True): ...
swim(pond({"depth": 2}, size=1).fish, far=False)
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("size=1", "size=3", []),
        ("swim", "leap", []),
        ("far", "wide", []),
        (", size=1", "", ["size="]),
        ('{"depth": 2}', "{}", ["'depth'"]),
        (".fish", "", [".fish"]),
        ("pond", "sea", ["pond(...)"]),
    ],
)
def test_lines_to_paste_keep_what_they_use(
    old: str, new: str, found: list[str]
):
    """A call or an option that a reader would miss is lost; no value is."""
    sources = LINES, LINES.replace(old, new)
    before, now = (notebook(code(x, tags=["paste"])) for x in sources)
    assert list(lost.losses(before, now)) == found
    before, now = (notebook(code(x)) for x in sources)
    assert list(lost.losses(before, now)) == []


@pytest.mark.parametrize(
    ("now", "number"),
    [
        ("no carp swims in the pond", 0),
        ("carp swims in it", 0),
        ("no carp|pike", 1),
        ("pond", 1),
    ],
)
def test_most_of_a_message_is_left(now: str, number: int):
    """An error is expected with other words, and not with fewer than half."""
    call = "with lab.expect(KeyError, match={!r}): pond()"
    before = notebook(code(call.format("no carp swims in a pond")))
    after = notebook(code(call.format(now)))
    assert len(list(lost.losses(before, after))) == number
    promises = [
        notebook(code("pond()", raises={"type": "KeyError", "message": said}))
        for said in ("no carp swims in a pond", now)
    ]
    assert len(list(lost.losses(*promises))) == number


@pytest.fixture
def repository(tmp_path: Path) -> Book:
    """Give a book in git, with a notebook and a changelog."""
    (tmp_path / "notebooks").mkdir()
    write_notebook(tmp_path / NAME, code(CHECK))
    (tmp_path / "CHANGELOG.md").write_text(f"- Begun with {NAME}.\n")
    git(tmp_path, "init", check=True)
    commit(tmp_path)
    return Book(tmp_path)


def commit(root: Path):
    """Commit all that is there."""
    git(root, "add", ".", check=True)
    author = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    git(root, *author, "commit", "--message=A pond", check=True)


def move(root: Path, branch: str):
    """Let a branch of `origin` be where the last commit is."""
    name = f"refs/remotes/origin/{branch}"
    git(root, "update-ref", name, "HEAD", check=True)


def test_a_lost_check_is_named_until_the_changelog_tells(repository: Book):
    """A line of before that names the notebook does not count."""
    assert list(lost.check(repository, {})) == []
    write_notebook(repository.root / NAME, code("pass"))
    [found] = lost.check(repository, {})
    assert found.startswith(f"{NAME} had `{CHECK}`, and has it no longer")
    with (repository.root / "CHANGELOG.md").open("a") as changelog:
        changelog.write(f"- {NAME} has no fish.\n")
    assert list(lost.check(repository, {})) == []


@pytest.mark.parametrize(
    ("branch", "variables"),
    [("main", {"GITHUB_BASE_REF": "main"}), ("HEAD", {})],
)
def test_commits_are_compared_with_where_they_go(
    repository: Book, branch: str, variables: dict[str, str]
):
    """What the target of a pull request has, or what was cloned."""
    move(repository.root, branch)
    write_notebook(repository.root / NAME, code("pass"))
    commit(repository.root)
    assert len(list(lost.check(repository, variables))) == 1
    move(repository.root, branch)
    assert list(lost.check(repository, variables)) == []


def test_without_git_there_is_nothing_to_compare(tmp_path: Path):
    """An archive that was unpacked is checked as it is."""
    (tmp_path / "notebooks").mkdir()
    write_notebook(tmp_path / NAME, code(CHECK))
    assert list(lost.check(Book(tmp_path), {})) == []


def test_lint_fails_for_a_lost_check(
    repository: Book,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """It is named among what is wrong with notebooks."""
    monkeypatch.setattr("press.gates.lint.programs", lambda *_: {})
    monkeypatch.setattr("press.gates.lint.findings", lambda _: [])
    lint(repository, {})
    write_notebook(repository.root / NAME, code("pass"))
    with pytest.raises(PressError, match="notebooks and pages"):
        lint(repository, {})
    assert CHECK in capsys.readouterr().out
