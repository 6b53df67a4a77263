"""From a field to a textured mesh: marching cubes, clean-up, texture atlas, albedo bake, export.

Arrays are numpy (V vertices, F faces, S texels a side), and only the field is asked through torch. Texels are indexed
[row, column] with row 0 at the bottom, as texture coordinates are; images have row 0 at the top.
"""
