"""``python -m nn.demo``: train a network on handwritten digits, check it, and show it all."""
