"""Bugs planted in the live engine, one at a time: does the gradient checker find and name them?

``make mutants`` prints the table.
"""
