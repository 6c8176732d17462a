"""Names of what the comparison of documents' centroids consists of."""

CLASSES, CLUSTERS = "classes", "clusters"
GROUPS = (CLASSES, CLUSTERS)
HERMITE, GAUSSIAN_EQUAL, GAUSSIAN_OWN = "hermite", "gaussian_equal", "gaussian_own"
VARIANTS = (HERMITE, GAUSSIAN_EQUAL, GAUSSIAN_OWN)
ALL, TRIMMED, MEDIAN, REGULAR = "all", "trimmed", "median", "regular"
METHODS = (ALL, *VARIANTS, TRIMMED, MEDIAN, REGULAR)
# How good centroids are: from the true ones, and, where these are unknown, from one half of the
# documents to the other; below, how good the labels are that they give.
DISTANCE, INSTABILITY, RAND_INDEX = "distance", "instability", "rand_index"
# What a repetition is, by whether documents are drawn.
DRAWS, SPLITS = "draws", "splits"
# The kind of data set whose documents each repetition draws anew.
DRAWN_KIND = "topic_documents"
