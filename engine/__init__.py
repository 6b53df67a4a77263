"""The engine: text to textured mesh, in a process of its own; never imports bpy.

`engine.run` needs only the standard library and numpy; everything else here may need the engine's own environment.
"""

__version__ = "0.1.0"
