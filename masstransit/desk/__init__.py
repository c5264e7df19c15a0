"""The desk: what those can do who answer for what was decided. They try other figures on past traffic, take decisions
back, and watch how often a rule is found wrong."""
