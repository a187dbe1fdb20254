"""How much of a package's breakage a book's notebooks notice by themselves.

The package's source is changed in one place, a *mutant*, and the notebooks
are executed. A mutant that some notebook notices is *caught*. One that
*survives* shows where a page claims too little.

Mutation tools for Python (mutmut, cosmic-ray) are not used: they change
operators and constants, where pages speak of names, signatures, clauses of
SQL and columns, and they run a test suite, not notebooks.
"""
