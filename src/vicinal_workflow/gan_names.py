"""Names that the GANs' files and tables share."""

from __future__ import annotations

WITHOUT, WITH = "without_gradients", "with_gradients"
ARMS = (WITHOUT, WITH)
TRUE_IMAGES = "true_images"
# By how much an update of the generator lowers the discriminator's accuracy, in percentage points.
DROP = "drop"
