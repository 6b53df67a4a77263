"""Scores of finished runs against the truth that the Toybox world knows."""
