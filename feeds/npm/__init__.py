"""The changes of npm's registry, and what the registry says now."""
