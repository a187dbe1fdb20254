"""The layers over HTTP: each behind the same routes, in its own process."""
