"""Forms of what is handed out."""
