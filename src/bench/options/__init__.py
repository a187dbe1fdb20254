"""What single options of an engine, a session or a query cost."""
