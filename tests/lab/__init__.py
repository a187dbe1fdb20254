"""The lab's tests, a module for each of its own."""
