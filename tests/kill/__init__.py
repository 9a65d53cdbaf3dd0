"""A training run that is killed again and again, and ends as if it had not been."""
