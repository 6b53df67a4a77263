"""Setting the engine up: an installer that runs in Blender's own Python, before there is a Python with torch.

Standard library only, and relative imports only: Blender sees this package as part of the extension, the installer's
own process as `engine.setup`. Blender's Python and its packages are never changed: all that is made is in one folder.
"""
