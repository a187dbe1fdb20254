"""What the package as a whole promises."""

import subprocess
import sys

import lab


def test_every_name_is_exported_once():
    """``__all__`` is sorted, without repetition, and true."""
    assert lab.__all__ == sorted(set(lab.__all__), key=_as_ruff_sorts)
    assert all(hasattr(lab, name) for name in lab.__all__)


def test_importing_does_not_import_matplotlib():
    """A notebook without a picture does not wait for Matplotlib."""
    program = "import lab, sys; sys.exit('matplotlib' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], check=False).returncode
        == 0
    )


def _as_ruff_sorts(name):
    """Put classes before functions."""
    return (name[0].islower(), name)
