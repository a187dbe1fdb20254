"""How a book is made: staged, executed, checked, built."""
