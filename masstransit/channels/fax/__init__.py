"""Faxes: terminals that speak T.30 by sound and by packets (T.38), and the trunk that sends documents through them."""
