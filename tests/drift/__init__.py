"""What breaks the code on purpose, held to account."""
