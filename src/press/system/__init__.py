"""What the press needs of the system: programs it starts, the terminal."""
