"""The probes, a module for each group. To add one, write a function.

Each takes an engine, does one thing to its database, and returns what
happened in a few words that are the same in each run. Its docstring is the
question, and the row's title on the page.
"""
