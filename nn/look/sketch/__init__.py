"""A picture of circles, lines and words, each in its place: as DOT, and painted without Graphviz.

Places are in points, to the right and downwards.
"""

from .parts import SIZE, Disc, Line, Sketch, Words
from .picture import picture_of

__all__ = ["SIZE", "Disc", "Line", "Sketch", "Words", "picture_of"]
