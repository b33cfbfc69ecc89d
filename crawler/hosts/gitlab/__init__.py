"""GitLab: lists of projects, forks and namespaces."""
