"""What becomes slower when there are more rows, and what does not."""
