"""This very book with one fault planted: the gate must name its place."""
