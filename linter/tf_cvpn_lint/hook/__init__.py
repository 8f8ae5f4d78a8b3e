"""The hook of a commit: which configurations the changed files belong to, found before anything that costs time is imported."""
