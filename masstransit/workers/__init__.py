"""Processes that read what strangers sent, and may die of it.

A worker has no database, no keys and no environment of the house's. It speaks by its standard input and output
(`pipe.py`); what it may use of memory, and that it writes no file, the system holds it to (`confining.py`). The house
starts it, asks it, and ends it whatever it does (`process.py`). What is asked is its room's own: `malware`, `drawing`.
"""
