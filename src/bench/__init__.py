"""What the repository pattern of the bank costs, measured beside others."""
