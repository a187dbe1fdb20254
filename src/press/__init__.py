"""How the book is made: stage, execute, check, build."""
