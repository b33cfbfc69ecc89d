"""Speaks of # /// script without having one."""
