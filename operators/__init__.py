"""What an artist can do, one file each; thin: check, call the bridge, report."""
