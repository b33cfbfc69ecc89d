"""Pins times verdicts: findings with tiers, reasons and confidence. Pure."""
