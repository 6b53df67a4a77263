"""The objects of the Toybox world, a file for each kind."""
