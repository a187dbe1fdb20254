"""The tests: a folder for each package, one for the site."""
