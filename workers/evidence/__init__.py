"""Proof that needs neither us nor the repository: what is kept of it, and packs that anybody can check."""
