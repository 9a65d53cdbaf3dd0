"""What pytest leaves out where an extra is not installed; and Ctrl-C for tests that press it."""

import signal
from importlib.util import find_spec

# These modules cannot be imported without it, and their examples are theirs.
collect_ignore_glob = [] if find_spec("sklearn") else ["nn/sklearn/*"]


def pytest_configure() -> None:
    """A shell has what it runs in the background ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
