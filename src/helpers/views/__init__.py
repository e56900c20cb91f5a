"""What each notebook shows and says of its results: one module per notebook, named as it is."""
