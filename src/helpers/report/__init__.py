"""What a reader sees: figures, tables, sentences, and the pages they stand on."""
