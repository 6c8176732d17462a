"""What the workflow's stages share: configuration, artifacts, logs, and the summary page."""
