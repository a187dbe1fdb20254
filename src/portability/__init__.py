"""Where databases differ: small functions that each try one thing.

A probe asks one question of whatever database it is given, and its cure
answers alike on all. ``probes`` holds them, a module for each group;
``records`` holds what each database did, a file for each version.
"""

from portability.registry import GROUPS, Probe, probe, probes
from portability.report import Report
from portability.runner import (
    DifferentResult,
    ProbeFailed,
    run,
    run_all,
)

__all__ = [
    "GROUPS",
    "DifferentResult",
    "Probe",
    "ProbeFailed",
    "Report",
    "probe",
    "probes",
    "run",
    "run_all",
]
