"""Tests of press.prose."""
