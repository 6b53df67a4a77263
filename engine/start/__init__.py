"""Starting a run from a shape: a mesh of any kind as a solid, and the field that is like it before the first step."""
