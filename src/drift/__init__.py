"""Break the project on purpose, and see what notices.

``python -m drift`` applies one change at a time to a scratch copy of the
project: realistic regressions of the bank, faults planted elsewhere, changes
that should disturb nobody, and generic mutants of the bank's code. Lessons,
the bank's own notebooks and the unit tests judge each copy apart.
"""
