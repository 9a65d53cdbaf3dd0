"""How Sphinx makes the site; ``tools/docs`` gathers its pages and runs it."""

import autograd

project = "Blamegraph"
author = "The Blamegraph authors"
copyright = author
version = release = autograd.__version__

extensions = [
    "mathml",  # tools/docs/mathml.py
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["**.ipynb_checkpoints"]

# Markdown. The notebooks come with their outputs, which CI compares with a new run.
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"
suppress_warnings = [
    "mystnb.unknown_mime_type",
    "ref.python",  # a type named Module, which nn and nn.scalar both have
]

# The reference, from the docstrings.
autodoc_member_order = "groupwise"
autodoc_typehints = "none"  # the docstrings say more
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
add_module_names = False

# Everything is in the folder that is built: no page asks the network for anything.
html_theme = "furo"
html_title = "Blamegraph"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5fa8", "color-brand-content": "#1f5fa8"},
    "dark_css_variables": {"color-brand-primary": "#7db3f0", "color-brand-content": "#7db3f0"},
}
html_math_renderer = "mathml"


def without_substitutions(app, what, name, obj, options, lines):
    """In docstrings, |x| is the size of x."""
    for i, line in enumerate(lines):
        if "`" not in line:
            lines[i] = line.replace("|", "\\|")


def setup(app):
    """What Sphinx calls."""
    app.connect("autodoc-process-docstring", without_substitutions, priority=900)
