"""Tests of press.making."""
