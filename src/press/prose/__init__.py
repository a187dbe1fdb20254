"""Checks of texts: the names and the code that they speak of."""
