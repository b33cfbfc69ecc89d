"""Lure, victim, bystander or research: what the evidence says that a repository is. Pure."""
