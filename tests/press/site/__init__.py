"""Tests of press.site."""
