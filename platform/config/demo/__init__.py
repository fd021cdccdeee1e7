"""`make demo`: the whole house on one machine, started together and ended together."""
