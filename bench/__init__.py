"""Measurements: platforms made by seed, and the ratios that chartgen is held to."""
