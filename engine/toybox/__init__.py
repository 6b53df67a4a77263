"""The built-in prior: its procedural world, its training, its weights."""
