"""Loyalty and service: satisfaction, coming back, and what follows a ticket."""
