"""What an observation says, in whatever words. Pure."""
