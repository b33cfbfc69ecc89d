"""Reading repositories: an own protocol-v2 reader, a sandboxed git as fallback, local repositories."""
