"""The bank's tests, one for each of its modules."""
