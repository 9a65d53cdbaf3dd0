"""What a drawing says of each vertex and edge, whoever draws it: text, colours by name, numbers.

Graphviz's writer, the own SVG, matplotlib's and the table all read these, and so say the same.
"""
