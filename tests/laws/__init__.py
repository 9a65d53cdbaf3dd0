"""The laws every declared op obeys, as functions that raise ``AssertionError``."""
