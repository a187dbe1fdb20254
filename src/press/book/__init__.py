"""What a book is: its source, its notebooks, their texts and stamps."""
