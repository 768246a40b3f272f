"""What a client is, whatever its browser."""
