"""Each checker called the way its documentation says, a file for each library."""
