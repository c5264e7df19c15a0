"""The desk's pages, a module for what one of them is about."""
