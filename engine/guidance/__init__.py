"""The frozen priors, and how their predictions become a gradient on rendered views (distil.py)."""
