"""A small bank: engine, session and repository code to copy into a project."""
