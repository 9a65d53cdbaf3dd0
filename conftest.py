"""What pytest leaves out where an extra is not installed."""

from importlib.util import find_spec

# These modules cannot be imported without it, and their examples are theirs.
collect_ignore_glob = [] if find_spec("sklearn") else ["nn/sklearn/*"]
