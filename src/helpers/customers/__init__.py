"""Classify customers by what they did: recency, frequency and monetary value; concentration of revenue."""
