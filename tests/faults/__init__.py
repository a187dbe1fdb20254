"""What goes wrong outside of the bank, and what is left of it."""
