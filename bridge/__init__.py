"""Between Blender and the run folder: the engine's process, its runs, and what a snapshot becomes in the scene."""
