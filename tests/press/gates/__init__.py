"""Tests of press.gates."""
