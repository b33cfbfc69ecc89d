"""Locks of npm, yarn, pnpm, bun and deno, and the settings files of these tools."""
