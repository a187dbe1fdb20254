"""Checks of the built site, in `_build/html`."""
