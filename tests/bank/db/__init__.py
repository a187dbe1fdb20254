"""Tests of the folder to copy."""
