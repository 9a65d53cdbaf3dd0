"""PyTorch as the judge. Nothing here runs unless it is installed (``make oracle``)."""
