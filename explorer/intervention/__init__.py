"""Intervention: what a network gives if a part of it, its weights or its input were different."""
