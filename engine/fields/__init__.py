"""Density and albedo as functions of position."""
