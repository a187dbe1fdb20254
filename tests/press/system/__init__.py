"""Tests of press.system."""
