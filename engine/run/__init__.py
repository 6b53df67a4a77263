"""The run folder: the one door between Blender and the engine (standard library and numpy only).

Imports inside this package are relative, because Blender sees it as part of the extension and the engine as
`engine.run`. docs/run-folder.md describes the files, the events and the commands.
"""
