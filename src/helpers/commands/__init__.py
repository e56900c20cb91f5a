"""What `python -m helpers` can do, one module per command."""
