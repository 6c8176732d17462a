"""Learning from values and their gradients: McDonagh and Chen."""
