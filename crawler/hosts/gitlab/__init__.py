"""GitLab: search, lists and neighbours."""
