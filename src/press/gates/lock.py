"""The lock says what it was resolved from, so that neither changes alone.

``python -m press.gates.lock`` writes that down, after the lock was resolved.
"""

import hashlib
import json
import tomllib
from pathlib import Path

LOCKS = "requirements*.lock"
PROJECT = "pyproject.toml"


def origin(root: Path) -> str:
    """Name what a project asks for, in a comment of twelve hexadecimal digits.

    They are made of the Pythons, the dependencies and their groups.
    """
    content = tomllib.loads((root / PROJECT).read_text("utf-8"))
    project = content.get("project", {})
    asked = [
        project.get("requires-python"),
        project.get("dependencies"),
        content.get("dependency-groups"),
    ]
    text = json.dumps(asked, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"# Resolved from the dependencies {digest} of {PROJECT}.\n"


def sign(root: Path) -> None:
    """Write into each lock what it was resolved from just now."""
    for path in root.glob(LOCKS):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        resolved = [line for line in lines if not line.startswith("#")]
        path.write_text("".join([origin(root), *resolved]), "utf-8")


if __name__ == "__main__":
    sign(Path())
