"""Customers' pages: each sees its own account only."""
