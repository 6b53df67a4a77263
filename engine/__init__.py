"""The engine: text to textured mesh, in a process of its own; never imports bpy.

`engine.run` and `engine.setup` need only the standard library and numpy, for Blender's Python runs them too; everything
else here may need the engine's own environment.
"""

__version__ = "0.1.0"
