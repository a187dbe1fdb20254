"""The mutants of each family, on small modules."""

from pathlib import Path

import pytest

from drift import generate
from drift.mutant import Mutant
from drift.source import Package
from tests.drift.conftest import write_package

FUNCTION = """
    from sea import select, swim


    def first(session, *, limit: int = 5) -> list[int]:
        stmt = select(1).order_by("depth").limit(limit)
        session.flush(hard=True)
        with swim():
            return stmt


    def _deep(depth, wide):
        if depth > 2 and wide:
            raise ValueError("Too deep to swim.")
        return depth - 1
"""
MODEL = """
    from sea import Column, Fish, Mapped, column

    LIMITS = {"deep": 10, "wide": 20}


    class Fish:
        name: Mapped[str] = column(Fish("x"), unique=True)
        size: Mapped[int | None] = column(default=7)
        __args__ = (Column("a"), Column("b"))
"""
ERRORS = """
    class WaterError(Exception):
        pass


    class Deep(WaterError):
        pass


    class Cold(Deep, ValueError):
        pass


    def swim(depth):
        try:
            raise Cold("Much too cold.")
        except (OSError, KeyError) as error:
            raise Deep(f"{depth} is deep.") from error
"""


def whats(package: Package, kind: str) -> list[str]:
    """Say what each mutant of a kind changes."""
    return [
        each.what for each in generate.mutants(package) if each.kind == kind
    ]


def mutated(package: Package, what: str, module: str = "sea") -> str:
    """Write the one mutant that changes something, as text."""
    [mutant] = [
        each for each in generate.mutants(package) if each.what == what
    ]
    return generate.files(package, mutant)[f"water/{module}.py"].decode()


def test_statements(tmp_path: Path) -> None:
    """Each statement, clause, context and named argument is left out once."""
    package = write_package(tmp_path, sea=FUNCTION)
    assert whats(package, "statements") == [
        "session.flush(hard=True) dropped",
        "with swim() dropped",
        ".limit(limit) dropped",
        "hard=True for session.flush dropped",
        ".order_by('depth') dropped",
        "raise ValueError('Too deep to swim.') dropped",
    ]
    text = mutated(package, ".order_by('depth') dropped")
    assert "stmt = select(1).limit(limit)\n" in text
    assert "session.flush()\n" in mutated(
        package, "hard=True for session.flush dropped"
    )


def test_bodies_and_conditions(tmp_path: Path) -> None:
    """Results, sums, numbers, conditions and their bounds are turned."""
    package = write_package(tmp_path, sea=FUNCTION)
    assert whats(package, "bodies") == [
        "returns None",
        "returns nothing but an empty value",
        "returns the reverse",
        "select(1): 1 now 2",
        "returns None",
        "depth - 1: sign turned",
        "depth - 1: 1 now 2",
        "depth > 2: 2 now 3",
    ]
    assert whats(package, "conditions") == [
        "depth > 2 and wide: negated",
        "depth > 2 and wide: and now or",
        "depth > 2: > now >=",
    ]
    text = mutated(package, "depth > 2 and wide: negated")
    assert "if not (depth > 2 and wide):\n" in text


def test_signatures(tmp_path: Path) -> None:
    """Parameters are renamed with their uses, and swapped; defaults change."""
    package = write_package(tmp_path, sea=FUNCTION.replace("_deep", "deep"))
    assert whats(package, "signatures") == [
        "parameter session renamed",
        "parameter limit renamed",
        "parameter depth renamed",
        "parameter wide renamed",
        "parameters depth and wide swapped",
    ]
    assert whats(package, "defaults") == ["default of limit now 6"]
    text = mutated(package, "parameter limit renamed")
    assert "limit_renamed: int = 5" in text
    assert ".limit(limit_renamed)" in text


def test_exceptions(tmp_path: Path) -> None:
    """Types, bases, words and causes change, each by itself."""
    package = write_package(tmp_path, errors=ERRORS)
    assert whats(package, "exceptions") == [
        "Deep is a Exception, no WaterError",
        "Cold is a WaterError, no Deep",
        "Cold is no ValueError",
        "except no more OSError",
        "except no more KeyError",
        "Cold('Much too cold.') is a Deep",
        "Deep(f'{depth} is deep.') is a WaterError",
    ]
    assert whats(package, "messages") == [
        "Cold('Much too cold.') reworded",
        "Deep(f'{depth} is deep.') reworded",
    ]
    text = mutated(package, "Deep(f'{depth} is deep.') reworded", "errors")
    assert 'Deep(f"{depth} is Other.")' in text
    text = mutated(package, "except no more OSError", "errors")
    assert "except (KeyError, ) as error" in text


def test_declarations(tmp_path: Path) -> None:
    """Columns, constraints, numbers and entries are dropped or altered."""
    package = write_package(tmp_path, sea=MODEL)
    assert sorted(whats(package, "declarations")) == [
        "LIMITS: entry 'deep' dropped",
        "LIMITS: entry 'wide' dropped",
        "__args__: Column('a') dropped",
        "__args__: Column('b') dropped",
        "name: Fish('x') dropped",
        "name: may be NULL",
        "name: unique=True for column dropped",
        "size: default=7 for column dropped",
        "size: default=7: 7 now 8",
        "size: may not be NULL",
    ]
    assert "Mapped[str | None] = column(Fish" in mutated(
        package, "name: may be NULL"
    )


def test_names_follow_their_uses(tmp_path: Path) -> None:
    """A name is renamed in other modules, annotations and f-strings too."""
    package = write_package(
        tmp_path,
        sea="""
            class Fish:
                def swim(self, other: "Fish") -> str:
                    return f"{self.name()} and {other.name()}"

                def name(self) -> str:
                    return "fish"
        """,
        pond="""
            from water.sea import Fish

            fishes: list["Fish"] = [Fish()]
        """,
    )
    [fish] = [
        each
        for each in generate.mutants(package)
        if each.what == "Fish renamed"
    ]
    files = generate.files(package, fish)
    assert files["water/pond.py"].decode() == (
        "from water.sea import Fish_renamed\n\n"
        'fishes: list["Fish_renamed"] = [Fish_renamed()]\n'
    )
    assert (
        b'class Fish_renamed:\n    def swim(self, other: "Fish_renamed")'
        in (files["water/sea.py"])
    )
    text = mutated(package, "name renamed")
    assert 'f"{self.name_renamed()} and {other.name_renamed()}"' in text
    assert "def name_renamed(self)" in text


def test_handed_over(tmp_path: Path) -> None:
    """Of what a framework calls, only what its callers know is renamed."""
    package = write_package(
        tmp_path,
        sea="""
            @router.get("/fish/{fish_id}")
            def read(fish_id, session, limit=5):
                return session.get(fish_id, limit)
        """,
    )
    assert not whats(package, "names")
    assert whats(package, "signatures") == [
        "parameter fish_id renamed",
        "parameter limit renamed",
    ]


def test_ids_are_stable(tmp_path: Path) -> None:
    """A mutant keeps its id when code elsewhere in the file changes."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    before = write_package(tmp_path / "one", sea=FUNCTION)
    after = write_package(
        tmp_path / "two", sea=f'    """New."""\n\n    NEW = 1\n{FUNCTION}'
    )
    ids = {each.id for each in generate.mutants(before)}
    assert len(ids) == len(generate.mutants(before))
    assert ids < {each.id for each in generate.mutants(after)}


@pytest.mark.parametrize("text", [FUNCTION, MODEL, ERRORS])
def test_each_change_once(tmp_path: Path, text: str) -> None:
    """No two mutants are the same text, and none is the original."""
    package = write_package(tmp_path, sea=text)

    def result(mutant: Mutant) -> bytes:
        return generate.files(package, mutant)["water/sea.py"]

    texts = [result(each) for each in generate.mutants(package)]
    assert len(set(texts)) == len(texts)
    assert package.modules["water.sea"].content not in texts
