"""Tests of the probes, and of what keeps their results."""
