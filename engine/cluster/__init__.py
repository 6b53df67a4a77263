"""A run on another computer, reached through Ray: an engine there works in a folder of its own, and the run folder here
becomes what that one becomes, so that whoever follows it sees no difference."""
