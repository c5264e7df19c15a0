"""Training and measuring of what reads content."""
