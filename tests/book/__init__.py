"""Tests of the code that prose pages include."""
