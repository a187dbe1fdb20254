"""Tests of press.book."""
