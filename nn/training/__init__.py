"""Inside ``fit``: the loop, and what it needs before, between and after the steps."""
