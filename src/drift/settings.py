"""What the gate works on, as the book's ``pyproject.toml`` says."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from press.book.book import Book, PressError

TABLE = "tool.drift"


@dataclass(frozen=True, slots=True)
class Settings:
    """The table ``[tool.drift]``.

    Attributes:
        package: The package that is mutated, in ``src``.
        reasons: The file that says why no notebook notices a mutant; see
            `Reasons`.
        results: The file that the outcome of a whole run is written to.
    """

    package: str
    reasons: Path
    results: Path


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why no notebook notices some mutants, by their ids.

    Attributes:
        equivalent: Those that change nothing which anybody could notice.
        accepted: Those that no page should dwell on.
    """

    equivalent: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)


def read_settings(book: Book) -> Settings:
    """Read the gate's settings.

    Args:
        book: The book.

    Returns:
        The settings; the files are absolute.

    Raises:
        PressError: The table, a key of it or the package is missing.
    """
    path = book.root / "pyproject.toml"
    content = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    table = content.get("tool", {}).get("press", {}).get("drift", {})
    try:
        settings = Settings(
            table["package"],
            book.root / table["reasons"],
            book.root / table["results"],
        )
    except KeyError as error:
        raise PressError(
            f"pyproject.toml has no {error} in [{TABLE}]: name the package "
            "to mutate, the file with the reasons, and the file for the "
            "results."
        ) from error
    if not (book.root / "src" / settings.package).is_dir():
        raise PressError(
            f"[{TABLE}] names the package {settings.package}, but there is "
            f"no folder src/{settings.package}."
        )
    return settings


def read_reasons(settings: Settings) -> Reasons:
    """Read what is known of mutants that no notebook notices.

    Args:
        settings: The gate's settings.

    Returns:
        The reasons.

    Raises:
        PressError: The file is missing, or a mutant has no reason.
    """
    path = settings.reasons
    if not path.exists():
        raise PressError(
            f"There is no {path}, which [{TABLE}] names: an empty file gives "
            "no reasons."
        )
    content = tomllib.loads(path.read_text("utf-8"))
    if unknown := content.keys() - {"equivalent", "accepted"}:
        raise PressError(
            f"{path} has a table {min(unknown)!r}: it takes "
            "[equivalent] and [accepted]."
        )
    reasons = Reasons(
        content.get("equivalent", {}), content.get("accepted", {})
    )
    for name, reason in (reasons.equivalent | reasons.accepted).items():
        if not str(reason).strip():
            raise PressError(f"{path} lists {name!r} without a reason.")
    return reasons
