"""Lists that researchers publish as Git repositories."""
