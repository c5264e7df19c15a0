"""Video rooms: who is let in, who is put out, what is recorded of them, and who hears of it."""
