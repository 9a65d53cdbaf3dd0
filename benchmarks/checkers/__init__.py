"""Gradient checkers compared on planted bugs: ``python -m benchmarks.checkers``.

Every bug is a function of NumPy arrays with a right rule and a wrong one. Each checker gets both,
in its own library and called as its documentation says, at points drawn anew: a wrong rule that
passes is a bug missed, a right rule that fails is a false alarm.
"""
