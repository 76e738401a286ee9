"""Programs for those who work on caigen; none of them is installed with it."""
