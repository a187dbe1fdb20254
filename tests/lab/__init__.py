"""The lab's tests, one for each of its modules."""
