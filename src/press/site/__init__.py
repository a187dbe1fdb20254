"""The Sphinx extension that finishes the site."""
