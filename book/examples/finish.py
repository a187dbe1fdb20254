"""Count the verdicts in saved notebooks: python finish.py [FOLDER]."""

import json
import sys
from pathlib import Path
from typing import Any


def verdict(notebook: dict[str, Any]) -> str:
    """Say how a notebook's exercises stand; nothing where it has none."""
    stubs = [
        cell
        for cell in notebook["cells"]
        if "stub" in cell["metadata"].get("tags", [])
    ]
    shown = [json.dumps(cell.get("outputs", [])) for cell in stubs]
    solved = sum("Right" in t and "Not yet" not in t for t in shown)
    word = "done" if solved == len(stubs) else "not yet"
    return f"{word}: {solved} of {len(stubs)} exercises" if stubs else ""


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "notebooks")
    paths = sorted(folder.glob("[0-9]*.ipynb"))
    if not paths:
        sys.exit(f"There are no notebooks in {folder}.")
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in paths}
    stated = {name: verdict(notebook) for name, notebook in found.items()}
    lines = {name: line for name, line in stated.items() if line}
    for name, line in lines.items():
        print(f"{name}: {line}")
    if not all(line.startswith("done") for line in lines.values()):
        sys.exit("There are exercises to solve.")


if __name__ == "__main__":
    main()
