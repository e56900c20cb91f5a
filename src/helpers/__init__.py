"""Helpers of the Customer Value Notebooks: imported by notebooks, never run by hand."""
