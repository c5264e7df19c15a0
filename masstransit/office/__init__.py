"""What an operator does by one command, beside the processes that serve: the record opened, looked at, written to."""
