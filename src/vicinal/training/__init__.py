"""Training: one network with checkpoints, or many small ones as one batched program."""
