"""What the lessons need and nobody copies: databases, SQL, errors, plots."""
